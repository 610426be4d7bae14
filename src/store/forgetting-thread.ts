import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadStep, ThreadTask } from './forgetting-beside.js';
import { openStore } from './store.js';
import { toThreadError } from './engine/thread-error.js';

/** The script of a thread that forgets: it takes one step for each message. See ForgettingBeside. */
const run = steps(workerData as ThreadTask);

async function* steps({ databaseUrl, options, what, id }: ThreadTask): AsyncGenerator<unknown> {
  const store = await openStore(databaseUrl, options);
  try {
    yield* what === 'erase' ? store.forgetting.erase(id) : store.forgetting[what]();
  } finally {
    await store.close();
  }
}

async function next(): Promise<ThreadStep<unknown>> {
  try {
    const next = await run.next();
    return next.done === true ? { done: true } : { step: next.value };
  } catch (error) {
    return { error: toThreadError(error) };
  }
}

parentPort?.on('message', (message: 'next' | 'end') => {
  if (message === 'next') void next().then((told) => parentPort?.postMessage(told));
  else void run.return(undefined).finally(() => parentPort?.close());
});
