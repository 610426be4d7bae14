import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { reduce } from './reductions.js';
import type { Outcome, ThreadRead } from './reader-threads.js';
import { toThreadError } from './thread-error.js';

/** How a thread reads from its database. */
export interface ThreadReader {
  run(read: ThreadRead): unknown[] | Promise<unknown[]>;
  close(): void | Promise<void>;
}

/** Answers the reads that ReaderThreads sends to this thread, one at a time. */
export function answerReads(reader: ThreadReader): void {
  // A client that waits for seconds can wait a little longer if there are too few cores. Only on Linux is the priority
  // that of the thread; elsewhere it is that of the process.
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  parentPort?.on('message', (message: ThreadRead | 'close') => void take(reader, message));
}

async function take(reader: ThreadReader, message: ThreadRead | 'close'): Promise<void> {
  if (message === 'close') {
    await reader.close();
    parentPort?.close();
    return;
  }
  const outcome = await answer(reader, message);
  parentPort?.postMessage(outcome, buffersOf(outcome));
}

async function answer(reader: ThreadReader, read: ThreadRead): Promise<Outcome> {
  try {
    const rows = await reader.run(read);
    return { rows: read.reduction ? [reduce(read.reduction, rows)] : rows };
  } catch (error) {
    return { error: toThreadError(error) };
  }
}

/** The buffers of joined rows, which are transferred: a copy would be as large as an answer. */
function buffersOf(outcome: Outcome): ArrayBuffer[] {
  const joined = 'rows' in outcome && outcome.rows.length === 1 ? outcome.rows[0] : null;
  return joined instanceof Uint8Array && joined.byteLength === joined.buffer.byteLength
    ? [joined.buffer as ArrayBuffer]
    : [];
}
