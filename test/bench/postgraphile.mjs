// Ours on PostgreSQL against PostGraphile on the same server: node test/bench/postgraphile.mjs FOLDER postgres://…/DATABASE
// [ROUNDS [SECONDS]], after `node test/bench/engines.mjs` has filled that database and FOLDER. PostGraphile and the Node that it
// wants are installed into FOLDER/postgraphile. Servers take turns on the first core; PostgreSQL and the load have the rest.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { sample } from '../../dist/bench/dataset.js';
import { run } from '../../dist/bench/load.js';
import { OPERATIONS } from '../../dist/bench/operations.js';
import { median } from '../../dist/bench/report.js';
import { start, startOurs, stop } from '../../dist/bench/servers.js';

const PACKAGES = ['postgraphile@5', 'node@22'];
const WARM_UP_SECONDS = 2;

const [given, url, rounds = '3', seconds = '4'] = process.argv.slice(2);
const folder = resolve(given);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const RECORD =
  'rowId version type modalities startDateTime endDateTime durationSeconds joinWebUrl participantCount organizer participants';
const PAGE_INFO = 'pageInfo { hasNextPage endCursor }';
const NEWEST = 'orderBy: [START_DATE_TIME_DESC, ROW_ID_DESC]';
const ONE = `query One($id: UUID!) { callRecordByRowId(rowId: $id) { ${RECORD} } }`;
const FIRST = `query Page($after: Cursor) { allCallRecords(first: 50, after: $after, ${NEWEST}) { nodes { ${RECORD} } ${PAGE_INFO} } }`;
const PLACE = `query Place($offset: Int!) { allCallRecords(first: 1, offset: $offset, ${NEWEST}) { ${PAGE_INFO} } }`;
const OF_USER = `query Newest($user: String!) {
  allPeople(first: 20, condition: { identityId: $user }, orderBy: [START_DATE_TIME_DESC, RECORD_ID_DESC]) {
    nodes { callRecordByRecordId { ${RECORD} } } ${PAGE_INFO} } }`;
const CREATE = `mutation Create($input: CreateCallRecordInput!) {
  createCallRecord(input: $input) { callRecord { rowId version lastModifiedDateTime } } }`;

/** The bodies of theirs, by our operation; the place deep in the list is theirs to tell. */
const bodiesFor = (deep) => ({
  'one record': ({ ids }) => ids.map((id) => ({ query: ONE, variables: { id } })),
  'page of 50 with everybody': () => [{ query: FIRST }],
  'newest 20 of a user': ({ users }) => users.map((user) => ({ query: OF_USER, variables: { user } })),
  'page 50,000 deep': () => [{ query: FIRST, variables: { after: deep } }],
  ...Object.fromEntries(
    [1, 16, 64].map((clients) => [`create, ${clients} client${clients === 1 ? '' : 's'}`, creates]),
  ),
});

/** The same inputs as ours. */
const creates = (samples) =>
  OPERATIONS.find(({ name }) => name === 'create, 1 client')
    .ours(samples)
    .map(({ variables: { input } }) => {
      const callRecord = { ...input, version: String(input.version), participantCount: input.participants.length };
      return { query: CREATE, variables: { input: { callRecord } } };
    });

function install() {
  const home = join(folder, 'postgraphile');
  mkdirSync(home, { recursive: true });
  if (!existsSync(join(home, 'node_modules', 'postgraphile'))) {
    writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true }));
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...PACKAGES], { cwd: home, stdio: 'inherit' });
  }
  const script = join(home, 'server.mjs');
  copyFileSync(here('postgraphile-server.mjs'), script);
  return [join(home, 'node_modules', '.bin', 'node'), script, url];
}

/** Their tables, from ours, beside them; 1,000 and more of ours stay as they are. */
async function makeTables() {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(`select to_regclass('peer.people') as people`);
  if (rows[0].people === null) await client.query(readFileSync(here('postgraphile-schema.sql'), 'utf8'));
  const { rows: counted } = await client.query('select count(*)::integer as count from peer.call_records');
  await client.end();
  return counted[0].count;
}

async function deepCursor(server, count) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: PLACE, variables: { offset: Math.min(50_000, Math.floor(count / 2)) } }),
  });
  return (await response.json()).data.allCallRecords.pageInfo.endCursor;
}

async function measure(servers, operations, samples) {
  const figures = new Map();
  for (let round = 0; round <= Number(rounds); round++) {
    for (const operation of operations) {
      for (const server of servers) {
        const figure = await run(server, operation, samples, round === 0 ? WARM_UP_SECONDS : Number(seconds));
        const key = `${operation.name}|${server.name}`;
        if (round > 0) figures.set(key, [...(figures.get(key) ?? []), figure]);
      }
    }
  }
  return figures;
}

function print([ours, theirs], operations, figures) {
  const rows = {};
  for (const { name } of operations) {
    const of = (server, pick) => median(figures.get(`${name}|${server.name}`).map(pick));
    const rate = (server) => of(server, (figure) => figure.requestsPerSecond);
    const cpu = (server) => of(server, (figure) => figure.cpuMicroseconds);
    rows[name] = {
      'ours, requests/s': Math.round(rate(ours)),
      'PostGraphile, requests/s': Math.round(rate(theirs)),
      ratio: Number((rate(ours) / rate(theirs)).toFixed(2)),
      'ours, CPU µs': Math.round(cpu(ours)),
      'PostGraphile, CPU µs': Math.round(cpu(theirs)),
      'ours, p99 ms': of(ours, (figure) => figure.p99Milliseconds),
      'PostGraphile, p99 ms': of(theirs, (figure) => figure.p99Milliseconds),
    };
  }
  console.table(rows);
}

const command = install();
const count = await makeTables();
const stored = new URL(url).pathname.replace(/^\/records_/, '');
const samples = sample(join(folder, `records-${stored}.sqlite`), Number(stored));
const servers = [];
try {
  const keyFile = join(folder, 'development-key.json');
  servers.push(await startOurs({ name: 'callrecords', databaseUrl: url, keyFile, callers: samples.busiest }));
  servers.push(await start('PostGraphile', 'postgraphile', command, { GRAPHILE_ENV: 'production' }));
  const bodies = bodiesFor(await deepCursor(servers[1], count));
  const operations = OPERATIONS.filter(({ name }) => name in bodies).map((operation) => ({
    ...operation,
    postgraphile: bodies[operation.name],
  }));
  const figures = await measure(servers, operations, samples);
  print(servers, operations, figures);
} finally {
  for (const server of servers) await stop(server);
}
