import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CallRecordsError, type ErrorCode } from '../domain/errors.js';
import { PACKAGE_ROOT } from '../platform/package-root.js';
import type { Forgetting, Forgets, Pruned } from './forgetting.js';
import type { Opened } from './open-engine.js';

/** The built file, also for who runs the sources: threads know nothing of a test runner's transforms. */
const SCRIPT = new URL('dist/store/forgetting-thread.js', PACKAGE_ROOT);

/** What a thread is to do. */
export interface ThreadTask extends Opened {
  what: 'erase' | 'finish' | 'prune';
  /** Whom to erase. */
  id: string;
}

/** An error as one thread tells it to another. */
export interface ThreadError {
  message: string;
  code?: ErrorCode;
  retryAfterSeconds?: number;
}

/** A step, the end, or why there is none. */
export type ThreadStep<Step> = { step: Step } | { done: true } | { error: ThreadError };

/** What forgets for a store that was opened so. */
export function forgettingBy(own: Forgetting, { databaseUrl, options }: Opened): Forgets {
  const { forgetsBeside = false, ...others } = options;
  return forgetsBeside ? new ForgettingBeside(own, { databaseUrl, options: others }) : own;
}

/**
 * Forgets on a thread of its own, which opens the store again: a transaction that rewrites records takes some tens of
 * milliseconds, in which this one goes on to read. A thread lasts as long as one run.
 */
class ForgettingBeside implements Forgets {
  /** With the end of each. */
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

  /** Ends what is under way after its step. */
  async close(): Promise<void> {
    await Promise.all([...this.threads].map(([thread, ended]) => this.end(thread, ended)));
  }

  /** Each step is asked for, so that whoever asks may let others go on between two. */
  private async *run<Step>(what: ThreadTask['what'], id = ''): AsyncGenerator<Step> {
    const workerData: ThreadTask = { ...this.opened, what, id };
    // Not what the process was started with: a script may have come as an argument.
    const thread = new Worker(SCRIPT, { workerData, execArgv: [] });
    const ended = once(thread, 'exit');
    this.threads.set(thread, ended);
    try {
      for (;;) {
        thread.postMessage('next');
        const [told] = (await Promise.race([once(thread, 'message'), ended])) as [ThreadStep<Step> | number];
        if (typeof told === 'number') throw new Error('The store was closed.');
        if ('error' in told) throw toError(told.error);
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

function toError({ message, code, retryAfterSeconds }: ThreadError): Error {
  return code ? new CallRecordsError(code, message, { retryAfterSeconds }) : new Error(message);
}
