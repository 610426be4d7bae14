import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadRead, Outcome } from './reader-threads.js';
import { reduce } from '../engine/reductions.js';
import { toThreadError } from '../engine/thread-error.js';
import { openThreadReader } from './connection.js';

// A client that waits for seconds can wait a little longer if there are too few cores. Only on Linux is the priority
// that of the thread; elsewhere it is that of the process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

/** A thread that runs one select at a time; see ReaderThreads. */
const reader = openThreadReader(workerData as string);

parentPort?.on('message', (message: ThreadRead | 'close') => {
  if (message === 'close') {
    reader.close();
    parentPort?.close();
    return;
  }
  const outcome = run(message);
  parentPort?.postMessage(outcome, buffersOf(outcome));
});

/** The buffers of joined rows, which are transferred: a copy would be as large as an answer. */
function buffersOf(outcome: Outcome): ArrayBuffer[] {
  const joined = 'rows' in outcome && outcome.rows.length === 1 ? outcome.rows[0] : null;
  return joined instanceof Uint8Array && joined.byteLength === joined.buffer.byteLength
    ? [joined.buffer as ArrayBuffer]
    : [];
}

function run(read: ThreadRead): Outcome {
  try {
    const rows = reader.run(read);
    return { rows: read.reduction ? [reduce(read.reduction, rows)] : rows };
  } catch (error) {
    return { error: toThreadError(error) };
  }
}
