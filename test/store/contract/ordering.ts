import { type CallRecordDocument } from '../../../src/domain/document.js';
import { CallRecordOrderField, OrderDirection } from '../../../src/domain/filter.js';
import type { Position } from '../../../src/domain/page.js';
import type { Store } from '../../../src/store/store.js';
import {
  type Asked,
  documentOf,
  fixtureRecords,
  guid,
  listQuery,
  type OpenStore,
  sharedStore,
} from '../../support/opened-store.js';
import { toTicks } from './ticks.js';

const PERSON = 'aaaaaaaa-0000-4000-8000-00000000000a';

/** Neighbours one tick apart, and ties in every order. */
async function records(): Promise<CallRecordDocument[]> {
  const ties = Array.from({ length: 8 }, (_, index) =>
    documentOf(90 - index, {
      startDateTime: index % 2 ? '2026-10-25T01:00:00.12' : '2026-10-25T01:00:00',
      endDateTime: '2026-10-25T01:00:30.1234567',
      lastModifiedDateTime: '2026-10-25T02:10:00.0000009',
      participants: index < 5 ? [{ user: { id: PERSON } }] : [],
    }),
  );
  return [...(await fixtureRecords('06-precision')), ...ties];
}

/** A number that grows with the order's value: date-times as ticks, so that no text is compared. */
function orderValue(document: CallRecordDocument, field: CallRecordOrderField): bigint {
  if (field === CallRecordOrderField.DURATION) return toTicks(document.endDateTime) - toTicks(document.startDateTime);
  return toTicks(document[field]);
}

/** The ids in an order, compared without any text of times. */
export function sortedIds(
  documents: CallRecordDocument[],
  field: CallRecordOrderField,
  direction: OrderDirection,
): string[] {
  const ascending = [...documents].sort((a, b) => {
    const difference = orderValue(a, field) - orderValue(b, field);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
    return a.id < b.id ? -1 : 1;
  });
  const ids = ascending.map(({ id }) => id);
  return direction === OrderDirection.ASC ? ids : ids.reverse();
}

/** All pages of three, from the start or from the end, as one list in the order asked for. */
async function idsByPages(store: Store, asked: Asked): Promise<string[]> {
  const ids: string[] = [];
  let edge: Position | null = null;
  for (;;) {
    const bounds: Asked = asked.fromEnd ? { before: edge } : { after: edge };
    const list = listQuery({ ...asked, ...bounds, limit: 3 });
    const { records: page, positions, hasMore } = await store.list(list);
    const shown = page.map(({ id }) => id);
    if (asked.fromEnd) ids.unshift(...shown);
    else ids.push(...shown);
    expect(hasMore ? page.length : Math.min(page.length, 3)).toBe(hasMore ? 3 : page.length);
    // Beyond the first page there is something on the side that the page came from.
    if (edge) expect(await store.hasOutside(list, edge)).toBe(true);
    if (!hasMore) return ids;
    edge = (asked.fromEnd ? positions[0] : positions.at(-1)) as Position;
  }
}

/** Orders, pages and positions. */
export function describeOrdering(open: OpenStore): void {
  describe('ordering', () => {
    const store = sharedStore(open, records);

    for (const field of Object.values(CallRecordOrderField)) {
      for (const direction of Object.values(OrderDirection)) {
        test(`By ${field} ${direction}, pages of three from either end are the whole list, ties in the order of ids`, async () => {
          const all = await records();
          const order = { field, direction };
          const expected = sortedIds(all, field, direction);
          expect(await idsByPages(store(), { order })).toEqual(expected);
          expect(await idsByPages(store(), { order, fromEnd: true })).toEqual(expected);
          const own = all.filter(({ participants }) => JSON.stringify(participants).includes(PERSON));
          const ownIds = sortedIds(own, field, direction);
          expect(ownIds).toHaveLength(5);
          for (const fromEnd of [false, true]) {
            expect(await idsByPages(store(), { order, fromEnd, visibleTo: PERSON })).toEqual(ownIds);
            const filter = { participant: { id: [PERSON] } };
            expect(await idsByPages(store(), { order, fromEnd, filter })).toEqual(ownIds);
          }
        });
      }
    }

    test('The starts of the precision fixture come in the order of time, not of text', async () => {
      const fixture = await fixtureRecords('06-precision');
      const filter = { id: fixture.map(({ id }) => id) };
      const order = { field: CallRecordOrderField.START_DATE_TIME, direction: OrderDirection.ASC };
      const { records: listed } = await store().list(listQuery({ filter, order }));
      expect(listed.map(({ id }) => filter.id.indexOf(id))).toEqual([2, 1, 4, 3, 8, 6, 0, 5, 7]);
    });

    test('A page between two positions holds what lies strictly between them, from either end', async () => {
      const { records: all, positions } = await store().list(listQuery());
      const ids = all.map(({ id }) => id);
      const bounds = { after: positions[2] ?? null, before: positions[9] ?? null };
      const forward = await store().list(listQuery({ ...bounds, limit: 4 }));
      expect(forward.records.map(({ id }) => id)).toEqual(ids.slice(3, 7));
      expect(forward.hasMore).toBe(true);
      const backward = await store().list(listQuery({ ...bounds, limit: 6, fromEnd: true }));
      expect(backward.records.map(({ id }) => id)).toEqual(ids.slice(3, 9));
      expect(backward.hasMore).toBe(false);
    });

    test('A position stays good when its record is gone', async () => {
      const { store: own, cleanup } = await open();
      await own.import([1, 2, 3].map((number) => documentOf(number)));
      const { positions } = await own.list(listQuery({ limit: 2 }));
      await own.delete(guid(2));
      const next = await own.list(listQuery({ after: positions[1] ?? null }));
      expect(next.records.map(({ id }) => id)).toEqual([guid(1)]);
      await cleanup();
    });

    test('A page of none tells whether there are any', async () => {
      expect(await store().list(listQuery({ limit: 0 }))).toEqual({ records: [], positions: [], hasMore: true });
      expect(await store().list(listQuery({ limit: 0, filter: { id: [] } }))).toMatchObject({ hasMore: false });
    });

    test('Nothing lies outside of the first page of a list, and something of every later one', async () => {
      const { positions } = await store().list(listQuery());
      const [first] = positions as [Position];
      const last = positions.at(-1) as Position;
      // What a page starts after lies outside of it: the record at the edge itself.
      expect(await store().hasOutside(listQuery({ after: first }), first)).toBe(true);
      expect(await store().hasOutside(listQuery({ before: last, fromEnd: true }), last)).toBe(true);
      const filter = { id: [last.id] };
      expect(await store().hasOutside(listQuery({ filter, after: first }), first)).toBe(false);
    });
  });
}
