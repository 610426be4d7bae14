// A point query beside nested lists, as large as they may be and larger, and the memory meanwhile: npm run bench:nested.
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDataset } from './dataset.js';
import { describeLatencies } from './latencies.js';
import { readOptions } from './options.js';
import { type Server, SERVERS, withServers } from './servers.js';

const options = readOptions({ records: 10_000, rounds: 3, seconds: 8, clients: 4 });

const PAUSE_MS = 5;
const LEAVES_AFTER_MS = 20;
const POINT =
  'query One($id: ID!) { callRecord(id: $id) { id type startDateTime participants { user { id displayName } } } }';
const EVERYBODY = 'id startDateTime organizer { user { id displayName } } participants { user { id displayName } }';
/** The calls of the colleagues of those in the first calls, and of theirs. */
const nested = (...sizes: string[]): string =>
  sizes.reduceRight(
    (below, size) =>
      `callRecords${size} { nodes { ${below === '' ? EVERYBODY : `participants { user { account { ${below} } } }`} } }`,
    '',
  );

interface Sent {
  query: string;
  variables?: object;
}

interface Load {
  name: string;
  query: string;
  leaves?: boolean;
}

const LOADS: Load[] = [
  { name: 'three lists of 500, refused', query: `{ ${nested('(first: 500)', '(first: 500)', '(first: 500)')} }` },
  { name: 'three lists of the default size, refused', query: `{ ${nested('', '', '')} }` },
  { name: 'two lists at the limit', query: `{ ${nested('(first: 50)', '(first: 19)')} }` },
  { name: 'three lists at the limit', query: `{ ${nested('(first: 9)', '(first: 10)', '(first: 1)')} }` },
  { name: 'two lists at the limit, and leaves', query: `{ ${nested('(first: 50)', '(first: 19)')} }`, leaves: true },
  { name: 'pages under many names', query: `{ ${pages(40)} }` },
];

function pages(count: number): string {
  return Array.from(
    { length: count },
    (_, index) => `p${index}: callRecords(first: 250) { nodes { ${EVERYBODY} } }`,
  ).join(' ');
}

const dataset = await makeDataset(join(tmpdir(), 'callrecords-bench-nested'), options.records);

async function ask(server: Server, { query, variables = {} }: Sent, caller: number, signal?: AbortSignal) {
  const start = performance.now();
  const headers = { 'content-type': 'application/json', ...server.headers[caller % server.headers.length] };
  const body = JSON.stringify({ query, variables });
  const response = await fetch(server.url, { method: 'POST', headers, body, signal });
  await response.arrayBuffer();
  return performance.now() - start;
}

const megabytes = (server: Server, line: string): number =>
  Number(new RegExp(`${line}:\\s+(\\d+)`).exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))?.[1]) / 1024;

/** Latencies of the point query until the time is over, those of what is beside it, and the most memory in MB. */
async function measure(server: Server, load: Load | null) {
  const points: number[] = [];
  const others: number[] = [];
  let isOver = false;
  let most = 0;
  const beside = async (caller: number) => {
    while (!isOver) {
      const signal = load?.leaves ? AbortSignal.timeout(LEAVES_AFTER_MS) : undefined;
      others.push(await ask(server, { query: load?.query ?? '' }, caller, signal).catch(() => LEAVES_AFTER_MS));
    }
  };
  const running = load ? Array.from({ length: options.clients }, (_, index) => beside(index + 1)) : [];
  const end = performance.now() + options.seconds * 1_000;
  const { ids } = dataset.samples;
  while (performance.now() < end) {
    points.push(await ask(server, { query: POINT, variables: { id: ids[points.length % ids.length] } }, 0));
    most = Math.max(most, megabytes(server, 'VmRSS'));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  isOver = true;
  await Promise.all(running);
  return { points, others, most };
}

await withServers(async (servers) => {
  for (const name of ['callrecords', 'callrecords, delegated']) {
    const server = await (SERVERS[name] as NonNullable<(typeof SERVERS)[string]>)(dataset, servers);
    if (!servers.some(({ process }) => process === server.process)) servers.push(server);
    await measure(server, null);
    for (let round = 1; round <= options.rounds; round++) {
      for (const load of [null, ...LOADS]) {
        const { points, others, most } = await measure(server, load);
        const beside = load ? `beside ${options.clients} of ${load.name} (${describeLatencies(others)})` : 'alone';
        console.log(`${name}, ${round}: point query ${beside}: ${describeLatencies(points)}; ${most.toFixed(0)} MB`);
      }
    }
  }
});
