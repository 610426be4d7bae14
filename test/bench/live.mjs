// Measures subscribers of a server in a process of its own: the memory of those that are idle, and how long one change takes
// to reach all that match, each of whom has a WebSocket of its own. `node test/bench/live.mjs [subscribers]` after a build.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

const SUBSCRIBERS = Number(process.argv[2] ?? 1_000);
const ROUNDS = 10;
const QUERY = `subscription { callRecordChanged { kind cursor callRecordId callRecord {
  id version type modalities startDateTime endDateTime durationSeconds organizer { user { id displayName } } } } }`;
const CREATE = 'mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) { id } }';
const INPUT = {
  version: 1,
  type: 'peerToPeer',
  modalities: ['audio'],
  startDateTime: '2026-02-25T18:52:21Z',
  endDateTime: '2026-02-25T18:52:46Z',
  organizer: { user: { id: 'ada', displayName: 'Ada' } },
  participants: [{ user: { id: 'ada', displayName: 'Ada' } }, { phone: { id: '+14255550123' } }],
};

if (process.send) await serve();
else await measure();

/** The server, which tells its memory when it is asked. */
async function serve() {
  const { readConfig, startServer } = await import('../../dist/index.js');
  const server = await startServer(readConfig(process.env));
  process.send({ url: server.url, token: server.token });
  process.on('message', async () => {
    for (let round = 0; round < 3; round++) globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send({ bytes: heapUsed + external, rss });
  });
}

async function measure() {
  const folder = await mkdtemp(join(tmpdir(), 'callrecords-live-'));
  const env = {
    ...process.env,
    PORT: '0',
    LOG_LEVEL: 'silent',
    MAX_SUBSCRIPTIONS: '1000000',
    RATE_LIMIT: '0',
    DATABASE_URL: `file:${join(folder, 'callrecords.sqlite')}`,
  };
  const child = fork(fileURLToPath(import.meta.url), { env, execArgv: ['--expose-gc'] });
  const told = () => new Promise((resolve) => child.once('message', resolve));
  const { url, token } = await told();
  const memory = () => (child.send('memory'), told());
  const first = await subscribe(url, token, () => undefined);
  const before = await memory();
  let arrive = () => undefined;
  const sockets = [];
  for (let index = 0; index < SUBSCRIBERS; index++) sockets.push(await subscribe(url, token, () => arrive()));
  const after = await memory();
  console.log(
    `${SUBSCRIBERS} idle subscribers: ${((after.bytes - before.bytes) / SUBSCRIBERS / 1_000).toFixed(1)} kB each of heap and buffers, ${((after.rss - before.rss) / SUBSCRIBERS / 1_000).toFixed(1)} kB resident`,
  );
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    let left = SUBSCRIBERS;
    const all = new Promise((resolve) => (arrive = () => --left === 0 && resolve()));
    const start = performance.now();
    await post(url, token);
    await all;
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  console.log(
    `one create to ${SUBSCRIBERS} of them: median ${times[ROUNDS / 2].toFixed(0)} ms, fastest ${times[0].toFixed(0)} ms, the create and this process' reading included`,
  );
  for (const socket of [first, ...sockets]) socket.terminate();
  child.kill();
  await rm(folder, { recursive: true, force: true });
}

function subscribe(url, token, onChange) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.once('error', reject);
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
    );
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.includes('connection_ack'))
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY } }));
      else if (text.includes('CHECKPOINT')) resolve(socket);
      else if (text.includes('CREATED')) onChange();
    });
  });
}

async function post(url, token) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: CREATE, variables: { input: INPUT } }),
  });
  await response.json();
}
