// Calls with their sessions, media and streams, beside a server by hand, in turns in one run: npm run bench:sessions.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { loadDevelopmentKey } from '../../dist/auth/development-key.js';
import { readGraphRecord } from '../../dist/domain/graph-payload.js';
import { openStore } from '../../dist/store/store.js';
import { run } from './load.js';
import type { Operation, Samples } from './operations.js';
import { readOptions } from './options.js';
import { start, startOurs, withServers } from './servers.js';

const options = readOptions({ records: 6_000, rounds: 3, seconds: 5, clients: 4, only: '' });
const folder = join(tmpdir(), 'callrecords-bench-sessions');
const ours = join(folder, 'ours.sqlite');
const raw = join(folder, 'raw.sqlite');
const keyFile = join(folder, 'development-key.json');

interface Payload {
  id: string;
  startDateTime: string;
  sessions: { id: string }[];
}

/** Calls with all members that Graph has, of four sessions each: as many as a meeting of four people. */
function* calls(): Generator<Payload> {
  const path = fileURLToPath(new URL('../../test/fixtures/graph/10-full-depth.json', import.meta.url));
  const whole = JSON.parse(readFileSync(path, 'utf8')) as Payload;
  for (let number = 0; number < options.records; number++) {
    const startDateTime = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString();
    const sessions = [...whole.sessions, ...whole.sessions].slice(0, 4);
    yield { ...whole, id: idOf(number), startDateTime, sessions };
  }
}

const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const IMPORTED_TOGETHER = 100;

async function fill(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const peer = new Database(raw);
  peer.exec('create table calls (id text primary key, start text not null, sessions text not null) strict');
  peer.exec('create index calls_by_start on calls (start, id)');
  peer.exec('begin');
  const insert = peer.prepare('insert into calls values (?, ?, ?)');
  const store = await openStore(`file:${ours}`);
  let together: Payload[] = [];
  for (const call of calls()) {
    insert.run(call.id, call.startDateTime, JSON.stringify(call.sessions));
    together.push(call);
    if (together.length < IMPORTED_TOGETHER) continue;
    await store.import(together.map((one) => readGraphRecord(one)));
    together = [];
  }
  await store.import(together.map((one) => readGraphRecord(one)));
  peer.exec('commit');
  peer.close();
  await store.close();
  await loadDevelopmentKey(keyFile);
}

const AGENT =
  '... on ClientUserAgent { headerValue applicationVersion platform productFamily } ... on ServiceUserAgent { headerValue applicationVersion role }';
const END = `__typename userAgent { ${AGENT} } ... on ParticipantEndpoint { name cpuName cpuCoresCount cpuProcessorSpeedInMhz identity { user { id displayName } phone { id } } feedback { rating text } }`;
const NETWORK =
  'connectionType networkTransportProtocol ipAddress subnet reflexiveIPAddress relayIPAddress port relayPort linkSpeed dnsSuffix macAddress wifiBand wifiRadioType wifiChannel wifiSignalStrength bandwidthLowEventRatio delayEventRatio receivedQualityEventRatio sentQualityEventRatio';
const DEVICE =
  'captureDeviceName renderDeviceName captureNotFunctioningEventRatio renderNotFunctioningEventRatio deviceGlitchEventRatio cpuInsufficentEventRatio sentSignalLevel receivedSignalLevel sentNoiseLevel receivedNoiseLevel';
const STREAM =
  'streamId streamDirection startDateTime endDateTime audioCodec videoCodec averageJitter maxJitter averageRoundTripTime maxRoundTripTime averagePacketLossRate maxPacketLossRate averageAudioDegradation averageVideoFrameLossPercentage averageVideoFrameRate averageBandwidthEstimate packetUtilization';
const MEDIA = (stream: string) => `label streams { ${stream} }`;
const SESSION = (segment: string) =>
  `sessionId startDateTime endDateTime modalities isTest failureInfo { stage reason } segments { segmentId startDateTime endDateTime ${segment} }`;
const STREAMS = SESSION(`media { ${MEDIA(STREAM)} }`);
const WHOLE = `caller { ${END} } callee { ${END} } ${SESSION(`caller { ${END} } callee { ${END} } failureInfo { stage reason } media { ${MEDIA(STREAM)} callerDevice { ${DEVICE} } calleeDevice { ${DEVICE} } callerNetwork { ${NETWORK} } calleeNetwork { ${NETWORK} } }`)}`;

const page = (session: string) => `query Page($before: DateTimeOffset!) {
  callRecords(first: 50, filter: { startDateTime: { lt: $before } }) { nodes { id startDateTime sessions { nodes { ${session} } } } } }`;
const ONE = `query One($id: ID!) { callRecord(id: $id) { id startDateTime sessions { nodes { ${WHOLE} } } } }`;

// Each record is asked for once until all have been: what answers keep of records holds fewer.
const PAGE = 50;
const inMixedOrder = (count: number) => Array.from({ length: count }, (_, index) => (index * 7_919) % count);
const befores = inMixedOrder(Math.floor(options.records / PAGE)).map((number) =>
  new Date(Date.UTC(2026, 0, 1) + (number + 1) * PAGE * 60_000).toISOString(),
);
const ids = inMixedOrder(options.records).map(idOf);

function pages(name: string, session: string): Operation {
  const query = page(session);
  return {
    name,
    clients: options.clients,
    ours: () => befores.map((before) => ({ query, variables: { before } })),
    raw: () => befores.map((before) => ({ before })),
    peers: () => [],
  };
}

const OPERATIONS: Operation[] = [
  pages('50 calls with sessions, media and streams', STREAMS),
  pages('50 calls with their whole trees', WHOLE),
  pages('50 calls with how good each stream was', SESSION(`media { label streams { quality poorReasons } }`)),
  {
    name: "one call's whole tree",
    clients: options.clients,
    ours: () => ids.map((id) => ({ query: ONE, variables: { id } })),
    raw: () => ids.map((id) => ({ id })),
    peers: () => [],
  },
];

await fill();
const samples: Samples = { ids, users: [], busiest: [], all: [], deep: { cursor: '', start: '', id: '' } };
await withServers(async (servers) => {
  const unlimited = { RATE_LIMIT: '0' };
  const databaseUrl = `file:${ours}`;
  servers.push(await startOurs({ name: 'callrecords', databaseUrl, keyFile, callers: [], settings: unlimited }));
  const script = fileURLToPath(new URL('peers/raw-sessions.js', import.meta.url));
  servers.push(await start('raw', 'raw', [process.execPath, script, raw]));
  process.stderr.write(`load of the machine: ${readFileSync('/proc/loadavg', 'utf8')}`);
  for (const operation of OPERATIONS.filter(({ name }) => name.includes(options.only))) {
    for (let round = 1; round <= options.rounds; round++) {
      const rates: number[] = [];
      for (const server of servers) {
        const figure = await run(server, operation, samples, options.seconds);
        rates.push(1e6 / figure.cpuMicroseconds, figure.requestsPerSecond);
      }
      const [ourCpu = 0, our = 0, theirCpu = 1, their = 1] = rates;
      const ratio = `${(our / their).toFixed(2)} of raw, by CPU time ${(ourCpu / theirCpu).toFixed(2)}`;
      console.log(`${operation.name}, ${round}: ${our.toFixed(1)}/s, raw ${their.toFixed(1)}/s: ${ratio}`);
    }
  }
});
