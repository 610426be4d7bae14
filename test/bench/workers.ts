// One process against several on the same file and cores, in turns: npm run bench:workers -- --workers 2. The load takes a
// part of the same cores, so the rates of both are what is left; the CPU time of all processes a request tells what more
// cores would make of it.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDataset } from './dataset.js';
import { type Figure, run } from './load.js';
import { OPERATIONS } from './operations.js';
import { median } from './report.js';
import { type Server, stop, workers } from './servers.js';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    records: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    operations: { type: 'string', default: '' },
  },
});

const WARM_UP_SECONDS = 2;
const count = Number(values.workers);
const wanted = values.operations === '' ? [] : values.operations.split(';');
const operations = OPERATIONS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const dataset = await makeDataset(join(tmpdir(), `callrecords-bench-workers`), Number(values.records));
const servers: Server[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all(servers.map(stop)).then(() => process.exit(1)));
try {
  servers.push(await workers(dataset, 1), await workers(dataset, count));
  const figures = new Map<string, Figure[]>();
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const operation of operations) {
      // In turns, and each first in every other round: what else the machine does hits both.
      for (const server of round % 2 === 0 ? servers : [...servers].reverse()) {
        const seconds = round === 0 ? WARM_UP_SECONDS : Number(values.seconds);
        const figure = await run(server, operation, dataset.samples, seconds);
        const key = `${operation.name}|${server.name}`;
        if (round > 0) figures.set(key, [...(figures.get(key) ?? []), figure]);
      }
    }
    console.error(`Round ${round} of ${values.rounds} is done.`);
  }
  report(figures);
} finally {
  await Promise.all(servers.map(stop));
}

/** Ratios are medians of the ratios of each round. */
function report(figures: Map<string, Figure[]>): void {
  const [one, several] = servers.map(({ name }) => name) as [string, string];
  console.log(
    `| operation | ${one}: requests/s, CPU, p99 | ${several}: the same | ratio of rates (rounds) | ratio of requests by CPU second, times ${count} |`,
  );
  console.log('|---|---|---|---|---|');
  for (const { name } of operations) {
    const [alone, together] = [one, several].map((server) => figures.get(`${name}|${server}`) ?? []) as [
      Figure[],
      Figure[],
    ];
    const ratios = together.map(
      (figure, round) => figure.requestsPerSecond / (alone[round] as Figure).requestsPerSecond,
    );
    const scaling = together.map(
      (figure, round) => (count * (alone[round] as Figure).cpuMicroseconds) / figure.cpuMicroseconds,
    );
    const rounds = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
    console.log(
      `| ${name} | ${inShort(alone)} | ${inShort(together)} | ${median(ratios).toFixed(2)} (${rounds}) | ${median(scaling).toFixed(2)} |`,
    );
  }
}

function inShort(figures: Figure[]): string {
  const of = (pick: (figure: Figure) => number) => Math.round(median(figures.map(pick)));
  return `${of((one) => one.requestsPerSecond)}, ${of((one) => one.cpuMicroseconds)} µs, ${of((one) => one.p99Milliseconds)} ms`;
}
