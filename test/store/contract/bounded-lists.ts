import type { CallRecordDocument } from '../../../src/domain/document.js';
import { CallType } from '../../../src/domain/enums.js';
import { type CallRecordFilter, CallRecordOrderField, OrderDirection } from '../../../src/domain/filter.js';
import type { StatementEvent } from '../../../src/store/engine/engine.js';
import type { Store } from '../../../src/store/store.js';
import { documentOf, guid, listQuery, type OpenStore } from '../../support/opened-store.js';
import { holds, involves } from './oracle-property.js';
import { sortedIds } from './ordering.js';

/** What a plan says: the indexes that are read, by the names that PostgreSQL has for them, and whether it sorts. */
export interface PlanSummary {
  indexes: string[];
  sorts: boolean;
}

/** A store, and what explains its statements. */
export interface Explained {
  open: OpenStore;
  explain: (store: Store, statement: StatementEvent) => Promise<PlanSummary>;
}

const BUSY = 'aaaaaaaa-0000-4000-8000-00000000000a';
const RARE = 'bbbbbbbb-0000-4000-8000-00000000000b';
/** More than are gathered where there is another way. */
const RECORDS = 5_200;

const time = (seconds: number, digits = '') => `2026-01-0${2 + Math.floor(seconds / 86_400)}${clock(seconds)}${digits}`;
const clock = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(10, 19);

/** As far as a page is looked for along an order, from the last call on. */
const WALKED = 5_000;
const LAST_WALKED = RECORDS - WALKED;

/** What happened more often than a page holds, at the end of what is walked, and right beyond it. */
function typeOf(index: number): string {
  if (index < 3) return 'townHall';
  if (index >= LAST_WALKED && index < LAST_WALKED + 40) return 'unknown';
  return index >= LAST_WALKED - 40 && index < LAST_WALKED ? 'groupCall' : 'peerToPeer';
}

/**
 * Somebody in all calls, by another name in one; three of the first ones are rare in type, and one of them has a person that
 * no other has.
 */
function records(): CallRecordDocument[] {
  return Array.from({ length: RECORDS }, (_, index) =>
    documentOf(index, {
      type: typeOf(index),
      startDateTime: time(index * 10),
      endDateTime: time(index * 10 + ((index * 7) % 50), '.5'),
      participants: [
        { user: { id: BUSY, displayName: index === 2 ? 'Formerly Idle' : 'Busy' } },
        index === 1 ? { user: { id: RARE, displayName: 'Rare' } } : { phone: { id: String(index % 7) } },
      ],
    }),
  );
}

interface Case {
  filter?: CallRecordFilter;
  visibleTo?: string;
  field: CallRecordOrderField;
  sorts: boolean;
  /** Read for it, and, of the indexes by which all records are ordered, no other. */
  index: string;
}

const { START_DATE_TIME, END_DATE_TIME, DURATION } = CallRecordOrderField;
const rareType: CallRecordFilter = { type: [CallType.unknownFutureValue] };
const tenMinutes: CallRecordFilter = { startDateTime: { gte: time(1_000), lt: time(1_600) } };
const always: CallRecordFilter = { startDateTime: { gte: time(0), lt: '2027-01-01T00:00:00' } };

const CASES: [string, Case][] = [
  [
    'of somebody in most calls walks the order',
    { visibleTo: BUSY, field: END_DATE_TIME, sorts: false, index: 'call_records_by_end' },
  ],
  [
    'of somebody in most calls and of a rare type gathers that person’s calls',
    { visibleTo: BUSY, filter: rareType, field: END_DATE_TIME, sorts: true, index: 'call_record_people_pkey' },
  ],
  [
    'with a frequent participant and of a rare type gathers that participant’s calls',
    {
      filter: { ...rareType, participant: { id: [BUSY] } },
      field: DURATION,
      sorts: true,
      index: 'call_record_people_pkey',
    },
  ],
  [
    'of somebody in most calls and of a rare type walks that person’s calls where they are in order',
    { visibleTo: BUSY, filter: rareType, field: START_DATE_TIME, sorts: false, index: 'call_record_people_pkey' },
  ],
  [
    'of somebody in most calls and with a rare name gathers the calls with that name',
    {
      visibleTo: BUSY,
      filter: { participant: { displayName: 'rar' } },
      field: END_DATE_TIME,
      sorts: true,
      index: 'call_record_people_pkey',
    },
  ],
  [
    'of everybody with a name that somebody in most calls bore once gathers the calls of that person',
    {
      filter: { participant: { displayName: 'idle' } },
      field: START_DATE_TIME,
      sorts: true,
      index: 'call_record_people_pkey',
    },
  ],
  [
    'of everybody with a name that somebody in most calls bears walks the order, from the end of its range on',
    {
      filter: { participant: { displayName: 'bus' }, startDateTime: { lt: time(LAST_WALKED * 10 - 500) } },
      field: START_DATE_TIME,
      sorts: false,
      index: 'call_records_by_start',
    },
  ],
  [
    'of everybody with a name that somebody in most calls bears walks the order',
    {
      filter: { participant: { displayName: 'bus' } },
      field: DURATION,
      sorts: false,
      index: 'call_records_by_duration',
    },
  ],
  [
    'of somebody in most calls and of a meeting or a rare type gathers that person’s calls',
    {
      visibleTo: BUSY,
      filter: { or: [{ joinWebUrl: 'https://example.com' }, rareType] },
      field: END_DATE_TIME,
      sorts: true,
      index: 'call_record_people_pkey',
    },
  ],
  [
    'of somebody in most calls with a rare participant starts from the rare one',
    {
      visibleTo: BUSY,
      filter: { participant: { id: [RARE] } },
      field: START_DATE_TIME,
      sorts: false,
      index: 'call_record_people_pkey',
    },
  ],
  [
    'of somebody in most calls within ten minutes gathers the calls of these',
    { visibleTo: BUSY, filter: tenMinutes, field: DURATION, sorts: true, index: 'call_record_people_pkey' },
  ],
  [
    'of everybody within ten minutes gathers the calls of these',
    { filter: tenMinutes, field: DURATION, sorts: true, index: 'call_records_by_start' },
  ],
  [
    'of everybody within a range that holds most calls walks the order',
    { filter: always, field: DURATION, sorts: false, index: 'call_records_by_duration' },
  ],
];

const ORDERED = /^call_records_by_/;
/** Where what stands of a call is looked up, one call after the other. */
const ENTRIES: Record<string, string> = { call_record_people_pkey: 'call_records_by_start' };

/** Lists whose cheapest way depends on how much is stored. */
export function describeBoundedLists(engine: string, { open, explain }: Explained): void {
  describe(`A list in ${engine}`, () => {
    const all = records();
    let store: Store;
    let cleanup: () => Promise<void>;
    beforeAll(async () => {
      ({ store, cleanup } = await open());
      await store.import(all);
    });
    afterAll(() => cleanup());

    test.each(CASES)('%s', async (_what, { filter = null, visibleTo = null, field, sorts, index }) => {
      for (const direction of Object.values(OrderDirection)) {
        const statements: StatementEvent[] = [];
        const stop = store.onStatement((statement) => statements.push(statement));
        const list = listQuery({ filter, visibleTo, order: { field, direction }, limit: 20 });
        const { records: page } = await store.list(list);
        const texts = await store.listTexts({ ...list, columns: ['type'] });
        stop();
        const matching = all.filter(
          (one) => (filter === null || holds(one, filter)) && (visibleTo === null || involves(one, visibleTo)),
        );
        const expected = sortedIds(matching, field, direction).slice(0, 20);
        expect(page.map(({ id }) => id)).toEqual(expected);
        expect(texts.rows.map(({ id }) => id)).toEqual(expected);
        const plan = await explain(store, statements.at(-1) as StatementEvent);
        expect(plan).toMatchObject({ sorts, indexes: expect.arrayContaining([index]) });
        expect(plan.indexes.filter((name) => ORDERED.test(name) && name !== index && name !== ENTRIES[index])).toEqual(
          [],
        );
      }
    });

    test.each([
      ['as far as 5,000 entries', CallType.unknown, false],
      ['no further, but gathers them', CallType.groupCall, true],
    ])('looks for the calls of somebody in most calls along the order %s', async (_what, type, sorts) => {
      const statements: StatementEvent[] = [];
      const stop = store.onStatement((statement) => statements.push(statement));
      const order = { field: END_DATE_TIME, direction: OrderDirection.DESC };
      const filter = { type: [type] };
      const { records: page } = await store.list(listQuery({ filter, visibleTo: BUSY, order, limit: 20 }));
      stop();
      const matching = all.filter((one) => holds(one, filter));
      expect(page.map(({ id }) => id)).toEqual(sortedIds(matching, END_DATE_TIME, OrderDirection.DESC).slice(0, 20));
      expect(await explain(store, statements.at(-1) as StatementEvent)).toMatchObject({ sorts });
    });

    test('asks for what lies before a page by the same ways', async () => {
      for (const [, { filter = null, visibleTo = null, field }] of CASES) {
        const order = { field, direction: OrderDirection.DESC };
        const list = listQuery({ filter, visibleTo, order, limit: 2 });
        const { positions } = await store.list(list);
        const [first] = positions;
        if (!first) continue;
        expect(await store.hasOutside(list, first)).toBe(true);
        expect(
          await store.hasOutside(list, { value: field === DURATION ? '99999999999999' : '9999', id: guid(0) }),
        ).toBe(false);
      }
    });
  });
}
