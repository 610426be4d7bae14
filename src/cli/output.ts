import { once } from 'node:events';
import { Progress } from './progress.js';

const CHUNK = 65_536;

/** Writes records, one per line. Shows a progress bar on the terminal if the records go elsewhere. */
export async function writeRecords(lines: Iterable<string> | AsyncIterable<string>, total: number): Promise<void> {
  if (process.stdout.isTTY) return writeLines(lines);
  const progress = new Progress(total, 'records');
  try {
    await writeLines(progress.through(lines));
  } finally {
    progress.stop();
  }
}

/** Writes at the reader's pace, and stops when writing fails, which `onOutputFailure` reports. */
async function writeLines(lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const { stdout } = process;
  let hasFailed = false;
  stdout.on('error', () => (hasFailed = true));
  let pending = '';
  for await (const line of lines) {
    pending += `${line}\n`;
    if (pending.length < CHUNK) continue;
    // The listener above reports a failure, which also ends the wait for more room.
    if (!stdout.write(pending)) await once(stdout, 'drain').catch(() => undefined);
    pending = '';
    if (hasFailed) break;
  }
  if (pending !== '' && !hasFailed) await new Promise<void>((resolve) => stdout.write(pending, () => resolve()));
}
