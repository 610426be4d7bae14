import type { CallRecordDocument } from '../domain/document.js';
import { isUnavailable } from '../domain/errors.js';
import type { ImportOutcome } from '../domain/merge.js';
import type { Done, SyncQueue } from '../store/write/sync-queue.js';
import type { Clock } from './clock.js';

/** The most records of a transaction: they bound how long others wait for it, and what is lost with the process. */
const RECORDS_AT_ONCE = 128;
const SESSIONS_AT_ONCE = 500;
/** The longest that a fetched record waits for others that are being fetched. */
const LINGER_MS = 1_000;

interface Fetched {
  document: CallRecordDocument;
  done: Done;
}

/** Told what became of a record that was to be stored. */
export interface Settled {
  stored(done: Done, outcome: ImportOutcome): void;
  refused(done: Done, error: unknown): Promise<void>;
}

/** Stores fetched records, several in one transaction. */
export class Committer {
  private waiting: Fetched[] = [];
  private sessions = 0;
  private writing: Promise<void> = Promise.resolve();
  private failure: { error: unknown } | null = null;
  private linger: AbortController | null = null;

  constructor(
    private readonly queue: Pick<SyncQueue, 'store'>,
    private readonly settled: Settled,
    private readonly clock: Clock,
  ) {}

  /** Resolves when there is room for the next record; rejects if an earlier one could not be written. */
  async add(document: CallRecordDocument, done: Done): Promise<void> {
    this.waiting.push({ document, done });
    this.sessions += document.sessions.length;
    if (this.waiting.length >= RECORDS_AT_ONCE || this.sessions >= SESSIONS_AT_ONCE) return this.flush();
    this.linger ??= this.flushLater();
    this.throwFailure();
  }

  /** Resolves when all are on the disk. */
  async flush(): Promise<void> {
    // Its timer would keep a process alive that has nothing left to do.
    this.linger?.abort();
    this.linger = null;
    const batch = this.waiting;
    this.waiting = [];
    this.sessions = 0;
    this.writing = this.writing.then(() => this.write(batch));
    await this.writing;
    this.throwFailure();
  }

  private flushLater(): AbortController {
    const linger = new AbortController();
    const flush = () => this.flush();
    // The next call of `add` rejects if this fails.
    void this.clock
      .wait(LINGER_MS, linger.signal)
      .then(flush)
      .catch(() => undefined);
    return linger;
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.error;
  }

  private async write(batch: Fetched[]): Promise<void> {
    if (batch.length === 0 || this.failure) return;
    try {
      await this.writeTogether(batch);
    } catch (error) {
      this.failure = { error };
    }
  }

  /** If one record cannot be stored, the others are. */
  private async writeTogether(batch: Fetched[]): Promise<void> {
    const dones = batch.map(({ done }) => done);
    let outcomes: ImportOutcome[];
    try {
      outcomes = await this.queue.store(
        batch.map(({ document }) => document),
        dones,
      );
    } catch (error) {
      if (isUnavailable(error)) throw error;
      const [one] = batch;
      if (one && batch.length === 1) return this.settled.refused(one.done, error);
      for (const each of batch) await this.writeTogether([each]);
      return;
    }
    dones.forEach((done, index) => this.settled.stored(done, outcomes[index] as ImportOutcome));
  }
}
