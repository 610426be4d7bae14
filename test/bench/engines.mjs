// Both engines side by side: node test/bench/engines.mjs FOLDER postgres://…/postgres COUNT…, after `npm run bench:build`
// has built everything. For each count it fills FOLDER/records-COUNT.sqlite and a database records_COUNT on the server, or
// takes what is there. Then servers of both, with default settings, are asked in turns, over HTTP, one request at a time.
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import http from 'node:http';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { sample } from '../../dist/bench/dataset.js';
import { run } from '../../dist/bench/load.js';
import { byName, OPERATIONS } from '../../dist/bench/operations.js';
import { startOurs, stop } from '../../dist/bench/servers.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const REQUESTS = 300;
const CREATE_ROUNDS = 3;
const CREATE_SECONDS = 4;

const [folder, postgresUrl, ...counts] = process.argv.slice(2);

/** The URL of both databases with so many records, which are made where they are not there. */
async function databases(count) {
  const file = resolve(folder, `records-${count}.sqlite`);
  const name = `records_${count}`;
  const target = new URL(postgresUrl);
  target.pathname = `/${name}`;
  const urls = { SQLite: `file:${file}`, PostgreSQL: target.href };
  const isThere = { SQLite: existsSync(file), PostgreSQL: !(await createDatabase(name)) };
  const missing = Object.keys(urls).filter((engine) => !isThere[engine]);
  if (missing.length > 0)
    await fill(
      count,
      missing.map((engine) => [engine, urls[engine]]),
    );
  return { file, urls };
}

/** False if the database is there. */
async function createDatabase(name) {
  const client = new pg.Client(postgresUrl);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${name} template template0 encoding 'UTF8'`);
    return rowCount === 0;
  } finally {
    await client.end();
  }
}

/** Imports the same file into each, one after the other, and keeps the rates. */
async function fill(count, targets) {
  const records = join(folder, `records-${count}.ndjson`);
  const options = ['--count', String(count), '--seed', '1', '--until', '2026-10-31'];
  const generate = spawn(process.execPath, [CLI, 'generate', ...options]);
  await pipeline(generate.stdout, createWriteStream(records));
  for (const [engine, url] of targets) {
    const env = { ...process.env, DATABASE_URL: url, ALLOW_LOSSY_COMMITS: 'true' };
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'import', records], { env });
    remember(count, engine, Number(/\((\d+) records\/s\)/.exec(stdout)?.[1]));
  }
  await rm(records);
}

const RATES = join(folder, 'import-rates.json');
const rates = () => (existsSync(RATES) ? JSON.parse(readFileSync(RATES, 'utf8')) : {});
function remember(count, engine, rate) {
  const known = rates();
  writeFileSync(RATES, JSON.stringify({ ...known, [`${count} ${engine}`]: rate }));
}

const agent = new http.Agent({ keepAlive: true });

/** The milliseconds until an answer is there whole. Throws if it is no good one. */
function ask({ url, headers }, body, turn) {
  const start = performance.now();
  return new Promise((answered, failed) => {
    const text = JSON.stringify(body);
    const options = {
      method: 'POST',
      agent,
      headers: { ...headers[turn % headers.length], 'content-type': 'application/json' },
    };
    const request = http.request(url, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const ms = performance.now() - start;
        const answer = Buffer.concat(chunks).toString();
        if (response.statusCode === 200 && !answer.includes('"errors"')) answered(ms);
        else failed(new Error(`${response.statusCode}: ${answer.slice(0, 300)}`));
      });
    });
    request.on('error', failed);
    request.end(text);
  });
}

const at = (values, part) => values[Math.min(values.length - 1, Math.floor(values.length * part))];

/** p50 and p99 of an operation on each server, asked in turns. */
async function latencies(servers, bodies) {
  const spent = servers.map(() => []);
  for (let turn = 0; turn < REQUESTS; turn++) {
    for (const [index, server] of servers.entries())
      spent[index].push(await ask(server, bodies[turn % bodies.length], turn));
  }
  // What comes first is compiled and brought into memory.
  return spent.map((all) => {
    const sorted = all.slice(REQUESTS / 10).sort((a, b) => a - b);
    return `${at(sorted, 0.5).toFixed(2)} / ${at(sorted, 0.99).toFixed(2)}`;
  });
}

const READS = [
  'one record',
  'page of 50 with everybody',
  'page 50,000 deep',
  'newest 20 of a user',
  'page with totalCount',
];

async function measure(count) {
  const { file, urls } = await databases(count);
  const samples = sample(file, Number(count));
  const keyFile = join(folder, 'development-key.json');
  const engines = Object.keys(urls);
  const servers = [];
  for (const engine of engines)
    servers.push(
      await startOurs({
        name: `callrecords on ${engine}`,
        databaseUrl: urls[engine],
        keyFile,
        callers: samples.busiest,
      }),
    );
  const rows = {};
  const note = (what, values) =>
    (rows[what] = Object.fromEntries(engines.map((engine, index) => [engine, values[index]])));
  try {
    note(
      'import, records/s',
      engines.map((engine) => rates()[`${count} ${engine}`] ?? 'not known'),
    );
    for (const { name, ours } of OPERATIONS.filter((operation) => READS.includes(operation.name)))
      note(`${name}, p50 / p99 ms`, await latencies(servers, ours(samples)));
    note(
      '50 by a part of a name, p50 / p99 ms',
      await latencies(servers, [byName('müller'), byName('berg'), byName('sen')]),
    );
    const create = OPERATIONS.find(({ name }) => name === 'create, 64 clients');
    const figures = servers.map(() => []);
    for (let round = 0; round < CREATE_ROUNDS; round++) {
      for (const [index, server] of servers.entries())
        figures[index].push(await run(server, create, samples, CREATE_SECONDS));
    }
    const median = (all, pick) => all.map(pick).sort((a, b) => a - b)[Math.floor(all.length / 2)];
    note(
      'create at 64 clients, records/s',
      figures.map((all) => Math.round(median(all, (one) => one.requestsPerSecond))),
    );
    note(
      'create at 64 clients, p99 ms',
      figures.map((all) => median(all, (one) => one.p99Milliseconds)),
    );
  } finally {
    for (const server of servers) await stop(server);
  }
  console.log(`\n${count} records`);
  console.table(rows);
}

await mkdir(folder, { recursive: true });
for (const count of counts) await measure(count);
agent.destroy();
