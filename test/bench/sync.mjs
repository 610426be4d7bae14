// A first fill from a Microsoft Graph on loopback, beside an import of the same records from a file:
// `node test/bench/sync.mjs [records]` after a build. Prints the times, and of the sync the processor's time and the most
// memory. "Asked" is how long a client takes that asks the same and throws the answers away. With `known`, as in
// `node test/bench/sync.mjs 100000 known`: a pass over records that are all stored already.
import { fork, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { generateCallRecords } from '../../dist/generate/records.js';

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const PATH = '/v1.0/communications/callRecords';
const LISTED = 60;
const LISTED_MS = 20 * 86_400_000;
const AT_ONCE = 8;
const COUNT = Number(process.argv[2] ?? 10_000);
const isKnown = process.argv[3] === 'known';

if (process.send) serve();
else await measure(isKnown ? measureKnown : measureFill);

function lines() {
  const until = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  return generateCallRecords({ count: COUNT, seed: 1, until, sessions: !isKnown });
}

/** Microsoft Graph, with all answers made before it is asked. */
function serve() {
  const answers = new Map();
  const listed = [];
  for (const line of lines()) {
    const { sessions, ...record } = JSON.parse(line);
    const { id, version } = record;
    // The generated calls are of a whole year, of which a sync would ask for the last month alone.
    const startDateTime = new Date(Date.now() - ((listed.length + 1) / COUNT) * LISTED_MS).toISOString();
    listed.push({ id, version, startDateTime });
    if (isKnown) continue;
    answers.set(`${PATH}/${id}?$expand=participants_v2`, Buffer.from(JSON.stringify(record)));
    answers.set(`${PATH}/${id}/sessions?$expand=segments`, Buffer.from(JSON.stringify({ value: sessions })));
  }
  const token = Buffer.from(JSON.stringify({ roles: ['CallRecords.Read.All'] })).toString('base64url');
  const granted = { token_type: 'Bearer', expires_in: 3599, access_token: `e30.${token}.s` };
  const server = createServer((request, response) => {
    const url = decodeURIComponent(request.url);
    const body = answers.get(url) ?? JSON.stringify(url.startsWith(PATH) ? list(url) : granted);
    request.resume();
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
  });
  const within = new Map();
  const list = (url) => {
    const [window, from, to] = /startDateTime ge (\S+) and startDateTime lt ([^\s&]+)/.exec(url);
    const [, start = '0'] = /&start=(\d+)/.exec(url) ?? [];
    if (start === '0') {
      const isWithin = ({ startDateTime }) => startDateTime >= from && startDateTime < to;
      within.set(window, listed.filter(isWithin));
    }
    const own = within.get(window);
    const next = Number(start) + LISTED;
    const link = `http://127.0.0.1:${server.address().port}${encodeURI(url.replace(/&start=\d+/, ''))}&start=${next}`;
    return { value: own.slice(Number(start), next), ...(next < own.length && { '@odata.nextLink': link }) };
  };
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, paths: [...answers.keys()] }));
}

async function measure(what) {
  const folder = await mkdtemp(join(tmpdir(), 'callrecords-sync-'));
  const graph = fork(fileURLToPath(import.meta.url), process.argv.slice(2));
  try {
    const { port, paths } = await new Promise((resolve) => graph.once('message', resolve));
    const file = join(folder, 'records.ndjson');
    await pipeline(async function* () {
      for (const line of lines()) yield isKnown ? `${line.slice(0, -1)},"sessions":[]}\n` : `${line}\n`;
    }, createWriteStream(file));
    const database = (name) => `file:${join(folder, `${name}.sqlite`)}`;
    const importing = (name) => run(['import', file], { DATABASE_URL: database(name) });
    const syncing = (name) =>
      run(['sync', '--once'], {
        DATABASE_URL: database(name),
        GRAPH_TENANT_ID: 'tenant',
        GRAPH_CLIENT_ID: 'client',
        GRAPH_CLIENT_SECRET: 'not-a-secret',
        GRAPH_URL: `http://127.0.0.1:${port}`,
        GRAPH_AUTHORITY: `http://127.0.0.1:${port}`,
      });
    await what({ port, paths, importing, syncing });
  } finally {
    graph.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

function tell(name, { cpuMs, bytes }) {
  console.log(`${name}: ${seconds(cpuMs)} of the processor, ${Math.round(bytes / 1e6)} MB at most`);
}

async function measureFill({ port, paths, importing, syncing }) {
  const asked = await time(() => askAll(port, paths));
  const imported = await importing('imported');
  const synced = await syncing('synced');
  console.log(`${COUNT} records: asked ${seconds(asked)}, import ${seconds(imported.ms)}, sync ${seconds(synced.ms)}`);
  console.log(`sync to import and asking: ${(synced.ms / (imported.ms + asked)).toFixed(2)}`);
  tell('import', imported);
  tell('sync', synced);
}

async function measureKnown({ importing, syncing }) {
  await importing('synced');
  const synced = await syncing('synced');
  console.log(`a pass over ${COUNT} records that are stored: ${seconds(synced.ms)}`);
  tell('sync', synced);
}

async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function askAll(port, paths) {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const left = paths.values();
  const ask = (path) =>
    new Promise((resolve, reject) =>
      get({ agent, port, host: '127.0.0.1', path }, (response) => response.resume().on('end', resolve)).on(
        'error',
        reject,
      ),
    );
  const client = async () => {
    for (const path of left) await ask(path);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  agent.destroy();
}

/** Runs the program, and tells what it took. */
async function run(args, settings) {
  const usage = `process.on('exit', () => console.error(JSON.stringify(process.resourceUsage())))`;
  const start = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(usage)}`, PROGRAM, ...args],
    { env: { ...process.env, LOG_LEVEL: 'error', ...settings }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${said}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(said.slice(said.lastIndexOf('{')));
  return { ms: performance.now() - start, cpuMs: (userCPUTime + systemCPUTime) / 1_000, bytes: maxRSS * 1_024 };
}
