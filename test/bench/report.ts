import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { drawChart } from './chart.js';
import type { Dataset } from './dataset.js';
import type { Figure } from './load.js';

export interface Results {
  dataset: Dataset;
  count: number;
  names: string[];
  operations: string[];
  /** Runs by `operation|server`. */
  figures: Map<string, Figure[]>;
  /** Megabytes at the end. */
  memory: Record<string, number>;
  /** Where the picture goes; empty: nowhere. */
  chart: string;
}

const RAW = 'raw';

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Writes Markdown to standard output: ratios to the raw server of the same run, then the figures behind them. */
export function report(results: Results): void {
  const { names, operations, count, dataset, memory, figures } = results;
  const rate = (operation: string, name: string) =>
    medianOf(figures.get(`${operation}|${name}`), (figure) => figure.requestsPerSecond);
  console.log(
    `${count} records, Node ${process.version}, ${cpus()[0]?.model ?? ''} (one core for the server, one for the load).\n`,
  );
  const ratios = (title: string, pick: (figure: Figure) => number) => {
    console.log(`${title}, as a ratio to the raw server (medians of the runs):\n`);
    table(
      ['operation', ...names],
      operations.map((operation) => {
        const of = (name: string) => medianOf(figures.get(`${operation}|${name}`), pick);
        return [operation, ...names.map((name) => formatRatio(of(name), of(RAW)))];
      }),
    );
    console.log('');
  };
  ratios('Requests a second', (figure) => figure.requestsPerSecond);
  ratios('CPU time of the server a request', (figure) => figure.cpuMicroseconds);
  ratios('p99', (figure) => figure.p99Milliseconds);
  console.log('Requests a second (spread of the runs), CPU time of the server a request, p99:\n');
  table(
    ['operation', ...names],
    operations.map((operation) => [operation, ...names.map((name) => formatRuns(figures.get(`${operation}|${name}`)))]),
  );
  const { store, raw } = dataset.imports;
  console.log(
    `\nImport: ${Math.round(store)} records/s; the same rows by prepared inserts: ${Math.round(raw)} records/s; ratio ${(store / raw).toFixed(2)}.`,
  );
  console.log(`Memory at the end (MB): ${names.map((name) => `${name} ${Math.round(memory[name] ?? 0)}`).join('; ')}.`);
  if (results.chart !== '')
    writeFileSync(
      results.chart,
      drawChart(operations, names, (operation, name) => ratio(rate(operation, name), rate(operation, RAW))),
    );
}

function medianOf(runs: Figure[] | undefined, pick: (figure: Figure) => number): number | null {
  return runs ? median(runs.map(pick)) : null;
}

function ratio(value: number | null, raw: number | null): number | null {
  return value === null || raw === null ? null : value / raw;
}

function formatRatio(value: number | null, raw: number | null): string {
  return ratio(value, raw)?.toFixed(2) ?? '-';
}

function formatRuns(runs: Figure[] | undefined): string {
  if (!runs) return '-';
  const rates = runs.map(({ requestsPerSecond }) => requestsPerSecond);
  const of = (pick: (figure: Figure) => number) => median(runs.map(pick));
  const spread = `${Math.round(Math.min(...rates))}-${Math.round(Math.max(...rates))}`;
  return `${Math.round(median(rates))} (${spread}), ${Math.round(of((figure) => figure.cpuMicroseconds))} µs, ${of((figure) => figure.p99Milliseconds)} ms`;
}

export function table(head: string[], rows: string[][]): void {
  const lines = [head, head.map(() => '---'), ...rows];
  for (const cells of lines) console.log(`| ${cells.join(' | ')} |`);
}
