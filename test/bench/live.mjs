// Measures subscribers, each with a WebSocket of its own, of a server in a process of its own: the memory of those that are
// idle, how long one change takes to reach all that match, beside graphql-ws over a PubSub in memory, and creates beside those
// that do not match. `node test/bench/live.mjs [subscribers]` after a build.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

const SUBSCRIBERS = Number(process.argv[2] ?? 1_000);
const ROUNDS = 20;
const CREATE_CLIENTS = 64;
const CREATE_SECONDS = 3;
const TURNS = 3;
const NOTHING = '(filter: { type: [groupCall] })';
const queryFor = (filter) => `subscription { callRecordChanged${filter} { kind cursor callRecordId callRecord {
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

/** The server, or the peer, which tells its memory and the time of its processor when it is asked. */
async function serve() {
  process.send(await (process.argv[2] === 'peer' ? startPeer() : startOurs()));
  process.on('message', async () => {
    for (let round = 0; round < 3; round++) globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { heapUsed, external, rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    process.send({ bytes: heapUsed + external, rss, cpuMs: (user + system) / 1_000 });
  });
}

async function startOurs() {
  const { readConfig, startServer } = await import('../../dist/index.js');
  const { url, token } = await startServer(readConfig(process.env));
  return { url, token };
}

async function startPeer() {
  const { startPubSub } = await import('./peers/pubsub.mjs');
  return startPubSub();
}

async function measure() {
  const folder = await mkdtemp(join(tmpdir(), 'callrecords-live-'));
  const servers = [await start('peer', folder), await start('ours', folder)];
  const [peer, ours] = servers;
  for (const server of servers) await fill(server);
  for (let turn = 0; turn < TURNS; turn++) for (const server of servers) await tellAll(server);
  for (const { name, times, cpuMs } of servers) {
    const sorted = times.toSorted((a, b) => a - b);
    console.log(
      `${name}: one create to ${SUBSCRIBERS} of them: median ${sorted[sorted.length >> 1].toFixed(0)} ms, fastest ${sorted[0].toFixed(0)} ms, the create and this process' reading included; ${(cpuMs / times.length).toFixed(0)} ms of the server's CPU`,
    );
  }
  console.log(`ours to the peer, by CPU: ${(peer.cpuMs / ours.cpuMs).toFixed(2)} times as fast`);
  for (const { sockets } of servers) for (const socket of sockets.splice(0)) socket.terminate();
  peer.child.kill();
  await createsBeside(ours);
  ours.child.kill();
  await rm(folder, { recursive: true, force: true });
}

async function start(name, folder) {
  const env = {
    ...process.env,
    PORT: '0',
    LOG_LEVEL: 'silent',
    MAX_SUBSCRIPTIONS: '1000000',
    RATE_LIMIT: '0',
    DATABASE_URL: `file:${join(folder, 'callrecords.sqlite')}`,
  };
  const child = fork(fileURLToPath(import.meta.url), [name], { env, execArgv: ['--expose-gc'] });
  const told = () => new Promise((resolve) => child.once('message', resolve));
  const { url, token } = await told();
  const usage = () => (child.send('usage'), told());
  return { name, child, url, token, usage, sockets: [], arrive: () => undefined, times: [], cpuMs: 0 };
}

/** Subscribes all, and tells what they take while nothing happens. */
async function fill(server) {
  const { name, url, token, usage, sockets } = server;
  const onChange = () => server.arrive();
  sockets.push(await subscribe(url, token, { onChange: () => undefined }));
  const before = await usage();
  for (let index = 0; index < SUBSCRIBERS; index++) sockets.push(await subscribe(url, token, { onChange }));
  const after = await usage();
  const kilobytes = (member) => ((after[member] - before[member]) / SUBSCRIBERS / 1_000).toFixed(1);
  console.log(
    `${name}: ${SUBSCRIBERS} idle subscribers: ${kilobytes('bytes')} kB each of heap and buffers, ${kilobytes('rss')} kB resident`,
  );
}

/** One create after the other, each as soon as all were told of the one before. */
async function tellAll(server) {
  const { cpuMs } = await server.usage();
  for (let round = 0; round < ROUNDS; round++) {
    let left = SUBSCRIBERS;
    const all = new Promise((resolve) => (server.arrive = () => --left === 0 && resolve()));
    const begun = performance.now();
    await post(server);
    await all;
    server.times.push(performance.now() - begun);
  }
  server.cpuMs += (await server.usage()).cpuMs - cpuMs;
}

/** Creates a second, in turns without and with subscribers whom they do not concern. */
async function createsBeside(server) {
  const rates = { without: [], beside: [] };
  await createsASecond(server);
  for (let turn = 0; turn < TURNS; turn++) {
    rates.without.push(await createsASecond(server));
    const sockets = [];
    for (let index = 0; index < SUBSCRIBERS; index++)
      sockets.push(await subscribe(server.url, server.token, { filter: NOTHING, onChange: () => undefined }));
    rates.beside.push(await createsASecond(server));
    for (const socket of sockets) socket.terminate();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const [without, beside] = [median(rates.without), median(rates.beside)];
  console.log(
    `ours: creates at ${CREATE_CLIENTS} clients: ${without.toFixed(0)}/s alone, ${beside.toFixed(0)}/s beside ${SUBSCRIBERS} subscribers that do not match: ${(beside / without).toFixed(2)}`,
  );
}

async function createsASecond(server) {
  const end = performance.now() + CREATE_SECONDS * 1_000;
  let created = 0;
  const client = async () => {
    while (performance.now() < end) {
      await post(server);
      created += 1;
    }
  };
  await Promise.all(Array.from({ length: CREATE_CLIENTS }, client));
  return created / CREATE_SECONDS;
}

function subscribe(url, token, { filter = '', onChange }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.once('error', reject);
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
    );
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.includes('connection_ack'))
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: queryFor(filter) } }));
      else if (text.includes('CHECKPOINT')) resolve(socket);
      else if (text.includes('CREATED')) onChange();
    });
  });
}

async function post({ url, token }) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: CREATE, variables: { input: INPUT } }),
  });
  await response.json();
}
