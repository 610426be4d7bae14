import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Dataset, makeDataset, rememberDataset } from './dataset.js';
import { type Figure, run } from './load.js';
import { OPERATIONS } from './operations.js';
import { memoryMegabytes, type Server, SERVERS, stop } from './servers.js';
import { report } from './report.js';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    servers: { type: 'string', default: Object.keys(SERVERS).join(';') },
    operations: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    chart: { type: 'string', default: '' },
  },
});

const WARM_UP_SECONDS = 1;

const count = Number(values.records);
const folder = join(tmpdir(), `callrecords-bench-${count}`);

async function prepare(): Promise<Dataset> {
  const known = join(folder, 'dataset.json');
  if (values.keep && existsSync(known)) return JSON.parse(readFileSync(known, 'utf8')) as Dataset;
  console.error(`Making ${count} records …`);
  const dataset = await makeDataset(folder, count);
  rememberDataset(dataset);
  return dataset;
}

// The load has the second core to itself.
execFileSync('taskset', ['-acp', '1', String(process.pid)], { stdio: 'ignore' });
const dataset = await prepare();
const servers: Server[] = [];
// Ended from outside, it leaves no server behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all(servers.map(stop)).then(() => process.exit(1)));
try {
  for (const name of values.servers.split(';')) {
    const startServer = SERVERS[name];
    if (!startServer) throw new Error(`There is no server ${name}; there are ${Object.keys(SERVERS).join('; ')}.`);
    servers.push(await startServer(dataset, servers));
  }
  const wanted = values.operations === '' ? [] : values.operations.split(';');
  const operations = OPERATIONS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  const figures = new Map<string, Figure[]>();
  const rounds = Number(values.rounds);
  // Round 0 warms up; then servers take turns within each operation, so that noise hits all of them.
  for (let round = 0; round <= rounds; round++) {
    for (const operation of operations) {
      for (const server of servers) {
        if (!operation[server.dialect]) continue;
        const seconds = round === 0 ? WARM_UP_SECONDS : Number(values.seconds);
        const figure = await run(server, operation, dataset.samples, seconds);
        const key = `${operation.name}|${server.name}`;
        if (round > 0) figures.set(key, [...(figures.get(key) ?? []), figure]);
      }
    }
    console.error(`Round ${round} of ${rounds} is done.`);
  }
  const memory = Object.fromEntries(servers.map((server) => [server.name, memoryMegabytes(server)]));
  report({
    dataset,
    count,
    names: servers.map(({ name }) => name),
    operations: operations.map(({ name }) => name),
    figures,
    memory,
    chart: values.chart,
  });
} finally {
  await Promise.all(servers.map(stop));
}
