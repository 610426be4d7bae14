import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { engineOptions, type StoreConfig } from '../config.js';
import { ImportRun } from '../ingest/import-run.js';
import { BYTES_PER_MB } from '../ingest/waiting-pages.js';
import { openStore } from '../store/store.js';
import { ImportSummary } from './import-summary.js';
import { splitJsonValues } from './json-values.js';
import { Progress } from './progress.js';

/** Hours summed per transaction: others may write between two. */
const SUMMED_AT_ONCE = 100;

/**
 * Imports files (`-`: standard input) and prints a summary. Throws if anything was rejected. If a file cannot be found
 * or is a folder, it throws before anything is imported.
 */
export async function importFiles(config: StoreConfig, files: string[]): Promise<void> {
  const total = await totalBytes(files);
  const store = await openStore(config.databaseUrl, { ...engineOptions(config), fills: true });
  const progress = new Progress(total, 'MB', BYTES_PER_MB);
  try {
    const summary = new ImportSummary();
    const run = new ImportRun(store, summary);
    for (const file of files) await importFile(run, summary, { file, progress });
    await run.finish();
    await store.endFilling();
    progress.stop();
    // Writing is over, so the statistics' sums need not wait for a server to make them.
    while ((await store.statistics.sumUp(SUMMED_AT_ONCE, 0)) > 0);
    summary.print();
    if (summary.rejected > 0)
      throw new Error(
        `${summary.rejected} of the values could not be imported, nor what stands within; all others were.`,
      );
  } finally {
    progress.stop();
    await store.close();
  }
}

async function importFile(
  run: ImportRun,
  summary: ImportSummary,
  { file, progress }: { file: string; progress: Progress },
): Promise<void> {
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 });
  for await (const value of splitJsonValues(
    progress.through(stream as AsyncIterable<Buffer>, ({ length }) => length),
  )) {
    const place = { file, line: value.line };
    if ('error' in value) summary.reject(place, value.error);
    else await run.take(value.text, place);
  }
}

async function totalBytes(files: string[]): Promise<number | null> {
  const sizes = await Promise.all(files.filter((file) => file !== '-').map(sizeOf));
  return files.includes('-') ? null : sizes.reduce((total, size) => total + size, 0);
}

async function sizeOf(file: string): Promise<number> {
  const status = await stat(file);
  if (status.isDirectory()) throw new Error(`${file} is a folder; name the files in it.`);
  return status.size;
}
