import fc from 'fast-check';
import { type CallRecordDocument, Fetched } from '../../../src/domain/document.js';
import { CallType, Modality } from '../../../src/domain/enums.js';
import type { CallRecordFilter } from '../../../src/domain/filter.js';
import type { Store } from '../../../src/store/store.js';
import { documentOf, eraseFrom, guid, inputOf, type OpenStore, stored, withStore } from '../../support/opened-store.js';
import { holds } from './oracle-property.js';
import { type Asking, askedFor, askingFor, expected, expectPeople, said, timed } from './statistics.js';

const oneOf = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const number = fc.nat({ max: 2 });
/** How many hours are added up before the next question: none, some, or all. */
export const summed = oneOf(0, 1, 100, 100);

/** What changes sums. */
const step = fc.oneof(
  fc.record({ does: oneOf('import' as const), number, version: oneOf(1n, 2n, 3n), record: timed }),
  fc.record({ does: oneOf('page' as const), number, record: timed }),
  fc.record({ does: oneOf('delete' as const, 'delete' as const, 'create' as const), number }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function take(store: Store, one: Step): Promise<void> {
  if (one.does === 'import') await store.import([documentOf(one.number, { ...one.record, version: one.version })]);
  if (one.does === 'page') {
    const { sessions } = one.record;
    await store.importParts([{ id: guid(one.number), part: 'sessions', sessions }]);
  }
  if (one.does === 'delete') await store.delete(guid(one.number));
  if (one.does === 'create') await store.create(inputOf(), { caller: 'a', idempotencyKey: null });
}

/** Ends of an hour, of a day, and within one. */
const bound = oneOf(
  ...['2026-01-01T00:00:00', '2025-12-31T23:59:59.9999999', '2026-01-01T01:00:00', '2026-03-29T01:00:00'],
  ...['2026-03-29T00:59:59.9', '2026-10-25T01:00:00', '2026-10-26T00:00:00', '2026-04-04T15:30:00'],
);
/** A range of starts. */
export const range = fc.dictionary(oneOf('lt', 'lte', 'gt', 'gte', 'eq'), bound, { minKeys: 1, maxKeys: 2 });
const keys = fc.record(
  {
    type: fc.array(oneOf(...Object.values(CallType)), { maxLength: 2 }),
    modalities: fc.record(
      {
        hasAny: fc.array(oneOf(...Object.values(Modality)), { maxLength: 2 }),
        hasAll: fc.array(oneOf(Modality.audio)),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
/** What sums are kept by: time, type and modalities. */
const ofKeys: fc.Arbitrary<CallRecordFilter | null> = fc.oneof(
  fc.constant(null),
  fc.record({ startDateTime: range }),
  fc.tuple(keys, range, keys).map(([one, startDateTime, not]) => ({ ...one, not, and: [{ startDateTime }] })),
  fc.tuple(keys, keys).map((or) => ({ or })),
);

/** Sums that are kept, at every moment. */
export function describeKeptSums(open: OpenStore): void {
  describe('kept sums', () => {
    const asked = fc.tuple(askingFor(fc.constant(null)), askingFor(ofKeys), askingFor(ofKeys));
    const steps = fc.array(fc.tuple(step, summed, summed, asked), { minLength: 8, maxLength: 14, size: 'max' });

    test(
      'They tell what plain JavaScript adds up after each create, import, version, page and delete, summed up or not',
      async () => {
        let told = 0;
        const check = async (store: Store, all: CallRecordDocument[], one: Asking) => {
          const some = all.filter((record) => one.filter === null || holds(record, one.filter));
          const wanted = expected(some, one, null);
          const ofWeek = await store.statistics.ofRecords(askedFor(one, null));
          expect(said(ofWeek, one)).toEqual(wanted);
          // Hours of the week are told by hours; without them, days and months are told by days.
          const ofDays = await store.statistics.ofRecords({ ...askedFor(one, null), hoursOfWeek: false });
          expect(said(ofDays, one)).toEqual({ ...wanted, hours: [] });
          const ofAll = await store.statistics.ofRecords({
            ...askedFor(one, null),
            interval: null,
            hoursOfWeek: false,
          });
          expect(said(ofAll, one)).toEqual({ ...wanted, buckets: [], hours: [] });
          await expectPeople(store, some, one, null);
          told += some.length > 1 ? 1 : 0;
        };
        await fc.assert(
          fc.asyncProperty(steps, (all) =>
            withStore(open, async (store) => {
              for (const [one, hours, tallied, askings] of all) {
                await take(store, one);
                if (hours > 0) await store.statistics.sumUp(hours, 0);
                if (tallied > 0) await store.statistics.tallyUp(tallied);
                const there = await stored(store);
                for (const asking of askings) await check(store, there, asking);
                expect(await store.verifySums(10)).toEqual([]);
              }
            }),
          ),
          { numRuns: 6, endOnFailure: true },
        );
        expect(told).toBeGreaterThan(20);
      },
      PATIENCE_MS,
    );

    test('An hour that is being written is left alone until it is quiet, and then added up once', async () => {
      await withStore(open, async (store) => {
        await store.import([documentOf(1), documentOf(2, { sessionsFetched: Fetched.wholly })]);
        expect(await store.statistics.sumUp(10, 60_000)).toBe(0);
        expect(await store.statistics.sumUp(10, 0)).toBe(1);
        expect(await store.statistics.sumUp(10, 0)).toBe(0);
      });
    });

    test('An hour that is written again before it was counted does not keep a later one from its turn', async () => {
      await withStore(open, async (store) => {
        const at = (day: string) => ({ startDateTime: `${day}T10:00:00`, endDateTime: `${day}T11:00:00` });
        await store.import([documentOf(1, at('2026-01-01')), documentOf(2, at('2026-01-02'))]);
        expect(await store.statistics.sumUp(10, 0)).toBe(2);
        await store.import([documentOf(3, at('2026-01-01'))]);
        expect(await store.statistics.tallyUp(1)).toBe(1);
        expect(await store.statistics.tallyUp(1)).toBe(0);
        expect(await store.statistics.sumUp(10, 0)).toBe(1);
        expect(await store.statistics.tallyUp(1)).toBe(1);
      });
    });

    test('An erasure leaves sums as they are, and counts of people exact at each step; nobody counts beside it', async () => {
      await withStore(open, async (store) => {
        await store.import(Array.from({ length: 120 }, (_, number) => calledBy(number, 'a', `p${number % 7}`)));
        await store.statistics.sumUp(100, 0);
        await store.statistics.tallyUp(100);
        let steps = 0;
        for await (const records of store.forgetting.erase('a')) {
          expect(await store.statistics.sumUp(100, 0)).toBe(0);
          expect(await store.statistics.tallyUp(100)).toBe(0);
          expect(await topParticipants(store)).toEqual(participantsOf(await stored(store)));
          expect(await store.verifySums(10)).toEqual([]);
          steps += records > 0 ? 1 : 0;
        }
        expect(steps).toBeGreaterThan(1);
        expect(await store.statistics.sumUp(100, 0)).toBe(0);
        expect(await store.statistics.tallyUp(100)).toBe(10);
        expect(await topParticipants(store)).toEqual(participantsOf(await stored(store)));
        expect(await store.verifySums(10)).toEqual([]);
      });
    });

    test('Who is erased while their calls are counted stands in no count', async () => {
      await withStore(open, async (store) => {
        for (let round = 1; round <= 5; round++) {
          await store.import([calledBy(round, `p${round}`)]);
          await store.statistics.sumUp(10, 0);
          const counting = store.statistics.tallyUp(10);
          // Some rounds erase before the records are read, some after.
          for (let turns = 1; turns < round * 4; turns++) await Promise.resolve();
          await Promise.all([counting, eraseFrom(store, `p${round}`)]);
          await store.statistics.tallyUp(10);
          expect(await topParticipants(store)).toEqual(participantsOf(await stored(store)));
          expect(await store.verifySums(10)).toEqual([]);
        }
      });
    });
  });
}

/** A call in one of ten hours. */
function calledBy(number: number, ...ids: string[]): CallRecordDocument {
  const at = (minute: number) => `2026-01-01T0${number % 10}:${minute}:00`;
  const participants = ids.map((id) => ({ user: { id } }));
  return documentOf(number, { startDateTime: at(10), endDateTime: at(20), participants });
}

async function topParticipants(store: Store): Promise<Record<string, number>> {
  const top = await store.statistics.top({ filter: null, visibleTo: null }, { role: 'participants', limit: 100 });
  return Object.fromEntries(top.map(({ set, count }) => [set.user?.id ?? '', count]));
}

function participantsOf(documents: readonly CallRecordDocument[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { participants } of documents)
    for (const { user } of participants as { user: { id: string } }[]) counts[user.id] = (counts[user.id] ?? 0) + 1;
  return counts;
}

/** A server makes a database for each run. */
const PATIENCE_MS = 120_000;
