import { parentPort, workerData } from 'node:worker_threads';
import { codeOf } from './error-code.js';
import type { LongRead, Outcome } from './long-reads.js';
import { openThreadReader } from './sqlite-connection.js';

/** A thread that runs one select at a time; see LongReads. */
const reader = openThreadReader(workerData as string);

parentPort?.on('message', (message: LongRead | 'close') => {
  if (message === 'close') {
    reader.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(run(message));
});

function run(read: LongRead): Outcome {
  try {
    return { rows: reader.run(read) };
  } catch (error) {
    return { error: { message: (error as Error).message, code: codeOf(error) } };
  }
}
