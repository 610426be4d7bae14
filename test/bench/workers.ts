// One process against several on the same file and cores, in turns: npm run bench:workers -- --workers 2. The load, a light one, takes a
// part of the same cores, so the rates of both are what is left; the CPU time of all processes a request tells what more
// cores would make of it.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDataset } from './dataset.js';
import type { Figure } from './load.js';
import { operationsNamed } from './operations.js';
import { readOptions } from './options.js';
import { median } from './report.js';
import { withServers, workers } from './servers.js';
import { runOverSockets } from './socket-load.js';

const options = readOptions({ workers: 2, records: 20_000, seconds: 3, rounds: 3, operations: '' });

const WARM_UP_SECONDS = 2;
const operations = operationsNamed(options.operations);
const dataset = await makeDataset(join(tmpdir(), 'callrecords-bench-workers'), options.records);
await withServers(async (servers) => {
  for (const count of [1, options.workers]) servers.push(await workers(dataset, count));
  const figures = new Map<string, Figure[]>();
  for (let round = 0; round <= options.rounds; round++) {
    for (const operation of operations) {
      // In turns, and each first in every other round: what else the machine does hits both.
      for (const server of round % 2 === 0 ? servers : [...servers].reverse()) {
        const seconds = round === 0 ? WARM_UP_SECONDS : options.seconds;
        const figure = await runOverSockets(server, operation, dataset.samples, seconds);
        const key = `${operation.name}|${server.name}`;
        if (round > 0) figures.set(key, [...(figures.get(key) ?? []), figure]);
      }
    }
    console.error(`Round ${round} of ${options.rounds} is done.`);
  }
  const [one, several] = servers.map(({ name }) => name) as [string, string];
  report(one, several, figures);
});

/** Ratios are medians of the ratios of each round. */
function report(one: string, several: string, figures: Map<string, Figure[]>): void {
  const { workers: count } = options;
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
