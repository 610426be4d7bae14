import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { PACKAGE_ROOT } from '../platform/package-root.js';
import type { Forgetting, Forgets, Pruned } from './forgetting.js';
import type { Opened } from './open-engine.js';
import { fromThreadError, type ThreadError } from './engine/thread-error.js';

/** The built file, also when the sources run: a thread does not have a test runner's transforms. */
const SCRIPT = new URL('dist/store/forgetting-thread.js', PACKAGE_ROOT);

/** The task of a thread. */
export interface ThreadTask extends Opened {
  what: 'erase' | 'finish' | 'prune';
  /** The id of the person to erase. */
  id: string;
}

/** The answer of a thread: a step, the end, or the error that stopped it. */
export type ThreadStep<Step> = { step: Step } | { done: true } | { error: ThreadError };

/** Makes the part of a store that forgets, from the way it was opened. */
export function forgettingBy(own: Forgetting, { databaseUrl, options }: Opened): Forgets {
  const { forgetsBeside = false, ...others } = options;
  return forgetsBeside ? new ForgettingBeside(own, { databaseUrl, options: others }) : own;
}

/**
 * Forgets on a thread of its own, which opens the store again. A transaction that rewrites records takes some tens of
 * milliseconds; the main thread goes on reading meanwhile. A thread lasts for one run.
 */
class ForgettingBeside implements Forgets {
  /** Each thread, with the promise of its end. */
  private readonly threads = new Map<Worker, Promise<unknown>>();

  constructor(
    private readonly own: Forgetting,
    private readonly opened: Opened,
  ) {}

  open(): Promise<void> {
    return this.own.open();
  }

  count(id: string): Promise<number> {
    return this.own.count(id);
  }

  isUnfinished(): Promise<boolean> {
    return this.own.isUnfinished();
  }

  erase(id: string): AsyncGenerator<number> {
    return this.run<number>('erase', id);
  }

  finish(): AsyncGenerator<number> {
    return this.run<number>('finish');
  }

  async *prune(): AsyncGenerator<Pruned> {
    if (this.own.forgetsByAge) yield* this.run<Pruned>('prune');
  }

  /** Ends each run after its current step. */
  async close(): Promise<void> {
    await Promise.all([...this.threads].map(([thread, ended]) => this.end(thread, ended)));
  }

  /** Each step is requested by itself, so that the caller may let other work go on between two steps. */
  private async *run<Step>(what: ThreadTask['what'], id = ''): AsyncGenerator<Step> {
    const workerData: ThreadTask = { ...this.opened, what, id };
    // Not the arguments of the process: they may hold a script.
    const thread = new Worker(SCRIPT, { workerData, execArgv: [] });
    const ended = once(thread, 'exit');
    this.threads.set(thread, ended);
    try {
      for (;;) {
        thread.postMessage('next');
        const [told] = (await Promise.race([once(thread, 'message'), ended])) as [ThreadStep<Step> | number];
        if (typeof told === 'number') throw new Error('The store was closed.');
        if ('error' in told) throw fromThreadError(told.error);
        if ('done' in told) return;
        yield told.step;
      }
    } finally {
      await this.end(thread, ended);
      this.threads.delete(thread);
    }
  }

  private async end(thread: Worker, ended: Promise<unknown>): Promise<void> {
    thread.postMessage('end');
    await ended;
  }
}
