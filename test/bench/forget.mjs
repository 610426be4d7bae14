// What reading clients notice while people are erased, and while records that are past are deleted, from SQLite:
// node test/bench/forget.mjs [RECORDS] [FILE] [creates], after a build. One tenth of the records is of somebody whom the
// command line erases, one of somebody whom the server does, and one is past. FILE: a database that an earlier run has made,
// or where this one keeps what it makes. `creates`: somebody creates ten records a second besides. The clients wait between
// two questions, so that their times tell of being held up, not of cores that are all at work. Ends with 1 below 100,000
// records a minute, where a p99 is more than twice that of the clients alone, and where a request fails.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { readGraphRecord } from '../../dist/domain/graph-payload.js';
import { generateCallRecords } from '../../dist/generate/records.js';
import { parseJson } from '../../dist/platform/json.js';
import { openStore } from '../../dist/store/store.js';

const RECORDS = Number(process.argv[2] ?? 100_000);
const KEPT = process.argv[3];
const withCreates = process.argv[4] === 'creates';
const SHARE = 10;
const AT_ONCE = 2_000;
const CLIENTS = 64;
const BETWEEN_MS = [30, 90];
const CREATES_EVERY_MS = 100;
const ALONE_MS = 20_000;
const LEAST_RATE = 100_000 / 60;
const MOST_SLOWER = 2;
const DAY_MS = 86_400_000;
const PEOPLE = [1, 2].map((number) => ({
  id: `d0c5ab1e-0000-4000-8000-00000000000${number}`,
  displayName: `Ada Probe ${number}`,
  userPrincipalName: `ada.probe.${number}@contoso.com`,
}));
const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;
const CALL =
  'query Call($id: ID!) { callRecord(id: $id) { id organizer { user { id displayName } } participants { user { id } } } }';
const CREATE = 'mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) { id } }';
const ERASE = 'mutation ($id: ID!) { erasePerson(id: $id) { callRecords complete } }';

const folder = mkdtempSync(join(tmpdir(), 'callrecords-forget-'));
const path = join(folder, 'callrecords.sqlite');
const env = {
  ...process.env,
  DATABASE_URL: `file:${path}`,
  DEVELOPMENT_KEY_FILE: join(folder, 'key.json'),
  PORT: '0',
  RATE_LIMIT: '0',
  LOG_LEVEL: 'silent',
};
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS + 2 });

try {
  await makeDatabase();
  const { ids, retentionDays } = lookAt();
  const server = await serve();
  try {
    const alone = await beside(server, ids, () => wait(ALONE_MS).then(() => 0));
    console.log(`${RECORDS} records; ${CLIENTS} clients alone: ${told(alone)}`);
    const runs = [
      ['erased by the command line', () => run(['erase', '--person', PEOPLE[0].id])],
      ['erased by the server', () => eraseBy(server, PEOPLE[1].id)],
      ['deleted by prune', () => run(['prune'], { RETENTION_DAYS: String(retentionDays) })],
    ];
    for (const [what, work] of runs) {
      const measured = await beside(server, ids, work);
      const rate = measured.result / measured.seconds;
      const ratio = measured.p99 / alone.p99;
      const done = `${measured.result} records ${what} in ${measured.seconds.toFixed(1)} s (${Math.round(rate)}/s)`;
      console.log(`${done}; clients: ${told(measured)}, p99 ${ratio.toFixed(2)} of alone`);
      if (rate < LEAST_RATE || ratio > MOST_SLOWER || measured.failed > 0) process.exitCode = 1;
    }
  } finally {
    server.process.kill('SIGTERM');
    await once(server.process, 'close');
  }
} finally {
  agent.destroy();
  rmSync(folder, { recursive: true });
}

async function makeDatabase() {
  if (KEPT && existsSync(KEPT)) return copyFileSync(KEPT, path);
  const store = await openStore(`file:${path}`, { fills: true });
  let batch = [];
  let number = 0;
  for (const line of generateCallRecords({ count: RECORDS, seed: 1, until: '2026-10-31' })) {
    const person = number++ % SHARE;
    batch.push(readGraphRecord(parseJson(person < PEOPLE.length ? organizedBy(PEOPLE[person], line) : line)));
    if (batch.length < AT_ONCE) continue;
    await store.import(batch);
    batch = [];
  }
  await store.import(batch);
  await store.endFilling();
  // As a server does, which takes its time for it.
  while ((await store.statistics.sumUp(24, 0)) > 0);
  while ((await store.statistics.tallyUp(24)) > 0);
  await store.close();
  if (KEPT) copyFileSync(path, KEPT);
}

/** The record with somebody in the place of its organizer, wherever that one stands. */
function organizedBy(person, line) {
  const [organizer] = Object.values(JSON.parse(line).organizer_v2.identity);
  const members = Object.keys(person).filter((name) => typeof organizer[name] === 'string');
  return members.reduce((left, name) => left.replaceAll(organizer[name], person[name]), line);
}

/** Some ids, and the days after which a share of the records is past. */
function lookAt() {
  const database = new Database(path, { readonly: true });
  const some = 'select id from call_records where rowid % ? = 0';
  const ids = database
    .prepare(some)
    .pluck()
    .all(Math.max(1, Math.round(RECORDS / 5_000)));
  const ends = database.prepare('select end_date_time from call_records order by end_date_time limit 1 offset ?');
  const end = ends.pluck().get(Math.floor(RECORDS / SHARE));
  database.close();
  return { ids, retentionDays: Math.floor((Date.now() - Date.parse(`${end}Z`)) / DAY_MS) };
}

async function serve() {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=4', '--no-memory-reducer', '--heap-growing-percent=50', CLI, 'serve'],
    { env },
  );
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  while (!/ token +\S+\n/.test(said)) await wait(50);
  const url = `${/ready at (\S+)/.exec(said)[1]}/graphql`;
  return { process: child, url, authorization: `Bearer ${/ token +(\S+)/.exec(said)[1]}` };
}

/** Of how many records a command says that it has done its work. */
async function run(command, settings = {}) {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...command], { env: { ...env, ...settings } });
  return Number(/(\d+) records (rewritten|deleted)/.exec(stdout)[1]);
}

async function eraseBy(server, id) {
  for (let callRecords = 0; ;) {
    const { erasePerson } = await ask(server, ERASE, { id });
    callRecords += erasePerson.callRecords;
    if (erasePerson.complete) return callRecords;
  }
}

function ask({ url, authorization }, query, variables) {
  return new Promise((resolve, reject) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const asked = request(url, { method: 'POST', agent, headers }, async (response) => {
      try {
        let text = '';
        for await (const chunk of response) text += chunk;
        const { data, errors } = JSON.parse(text);
        if (errors) throw new Error(text);
        resolve(data);
      } catch (error) {
        reject(error);
      }
    });
    asked.once('error', reject).end(JSON.stringify({ query, variables }));
  });
}

/** Runs the work beside the clients. */
async function beside(server, ids, work) {
  let isOver = false;
  const [reads, creates] = [[], []];
  let failed = 0;
  const timed = async (times, query, variables) => {
    const start = performance.now();
    await ask(server, query, variables).catch(() => (failed += 1));
    times.push(performance.now() - start);
  };
  const [least, most] = BETWEEN_MS;
  const read = async () => {
    while (!isOver) {
      await wait(least + Math.random() * (most - least));
      await timed(reads, CALL, { id: ids[Math.floor(Math.random() * ids.length)] });
    }
  };
  const create = async () => {
    while (!isOver) {
      await wait(CREATES_EVERY_MS);
      await timed(creates, CREATE, { input: newCall() });
    }
  };
  const clients = Array.from({ length: CLIENTS }, () => read());
  if (withCreates) clients.push(create());
  const start = performance.now();
  const result = await work().finally(() => (isOver = true));
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(clients);
  const at = (times, share) => times.sort((a, b) => a - b)[Math.floor(times.length * share)];
  const reading = { rate: reads.length / seconds, p50: at(reads, 0.5), p99: at(reads, 0.99), longest: reads.at(-1) };
  return { result, seconds, ...reading, createP99: at(creates, 0.99), longestCreate: creates.at(-1), failed };
}

function newCall() {
  const end = new Date().toISOString();
  const organizer = { user: { id: 'd0c5ab1e-0000-4000-8000-000000000009', displayName: 'Bob' } };
  const times = { startDateTime: end, endDateTime: end };
  return { version: 1, type: 'peerToPeer', modalities: ['audio'], ...times, organizer, participants: [organizer] };
}

function told({ rate, p50, p99, longest, createP99, longestCreate, failed }) {
  const ms = (time) => `${time.toFixed(1)} ms`;
  const creates = withCreates ? `; creates p99 ${ms(createP99)}, longest ${ms(longestCreate)}` : '';
  return `${Math.round(rate)} reads/s, p50 ${ms(p50)}, p99 ${ms(p99)}, longest ${ms(longest)}${creates}; ${failed} failed`;
}
