import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, makeDataset, rememberDataset } from './dataset.js';
import { type Figure, run } from './load.js';
import { operationsNamed } from './operations.js';
import { readOptions } from './options.js';
import { memoryMegabytes, SERVERS, withServers } from './servers.js';
import { report } from './report.js';

const options = readOptions({
  records: 100_000,
  seconds: 2,
  rounds: 3,
  servers: Object.keys(SERVERS).join(';'),
  operations: '',
  keep: false,
  chart: '',
});

const WARM_UP_SECONDS = 1;

const { records: count, rounds } = options;
const folder = join(tmpdir(), `callrecords-bench-${count}`);

async function prepare(): Promise<Dataset> {
  const known = join(folder, 'dataset.json');
  if (options.keep && existsSync(known)) return JSON.parse(readFileSync(known, 'utf8')) as Dataset;
  console.error(`Making ${count} records …`);
  const dataset = await makeDataset(folder, count);
  rememberDataset(dataset);
  return dataset;
}

// The load has the second core to itself.
execFileSync('taskset', ['-acp', '1', String(process.pid)], { stdio: 'ignore' });
const dataset = await prepare();
await withServers(async (servers) => {
  for (const name of options.servers.split(';')) {
    const startServer = SERVERS[name];
    if (!startServer) throw new Error(`There is no server ${name}; there are ${Object.keys(SERVERS).join('; ')}.`);
    servers.push(await startServer(dataset, servers));
  }
  const operations = operationsNamed(options.operations);
  const figures = new Map<string, Figure[]>();
  // Round 0 warms up; then servers take turns within each operation, so that noise hits all of them.
  for (let round = 0; round <= rounds; round++) {
    for (const operation of operations) {
      for (const server of servers) {
        if (!operation[server.dialect]) continue;
        const seconds = round === 0 ? WARM_UP_SECONDS : options.seconds;
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
    chart: options.chart,
  });
});
