import { Worker } from 'node:worker_threads';
import type { Asker } from '../../domain/asker.js';
import { FairQueue } from '../../domain/fair-queue.js';
import type { Reduction } from '../engine/reductions.js';
import type { Statement } from '../engine/statement-templates.js';
import { PACKAGE_ROOT } from '../../platform/package-root.js';
import { fromThreadError, type ThreadError } from '../engine/thread-error.js';

/** A select for a thread. `plucked` rows are values, others objects. With a reduction, its result is the only row. */
export interface ThreadRead extends Statement {
  plucked: boolean;
  reduction?: Reduction;
}

export type Outcome = { rows: unknown[] } | { error: ThreadError };

/** How many run at the same time; other reads wait. Each has a connection and a cache of its own. */
const THREADS = 2;

/**
 * How many reads may wait: for one caller as many as the request with the most lists needs, and in all as many as a few
 * such callers need. Each holds its statement, a connection, and the part of its request's answer that is done.
 */
const ROOM = { ofCaller: 200, inAll: 1_000 };

/** The built file, also when the sources run: a thread does not have a test runner's transforms. */
const SCRIPT = new URL('dist/store/sqlite/thread.js', PACKAGE_ROOT);

const CLOSED = 'The store was closed.';

interface Waiting {
  read: ThreadRead;
  resolve: (rows: unknown[]) => void;
  reject: (error: Error) => void;
}

/**
 * Runs selects on threads of their own, which start with the first select. A long one delays only other long ones.
 * Callers take turns. A read whose client has gone is not begun; one under way runs to its end. The number that may
 * wait is limited for each caller and in all; more are refused.
 */
export class ReaderThreads {
  private readonly idle: Worker[] = [];
  private readonly waiting = new FairQueue<Waiting>('reads that take long', ROOM);
  private readonly workers = new Set<Worker>();
  private isClosed = false;

  constructor(private readonly location: string) {}

  /** How many reads wait for a thread. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  /**
   * Rejects with the reason of the asker's signal if that is aborted before the read has begun. Rejects with
   * RATE_LIMITED if too many reads of the asker wait, and with SERVICE_UNAVAILABLE if too many wait in all.
   */
  async run(read: ThreadRead, asker?: Asker): Promise<unknown[]> {
    if (this.isClosed) throw new Error(CLOSED);
    asker?.gone.throwIfAborted();
    const whose = asker?.subject ?? '';
    return new Promise((resolve, reject) => {
      const waiting = { read, resolve, reject };
      this.waiting.add(whose, waiting);
      asker?.gone.addEventListener('abort', () => {
        if (this.waiting.remove(whose, waiting)) reject(asker.gone.reason as Error);
      });
      this.next();
    });
  }

  /** Ends the threads after their current read. A thread that is stopped within a native call would end the process. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (let one = this.waiting.next(); one; one = this.waiting.next()) one.reject(new Error(CLOSED));
    const ended = [...this.workers].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const worker of this.workers) {
      // Keeps the process alive until the threads have ended, as the caller goes on after that.
      worker.ref();
      worker.postMessage('close');
    }
    await Promise.all(ended);
  }

  private next(): void {
    if (this.idle.length === 0 && this.workers.size === THREADS) return;
    const waiting = this.waiting.next();
    if (waiting) this.give(this.idle.pop() ?? this.start(), waiting);
  }

  private start(): Worker {
    // Not the arguments of the process: they may hold a script.
    const worker = new Worker(SCRIPT, { workerData: this.location, execArgv: [] });
    this.workers.add(worker);
    return worker;
  }

  private give(worker: Worker, { read, resolve, reject }: Waiting): void {
    const finish = (settle: () => void, isUsable: boolean) => {
      worker.off('message', answered).off('error', failed);
      // Idle threads do not keep the process alive; `close` waits for their end.
      if (!this.isClosed) worker.unref();
      if (isUsable) this.idle.push(worker);
      else this.workers.delete(worker);
      settle();
      this.next();
    };
    const answered = (outcome: Outcome) =>
      finish(() => ('rows' in outcome ? resolve(outcome.rows) : reject(fromThreadError(outcome.error))), true);
    const failed = (error: Error) => finish(() => reject(error), false);
    worker.ref();
    worker.once('message', answered).once('error', failed);
    worker.postMessage(read);
  }
}
