// Both engines in one run, in turns: node test/bench/engines.mjs RECORDS postgres://… (an empty database), after a build.
// Prints rates of import and of create at 64 clients, and medians of pages, through the store without a door.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateCallRecords } from '../../dist/cli/generate-records.js';
import { readGraphRecord } from '../../dist/domain/graph-payload.js';
import { parseJson } from '../../dist/domain/json.js';
import { openStore } from '../../dist/store/store.js';

const BATCH = 2_000;
const CLIENTS = 64;
const CREATE_MS = 3_000;
const ROUNDS = 60;

const [records = '20000', postgres] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'callrecords-bench-'));
const stores = {
  SQLite: await openStore(`file:${join(folder, 'bench.sqlite')}`),
  PostgreSQL: await openStore(postgres, { allowLossyCommits: true }),
};
const engines = Object.keys(stores);
const results = Object.fromEntries(engines.map((engine) => [engine, {}]));
const note = (engine, what, value) => (results[engine][what] = value);

async function importAll(count) {
  const spent = Object.fromEntries(engines.map((engine) => [engine, 0]));
  const flush = async (batch) => {
    for (const engine of engines) {
      const start = performance.now();
      await stores[engine].import(batch);
      spent[engine] += performance.now() - start;
    }
  };
  let batch = [];
  for (const line of generateCallRecords({ count, seed: 1 })) {
    batch.push(readGraphRecord(parseJson(line)));
    if (batch.length === BATCH) await flush(batch.splice(0));
  }
  if (batch.length > 0) await flush(batch);
  for (const engine of engines) note(engine, 'import, records/s', Math.round((count / spent[engine]) * 1_000));
}

async function create(engine) {
  const input = {
    version: 1n,
    type: 'peerToPeer',
    modalities: ['audio'],
    startDateTime: '2026-02-25T18:52:21.2169889',
    endDateTime: '2026-02-25T18:52:46.7640013',
    organizer: { user: { id: '821809f5-0000-0000-0000-3b5136c0e777', displayName: 'Abbie Wilkins' } },
    participants: ['1', '2', '3', '4'].map((id) => ({ user: { id, displayName: `Person ${id}` } })),
  };
  const end = performance.now() + CREATE_MS;
  let created = 0;
  const client = async () => {
    for (; performance.now() < end; created++)
      await stores[engine].create(input, { caller: 'bench', idempotencyKey: null });
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (created / CREATE_MS) * 1_000;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const order = { field: 'startDateTime', direction: 'desc' };
const people = { organizer: true, participants: true };
const list = (limit, more = {}) => ({
  filter: null,
  visibleTo: null,
  order,
  people,
  page: { limit, fromEnd: false, after: null, before: null, ...more.page },
  ...(more.filter && { filter: more.filter }),
});

async function pages() {
  const [first] = (await stores.SQLite.list(list(1))).records;
  const person = first.participants.find(({ user }) => user?.id)?.user.id ?? first.organizer.user.id;
  let deep = null;
  for (let read = 0; read < Math.min(Number(records) / 2, 50_000); read += 500)
    deep = (await stores.SQLite.list(list(500, { page: { after: deep } }))).positions.at(-1);
  const queries = {
    'newest 50 with everybody, ms': list(50),
    'the same 50 deep in the list, ms': list(50, { page: { after: deep } }),
    'newest 20 of a person, ms': list(20, { filter: { participant: { id: [person] } } }),
  };
  for (const [what, query] of Object.entries(queries)) {
    const spent = Object.fromEntries(engines.map((engine) => [engine, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const engine of engines) {
        const start = performance.now();
        await stores[engine].list(query);
        spent[engine].push(performance.now() - start);
      }
    }
    for (const engine of engines) note(engine, what, Number(median(spent[engine]).toFixed(2)));
  }
}

await importAll(Number(records));
await pages();
for (let round = 0; round < 3; round++) {
  for (const engine of engines) {
    const key = `create at ${CLIENTS} clients, records/s`;
    results[engine][key] = [...(results[engine][key] ?? []), Math.round(await create(engine))];
  }
}
console.table(results);
await Promise.all(Object.values(stores).map((store) => store.close()));
await rm(folder, { recursive: true });
