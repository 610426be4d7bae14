// Statistics beside the same questions as plain SQL over the same tables, and as SQL of DuckDB over a copy:
// node test/bench/statistics.mjs FOLDER COUNT [--sessions] [--postgres URL], after `npm run bench:build` has built
// everything. Fills FOLDER/records-COUNT.sqlite, or takes what is there, and copies it into the database of --postgres, on
// this machine, where that is empty. Servers, on one core each, are asked over HTTP in turns with the others. It prints the
// least CPU time and the least time of what is warm, and ratios of the former, to which other work on the machine matters
// little. Answers that differ end it. Last, a point query is asked alone and beside ten who ask for statistics.
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { isDeepStrictEqual, parseArgs, promisify } from 'node:util';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import Database from 'better-sqlite3';
import pg from 'pg';
import { startOurs, stop } from '../../dist/bench/servers.js';
import { openStore } from '../../dist/store/store.js';
import { questions } from './statistics-questions.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const ROUNDS = 25;
/** For each question, of each way. */
const ROUNDS_MS = 2_500;
const POINTS = 400;
const ASKING = 10;

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    sessions: { type: 'boolean', default: false },
    postgres: { type: 'string' },
    until: { type: 'string', default: '2026-10-31' },
  },
});
const [folder, count] = positionals;
const file = resolve(folder, `records-${count}${options.sessions ? '-sessions' : ''}.sqlite`);

async function fill() {
  if (existsSync(file)) return;
  const generated = [
    'generate',
    '--count',
    count,
    '--until',
    options.until,
    ...(options.sessions ? ['--sessions'] : []),
  ];
  const generate = spawn(process.execPath, [CLI, ...generated], { stdio: ['ignore', 'pipe', 'inherit'] });
  const imports = spawn(process.execPath, [CLI, 'import', '-'], {
    stdio: [generate.stdout, 'inherit', 'inherit'],
    env: { ...process.env, DATABASE_URL: `file:${file}` },
  });
  const code = await new Promise((ended) => imports.once('exit', ended));
  if (code !== 0) throw new Error(`The import ended with ${code}.`);
}

/** As a server does beside other work, which takes it some minutes. */
async function sumUp(url) {
  const store = await openStore(url);
  const start = performance.now();
  let hours = 0;
  while ((await store.statistics.sumUp(24, 0)) > 0);
  for (let some = 1; some > 0; hours += some) some = await store.statistics.tallyUp(24);
  await store.close();
  console.log(
    `${hours} hours of ${url.replace(/:.*/, '')} were counted in ${Math.round(performance.now() - start)} ms`,
  );
}

async function copyToPostgres(url) {
  const client = new pg.Client(url);
  await client.connect();
  const { rowCount } = await client.query("select 1 from pg_tables where tablename = 'call_records'");
  if (rowCount === 0) {
    const env = { ...process.env, ALLOW_LOSSY_COMMITS: 'true' };
    await promisify(execFile)(process.execPath, [CLI, 'copy', '--from', `file:${file}`, '--to', url], { env });
    await client.query('vacuum analyze');
  }
  return client;
}

/** What of the tables is asked for, in columns of DuckDB's own types, by one thread. */
async function copyToDuckdb(stored) {
  const instance = await DuckDBInstance.create(`${file}.duckdb`, { threads: '1' });
  const connection = await instance.connect();
  const { rows } = { rows: (await connection.runAndReadAll('show tables')).getRows() };
  if (rows.length > 0) return connection;
  const counts = 'quality_bits, good_streams, poor_streams, unclassified_streams, session_count, setup_failures, drops';
  const copy = async (table, columns, query) => {
    await connection.run(`create table ${table} (${columns})`);
    const appender = await connection.createAppender(table);
    const types = columns.split(', ').map((column) => column.split(' ')[1]);
    for (const row of stored.prepare(query).raw().iterate()) {
      row.forEach((value, index) => {
        if (value === null) appender.appendNull();
        else if (types[index] === 'integer') appender.appendInteger(value);
        else if (types[index] === 'bigint') appender.appendBigInt(BigInt(value));
        else appender.appendVarchar(value);
      });
      appender.endRow();
    }
    appender.closeSync();
  };
  const integers = counts.replaceAll(',', ' integer,');
  await copy(
    'texts',
    `id varchar, type varchar, modality_bits integer, start varchar, duration_ticks bigint, participant_count integer, ${integers} integer`,
    `select id, type, modality_bits, start_date_time, duration_ticks, participant_count, ${counts} from call_records order by start_date_time`,
  );
  await connection.run('create table calls as select * replace (cast(start as timestamp) as start) from texts');
  await connection.run('drop table texts');
  const identities = 'record_id varchar, position integer, kind varchar, identity_id varchar';
  await copy('identities', identities, 'select record_id, position, kind, identity_id from call_record_identities');
  const streams =
    'record_id varchar, media_kind varchar, subnet varchar, capture_device varchar, good_streams integer, poor_streams integer, unclassified_streams integer';
  await copy('streams', streams, `select ${streams.replaceAll(/ (varchar|integer)/g, '')} from call_record_streams`);
  return connection;
}

/** The last whole month, the busiest, and the thousandth of them. */
function sampleOf(stored) {
  const newest = stored.prepare('select max(start_date_time) from call_records').pluck().get();
  const month = (back) =>
    `${new Date(Date.UTC(Number(newest.slice(0, 4)), Number(newest.slice(5, 7)) - 1 - back)).toISOString().slice(0, 10)}T00:00:00`;
  const byCalls = 'select identity_id from call_record_people where roles & 2 <> 0 group by 1 order by count(*) desc';
  return {
    month: [month(1), month(0)],
    busiest: stored.prepare(`${byCalls} limit 8`).pluck().all(),
    person: stored.prepare(`${byCalls} limit 1 offset 1000`).pluck().get() ?? stored.prepare(byCalls).pluck().get(),
    ids: stored.prepare('select id from call_records order by id limit 500').pluck().all(),
  };
}

let turn = 0;
async function ask({ url, headers }, query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers[turn++ % headers.length] },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 300));
  return data;
}

const askFor = ({ filter, interval, selection }) => [
  `query ($filter: CallRecordFilter, $interval: TimeInterval) {
    callRecordStatistics(filter: $filter, interval: $interval) { ${selection} } }`,
  { filter, interval },
];

/** Milliseconds of CPU time that each thread of processes has had. A backend of PostgreSQL may have ended when it was idle. */
function cpuOf(pids) {
  const threads = pids
    .map((pid) => `/proc/${pid}/task`)
    .filter((tasks) => existsSync(tasks))
    .flatMap((tasks) => readdirSync(tasks).map((thread) => `${tasks}/${thread}`));
  return new Map(threads.map((thread) => [thread, Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0])]));
}

function cpuMsSince(before, pids) {
  const now = [...cpuOf(pids)];
  return now.reduce((sum, [thread, spent]) => sum + spent - (before.get(thread) ?? 0), 0) / 1e6;
}

/** The ways to answer a question, by name, each with the processes that do: it resolves to what is compared. */
async function waysTo(question, { servers, stored, client, duckdb }) {
  const rows = (all) => question.rows(all);
  const backends = client ? (await client.query(BACKENDS)).rows : [];
  const pidsOf = (isOwn) => backends.filter((one) => one.own === isOwn).map(({ pid }) => pid);
  const texts = (row) => row.map((value) => (value === null ? null : String(value)));
  return [
    ...servers.map((server) => ({
      name: server.name,
      pids: [server.process.pid, ...(server.name.endsWith('PostgreSQL') ? pidsOf(false) : [])],
      answer: async () => question.told((await ask(server, ...askFor(question))).callRecordStatistics),
    })),
    {
      name: 'plain SQL on SQLite',
      pids: [process.pid],
      answer: async () => rows(stored.prepare(question.sql).raw().all()),
    },
    ...(client
      ? [
          {
            name: 'plain SQL on PostgreSQL',
            pids: pidsOf(true),
            answer: async () => rows((await client.query({ text: question.sql, rowMode: 'array' })).rows),
          },
        ]
      : []),
    {
      name: 'DuckDB',
      pids: [process.pid],
      answer: async () => rows((await duckdb.runAndReadAll(question.duckdb)).getRows().map(texts)),
    },
  ];
}

const BACKENDS = 'select pid, pid = pg_backend_pid() as own from pg_stat_activity where datname = current_database()';

async function measure(question, all) {
  // What comes first opens connections, and is compiled and brought into memory.
  const first = await waysTo(question, all);
  const answers = [];
  for (const { answer } of first) answers.push(await answer());
  const different = answers.findIndex((answer) => !isDeepStrictEqual(answer, answers[0]));
  if (different > 0) {
    for (const index of [0, different]) console.error(first[index].name, JSON.stringify(answers[index]).slice(0, 500));
    throw new Error(`${question.name} is answered in different ways.`);
  }
  const spent = (await waysTo(question, all)).map((way) => ({ ...way, ms: Infinity, cpuMs: Infinity, spentMs: 0 }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of spent) {
      if (round > 1 && way.spentMs > ROUNDS_MS) continue;
      const [start, before] = [performance.now(), cpuOf(way.pids)];
      await way.answer();
      const ms = performance.now() - start;
      way.spentMs += ms;
      way.ms = Math.min(way.ms, ms);
      way.cpuMs = Math.min(way.cpuMs, cpuMsSince(before, way.pids));
    }
  }
  return spent;
}

const POINT =
  'query ($id: ID!) { callRecord(id: $id) { id type startDateTime participants { user { id displayName } } } }';

/** The p99 of a point query, while so many callers ask for statistics of everything, each one after the other. */
async function pointQuery(server, asked, ids, asking) {
  let isOver = false;
  const beside = Array.from({ length: asking }, async (_, caller) => {
    const one = { ...server, headers: [server.headers[1 + (caller % (server.headers.length - 1))]] };
    for (let next = caller; !isOver; next++) await ask(one, ...askFor(asked[next % asked.length]));
  });
  const times = [];
  for (let index = 0; index < POINTS; index++) {
    const start = performance.now();
    await ask({ ...server, headers: [server.headers[0]] }, POINT, { id: ids[index % ids.length] });
    times.push(performance.now() - start);
    await new Promise((rest) => setTimeout(rest, 5));
  }
  isOver = true;
  await Promise.all(beside);
  const at = (part) => times.toSorted((a, b) => a - b)[Math.floor(times.length * part)];
  return { p50: at(0.5), p99: at(0.99) };
}

await mkdir(folder, { recursive: true });
await fill();
await sumUp(`file:${file}`);
const client = options.postgres && (await copyToPostgres(options.postgres));
if (client) await sumUp(options.postgres);
const stored = new Database(file, { readonly: true });
const duckdb = await copyToDuckdb(stored);
const { month, busiest, person, ids } = sampleOf(stored);
const all = questions({ month, person, hasSessions: options.sessions });
const urls = { 'ours on SQLite': `file:${file}`, ...(client && { 'ours on PostgreSQL': options.postgres }) };
const servers = [];
try {
  for (const [name, databaseUrl] of Object.entries(urls)) {
    const keyFile = join(folder, 'development-key.json');
    servers.push(await startOurs({ name, databaseUrl, keyFile, callers: busiest, settings: { RATE_LIMIT: '0' } }));
  }
  const table = {};
  for (const question of all) {
    const spent = await measure(question, { servers, stored, client, duckdb });
    const cpu = (name) => spent.find((way) => way.name === name).cpuMs;
    table[question.name] = {
      ...Object.fromEntries(spent.map(({ name, ms, cpuMs }) => [`${name}`, `${cpuMs.toFixed(1)} / ${ms.toFixed(1)}`])),
      'plain SQL / ours': Number((cpu('plain SQL on SQLite') / cpu('ours on SQLite')).toFixed(1)),
      'DuckDB / ours': Number((cpu('DuckDB') / cpu('ours on SQLite')).toFixed(2)),
    };
  }
  console.log(`\n${count} records${options.sessions ? ' with sessions' : ''}, warm: ms of CPU time / ms`);
  console.table(table);
  const ofAll = all.filter(({ filter }) => Object.keys(filter).length === 0);
  for (const server of servers) {
    const alone = await pointQuery(server, ofAll, ids, 0);
    const beside = await pointQuery(server, ofAll, ids, ASKING);
    console.log(
      `${server.name}: a point query alone p50 ${alone.p50.toFixed(2)}, p99 ${alone.p99.toFixed(2)} ms; beside ${ASKING} who ask for statistics of everything p50 ${beside.p50.toFixed(2)}, p99 ${beside.p99.toFixed(2)} ms`,
    );
  }
} finally {
  for (const server of servers) await stop(server);
  stored.close();
  await client?.end();
}
