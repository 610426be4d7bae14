import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, makeDataset, rememberDataset, sample } from './dataset.js';
import { type Figure, run } from './load.js';
import { multiply } from './multiply.js';
import { OPERATIONS } from './operations.js';
import { readOptions } from './options.js';
import { median, table } from './report.js';
import { memoryMegabytes, type Server, startOurs, withServers } from './servers.js';

const options = readOptions({ sizes: '10000,100000,1000000,5000000', seconds: 2, rounds: 3, keep: false });

/** More records than this are copies of as many: see `multiply`. */
const GENERATED = 100_000;
const sizes = options.sizes.split(',').map(Number);

const prepared = new Map<number, Promise<Dataset>>();

/** Each once. */
function prepare(count: number): Promise<Dataset> {
  const known = prepared.get(count) ?? make(count);
  prepared.set(count, known);
  return known;
}

async function make(count: number): Promise<Dataset> {
  const folder = join(tmpdir(), `callrecords-growth-${count}`);
  const known = join(folder, 'dataset.json');
  if (options.keep && existsSync(known)) return JSON.parse(readFileSync(known, 'utf8')) as Dataset;
  if (count <= GENERATED) {
    console.error(`Making ${count} records …`);
    const dataset = await makeDataset(folder, count);
    rememberDataset(dataset);
    return dataset;
  }
  const base = await prepare(GENERATED);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const ours = join(folder, 'callrecords.sqlite');
  copyFileSync(base.ours, ours);
  multiply(ours, count / GENERATED, (what) => console.error(`Making ${count} records: ${what} …`));
  const dataset = { ...base, folder, ours, samples: sample(ours, count) };
  rememberDataset(dataset);
  return dataset;
}

interface Measured {
  count: number;
  dataset: Dataset;
  server: Server;
  startMilliseconds: number;
  figures: Map<string, Figure[]>;
}

async function startServer(count: number, dataset: Dataset): Promise<Measured> {
  const start = performance.now();
  const server = await startOurs({
    name: 'callrecords',
    databaseUrl: `file:${dataset.ours}`,
    keyFile: join(dataset.folder, 'development-key.json'),
    callers: dataset.samples.busiest,
  });
  return { count, dataset, server, startMilliseconds: performance.now() - start, figures: new Map() };
}

// The load has the second core to itself.
execFileSync('taskset', ['-acp', '1', String(process.pid)], { stdio: 'ignore' });
const datasets: [number, Dataset][] = [];
for (const count of sizes) datasets.push([count, await prepare(count)]);
const all: Measured[] = [];
await withServers(async (servers) => {
  for (const [count, dataset] of datasets) {
    const measured = await startServer(count, dataset);
    servers.push(measured.server);
    all.push(measured);
  }
  // One client: what is told is how long an answer takes, not how long it waits for others.
  const operations = OPERATIONS.map((operation) => ({
    ...operation,
    clients: operation.name.startsWith('create') ? operation.clients : 1,
  }));
  for (let round = 0; round <= options.rounds; round++) {
    for (const operation of operations) {
      for (const { server, dataset, figures } of all) {
        const figure = await run(server, operation, dataset.samples, round === 0 ? 1 : options.seconds);
        if (round > 0) figures.set(operation.name, [...(figures.get(operation.name) ?? []), figure]);
      }
    }
    console.error(`Round ${round} of ${options.rounds} is done.`);
  }
  report(operations);
});

function report(operations: { name: string; clients: number }[]): void {
  const milliseconds = (measured: Measured, { name, clients }: { name: string; clients: number }) =>
    (1000 * clients) / median((measured.figures.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond));
  const [smallest] = all as [Measured];
  const numbers = new Intl.NumberFormat('en-US');
  console.log('Milliseconds an answer (medians of the runs), and how many times that is of the smallest:\n');
  table(
    ['operation', ...all.map(({ count }) => numbers.format(count))],
    operations.map((operation) => [
      operation.name,
      ...all.map((measured) => {
        const took = milliseconds(measured, operation);
        return `${took.toFixed(2)} (${(took / milliseconds(smallest, operation)).toFixed(2)})`;
      }),
    ]),
  );
  const told = (what: (measured: Measured) => number) =>
    all.map((measured) => `${numbers.format(measured.count)}: ${Math.round(what(measured))}`).join('; ');
  console.log(`\nStart to the first ready line (ms): ${told(({ startMilliseconds }) => startMilliseconds)}.`);
  console.log(`Memory at the end (MB): ${told(({ server }) => memoryMegabytes(server))}.`);
}
