import { setMaxListeners } from 'node:events';
import type { SyncQueue, WaitingRecord } from '../store/write/sync-queue.js';
import type { Clock, SyncLog } from './clock.js';
import { Committer } from './committer.js';
import { fetchRecord, NotYet } from './fetcher.js';
import type { GraphClient } from './graph-client.js';
import { GraphRefusal, GraphThrottled, GraphUnavailable, GraphUnreachable, reasonOf } from './graph-errors.js';
import type { Summary } from './summary.js';
import { HOUR_MS, MINUTE_MS, msOf } from './times.js';

/** More than the requests at once: some records wait for their budgets. */
const RECORDS_AT_ONCE = 16;
const TAKEN_AT_ONCE = 200;
/** Graph may respond with 404 for a record that it has announced, for this long. */
const YOUNG_MS = 3 * HOUR_MS;
const LONGEST_RETRY_MS = 15 * MINUTE_MS;
/** If so many records in a row got no response, the records are not at fault. */
const UNREACHABLE_IN_A_ROW = 8;

export interface DrainParts {
  client: GraphClient;
  queue: SyncQueue;
  clock: Clock;
  log: SyncLog;
  summary: Summary;
}

/** Fetches the records that are due, the newest first. Runs until none is left and `end` was called. */
export class Drain {
  private readonly inHand = new Set<string>();
  private readonly committer: Committer;
  private isOpen = true;
  private fetching = 0;
  private isWaiting = false;
  private unreachable = 0;
  private wake: () => void = () => undefined;

  constructor(
    private readonly parts: DrainParts,
    private readonly signal: AbortSignal,
  ) {
    this.committer = new Committer(
      parts.queue,
      {
        stored: ({ id }, outcome) => {
          parts.summary.outcomes[outcome] += 1;
          this.settle(id);
        },
        refused: async (done, error) => {
          await this.fail(done as WaitingRecord, reasonOf(error));
          this.settle(done.id);
        },
      },
      parts.clock,
    );
  }

  /** Whether every record that is due is in hand. */
  get isIdle(): boolean {
    return this.isWaiting;
  }

  /** To be called when more records may be due. */
  more(): void {
    this.wake();
  }

  /** To be called when no more records will come. */
  end(): void {
    this.isOpen = false;
    this.wake();
  }

  /** Resolves when all are done; rejects if Graph or the store cannot be used, or if the signal was aborted. */
  async run(): Promise<void> {
    const abort = new AbortController();
    const signal = AbortSignal.any([this.signal, abort.signal]);
    // All records in hand may wait at the same time.
    setMaxListeners(0, signal);
    const onAbort = () => this.wake();
    signal.addEventListener('abort', onAbort);
    const source = this.source(signal);
    const workers = Array.from({ length: RECORDS_AT_ONCE }, async () => {
      try {
        for (;;) {
          const next = await source.next();
          if (next.done === true) return;
          await this.deal(next.value, signal);
        }
      } catch (error) {
        abort.abort(error);
        throw error;
      }
    });
    const ends = await Promise.allSettled(workers);
    await this.committer.flush().catch((error: unknown) => abort.abort(error));
    signal.removeEventListener('abort', onAbort);
    this.signal.throwIfAborted();
    abort.signal.throwIfAborted();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  private async *source(signal: AbortSignal): AsyncGenerator<WaitingRecord> {
    const { queue, clock } = this.parts;
    for (;;) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      const isOpen = this.isOpen;
      const due = await queue.due(clock.now(), TAKEN_AT_ONCE + this.inHand.size);
      const some = due.filter(({ id }) => !this.inHand.has(id));
      for (const record of some) {
        signal.throwIfAborted();
        this.inHand.add(record.id);
        yield record;
      }
      if (some.length > 0) continue;
      if (!isOpen && this.inHand.size === 0) return;
      this.isWaiting = true;
      this.storeLast();
      await woken;
      this.isWaiting = false;
      signal.throwIfAborted();
    }
  }

  /** If nothing else is being fetched, the last records are stored at once. */
  private storeLast(): void {
    // The next call of `add` rejects if this fails.
    if (this.isIdle && this.fetching === 0) void this.committer.flush().catch(() => undefined);
  }

  private settle(id: string): void {
    this.inHand.delete(id);
    this.wake();
  }

  private async deal(record: WaitingRecord, signal: AbortSignal): Promise<void> {
    const { client, summary } = this.parts;
    try {
      this.fetching += 1;
      const document = await fetchRecord(client, record.id, record.version, signal).finally(() => (this.fetching -= 1));
      this.unreachable = 0;
      summary.fetched += 1;
      // The record stays in hand until it is stored.
      const added = this.committer.add(document, record);
      this.storeLast();
      await added;
      return;
    } catch (error) {
      signal.throwIfAborted();
      await this.miss(record, error);
    }
    this.settle(record.id);
  }

  /** Decides what to do with a record that could not be fetched; throws if the record is not at fault. */
  private async miss(record: WaitingRecord, error: unknown): Promise<void> {
    if (error instanceof NotYet) return this.later(record, error.message);
    if (error instanceof GraphUnreachable) {
      this.unreachable += 1;
      if (this.unreachable >= UNREACHABLE_IN_A_ROW) throw new GraphUnavailable(error.message);
      return error instanceof GraphThrottled ? this.later(record, error.message) : this.fail(record, error.message);
    }
    if (!(error instanceof GraphRefusal)) throw error;
    this.unreachable = 0;
    if (error.status !== 404) return this.fail(record, error.message);
    if (this.parts.client.now() - msOf(record.since) < YOUNG_MS)
      return this.later(record, 'Graph does not have it yet');
    await this.parts.queue.remove([record]);
    this.parts.summary.gone += 1;
    this.parts.log.info({ record: record.id }, 'record is gone from Microsoft Graph');
  }

  private async later(record: WaitingRecord, reason: string): Promise<void> {
    const afterMs = Math.min(LONGEST_RETRY_MS, MINUTE_MS * 2 ** Math.min(record.attempts, 10));
    const dueAtMs = Math.round(this.parts.clock.now() + afterMs);
    await this.parts.queue.postpone(record, { state: 'waiting', dueAtMs, reason });
  }

  private async fail(record: WaitingRecord, reason: string): Promise<void> {
    await this.parts.queue.postpone(record, { state: 'failed', dueAtMs: 0, reason });
    this.parts.summary.fail(record.id, reason);
  }
}
