import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { Summary } from '../../src/sync/summary.js';
import { takeNotifications } from '../../src/sync/subscription.js';
import { temporaryFolder } from '../support/harness.js';
import { FakeGraph, type Fault } from '../support/fake-graph.js';
import { expectedOf, fakeRecord, fileIn, heldIn, recordId, syncInto, type Syncing } from '../support/syncing.js';

const RECORDS = 6;
const number = fc.nat(RECORDS - 1);
const FAULTS: readonly Fault[] = [
  ...(['reset', 'cut'] as const),
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 503 },
  { status: 502, body: '<html>' },
  { status: 404, body: '{}' },
  { status: 400, body: '{}' },
  { status: 200, body: '<html>' },
];

/** What may happen, in any order. */
const step = fc.oneof(
  fc.record({
    do: fc.constant('change' as const),
    number,
    people: fc.integer({ min: 0, max: 5 }),
    rises: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constant('announce' as const), numbers: fc.array(number, { maxLength: 4 }) }),
  fc.record({
    do: fc.constant('disturb' as const),
    fault: fc.constantFrom(...FAULTS),
    every: fc.integer({ min: 2, max: 6 }),
  }),
  fc.record({ do: fc.constant('pass' as const), endedAfter: fc.option(fc.nat(20)) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const CLIENT_STATE = 'the secret of the subscription';

async function take(one: Step, graph: FakeGraph, { store, sync, clock }: Syncing): Promise<void> {
  if (one.do === 'change') {
    const version = (graph.records.get(recordId(one.number))?.version ?? 0) + one.rises;
    graph.put(fakeRecord(one.number, { people: one.people, version }));
  } else if (one.do === 'announce') {
    const value = one.numbers.map((each, index) => ({
      clientState: index === 3 ? 'of somebody else' : CLIENT_STATE,
      resourceData: { id: recordId(each) },
    }));
    await takeNotifications(store.sync, { value }, clock.now());
  } else if (one.do === 'disturb') {
    graph.fault = ({ url }, index) => (url.includes('callRecords') && index % one.every === 0 ? one.fault : null);
  } else {
    const abort = new AbortController();
    const from = graph.seen.length;
    graph.before = () => {
      if (one.endedAfter !== null && graph.seen.length - from > one.endedAfter) abort.abort();
    };
    await sync.pass(new Summary(() => undefined), null, abort.signal, () => undefined).catch(() => undefined);
    graph.before = () => undefined;
  }
}

test('Whatever states, announcements, faults and ends of passes came before, a pass without faults leaves what Graph has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const graph = await new FakeGraph().start();
      Object.assign(graph.sizes, { list: 2, participants: 2, sessions: 2, segments: 1 });
      const folder = await temporaryFolder();
      const settings = { SYNC_LOOKBACK_DAYS: '1' };
      const syncing = await syncInto(graph, fileIn(folder), { settings, times: 10_000 });
      try {
        await syncing.store.sync.writeState('subscription', { clientState: CLIENT_STATE });
        for (const one of steps) await take(one, graph, syncing);
        graph.fault = () => null;
        await syncing.pass();
        expect(await heldIn(syncing.store)).toEqual(expectedOf(graph.records.values()));
      } finally {
        await syncing.store.close();
        await graph.stop();
        await rm(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 15 },
  );
});
