import { Worker } from 'node:worker_threads';
import type { Asker } from '../../domain/asker.js';
import { LongReads } from './long-reads.js';
import type { Reduction } from './reductions.js';
import type { Statement } from './statement-templates.js';
import { PACKAGE_ROOT } from '../../platform/package-root.js';
import { fromThreadError, type ThreadError } from './thread-error.js';

/** A select for a thread. `plucked` rows are values, others objects. With a reduction, its result is the only row. */
export interface ThreadRead extends Statement {
  plucked: boolean;
  reduction?: Reduction;
}

export type Outcome = { rows: unknown[] } | { error: ThreadError };

const CLOSED = 'The store was closed.';

/**
 * Runs long reads on threads of their own, which start with the first reads. Each has a connection of its own, and a
 * cache if its database has one.
 */
export class ReaderThreads {
  private readonly idle: Worker[] = [];
  private readonly workers = new Set<Worker>();
  private isClosed = false;

  /**
   * `script`: what a thread runs, a path below `dist`, which is built also when the sources run: a thread does not have
   * a test runner's transforms. `location`: of the database, for the script. `reads`: others that take long count, too.
   */
  constructor(
    private readonly script: string,
    private readonly location: string,
    private readonly reads = new LongReads(),
  ) {}

  /** How many reads wait for a thread. */
  get waitingCount(): number {
    return this.reads.waitingCount;
  }

  /** Rejects as `LongReads` does. */
  async run(read: ThreadRead, asker?: Asker): Promise<unknown[]> {
    if (this.isClosed) throw new Error(CLOSED);
    return this.reads.run(() => this.give(this.idle.pop() ?? this.start(), read), asker);
  }

  /** Ends the threads after their current read. A thread that is stopped within a native call would end the process. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.reads.refuseWaiting(new Error(CLOSED));
    const ended = [...this.workers].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const worker of this.workers) {
      // Keeps the process alive until the threads have ended, as the caller goes on after that.
      worker.ref();
      worker.postMessage('close');
    }
    await Promise.all(ended);
  }

  private start(): Worker {
    // Not the arguments of the process: they may hold a script.
    const worker = new Worker(new URL(`dist/store/${this.script}`, PACKAGE_ROOT), {
      workerData: this.location,
      execArgv: [],
    });
    this.workers.add(worker);
    return worker;
  }

  private give(worker: Worker, read: ThreadRead): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const finish = (isUsable: boolean) => {
        worker.off('message', answered).off('error', failed);
        // Idle threads do not keep the process alive; `close` waits for their end.
        if (!this.isClosed) worker.unref();
        if (isUsable) this.idle.push(worker);
        else this.workers.delete(worker);
      };
      const answered = (outcome: Outcome) => {
        finish(true);
        if ('rows' in outcome) resolve(outcome.rows);
        else reject(fromThreadError(outcome.error));
      };
      const failed = (error: Error) => {
        finish(false);
        reject(error);
      };
      worker.ref();
      worker.once('message', answered).once('error', failed);
      worker.postMessage(read);
    });
  }
}
