// A point query beside queries that pass over every record, and alone, in turns in one run: npm run bench:long-query.
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { wordsOf } from '../../dist/store/engine/grams.js';
import { makeDataset } from './dataset.js';
import { describeLatencies } from './latencies.js';
import { readOptions } from './options.js';
import { type Server, SERVERS, withServers } from './servers.js';

const options = readOptions({ records: 20_000, scanned: 1_000_000, rounds: 3, seconds: 8, clients: 2 });

const PAUSE_MS = 5;
const POINT =
  'query One($id: ID!) { callRecord(id: $id) { id type startDateTime participants { user { id displayName } } } }';
/** What only a look at the identities of each record can tell. */
const LONG = `{ callRecords(first: 1, filter: { organizer: { kind: [GUEST], displayName: "ler 4" } }) { totalCount } }`;

const dataset = await makeDataset(join(tmpdir(), 'callrecords-bench-long'), options.records);
grow(dataset.ours, options.scanned);

/** More records, written by SQLite itself, each with an organizer. */
function grow(path: string, count: number): void {
  const database = new Database(path);
  database.function('gram_words', { deterministic: true }, (text) => wordsOf(text as string));
  const numbers = `with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < ${count - 1})`;
  const id = `'00000000-0000-4000-8000-' || printf('%012d', n)`;
  database.exec(`
    insert into call_records (id, version, type, modalities, modality_bits, start_date_time, end_date_time,
      last_modified_date_time, duration_ticks, join_web_url, organizer, participants, participant_count,
      participants_fetched, sessions_fetched, extension, revision) ${numbers}
    select ${id}, 1, 'peerToPeer', '["data"]', 16, '2001-01-15T12:00:00.' || (1000000 + n), '2001-01-15T13:00:00',
      '2001-01-15T14:00:00', 1, null, null, '[]', 0, 2, 0, null, 0 from numbers;
    insert or ignore into known_identities (identity_id, kind, display_name, user_principal_name, search_text) ${numbers}
    select '', 'USER', 'filler ' || (n % 50000), '', char(10) || 'filler ' || (n % 50000) || char(10) from numbers;
    insert into call_record_identities ${numbers} select ${id}, -1, 'USER', null, null, 'filler ' || (n % 50000), null from numbers;`);
  database.close();
}

async function ask(server: Server, query: string, variables: object, caller: number): Promise<number> {
  const start = performance.now();
  const headers = { 'content-type': 'application/json', ...server.headers[caller] };
  const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const text = await response.text();
  if (response.status !== 200 || text.includes('"errors"')) throw new Error(text.slice(0, 300));
  return performance.now() - start;
}

/** Latencies of the point query until the time is over, and those of the queries beside it. */
async function measure(
  server: Server,
  seconds: number,
  longAtOnce: number,
): Promise<{ points: number[]; longs: number[] }> {
  const points: number[] = [];
  const longs: number[] = [];
  let isOver = false;
  const long = async () => {
    while (!isOver) longs.push(await ask(server, LONG, {}, 1));
  };
  const beside = Array.from({ length: longAtOnce }, long);
  const end = performance.now() + seconds * 1_000;
  const ids = dataset.samples.ids;
  while (performance.now() < end) {
    points.push(await ask(server, POINT, { id: ids[points.length % ids.length] }, 0));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  isOver = true;
  await Promise.all(beside);
  return { points, longs };
}

await withServers(async (servers) => {
  const server = await (SERVERS.callrecords as NonNullable<(typeof SERVERS)[string]>)(dataset, servers);
  servers.push(server);
  process.stderr.write(`load of the machine: ${readFileSync('/proc/loadavg', 'utf8')}`);
  await measure(server, 2, 1);
  for (let round = 1; round <= options.rounds; round++) {
    for (const longAtOnce of [0, 1, options.clients]) {
      const { points, longs } = await measure(server, options.seconds, longAtOnce);
      const beside = longAtOnce === 0 ? 'alone' : `beside ${longAtOnce} at once (${describeLatencies(longs)})`;
      console.log(`${round}: point query ${beside}: ${describeLatencies(points)}`);
    }
  }
});
