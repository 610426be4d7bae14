import type { GraphConfig } from '../config/graph.js';
import type { Store } from '../store/store.js';
import { CLOCK, type Clock, type SyncLog } from './clock.js';
import { GraphClient } from './graph-client.js';
import { reasonOf } from './graph-errors.js';
import { withLease } from './lease.js';
import { drainDue, runPass } from './pass.js';
import { readProgress, writeProgress } from './progress.js';
import { Subscription } from './subscription.js';
import { Summary } from './summary.js';
import { MINUTE_MS } from './times.js';
import { openTokens, type Tokens } from './tokens.js';

/** How often a process looks whether something is due; other processes may have found that out. */
const LOOKS_EVERY_MS = 3_000;
/** The delay before a failed pass is retried. It doubles each time, up to the interval. */
const RETRIED_AFTER_MS = MINUTE_MS / 2;

/** The parts that a sync uses; the optional ones have real defaults. */
export interface SyncParts {
  config: GraphConfig;
  store: Store;
  log: SyncLog;
  clock?: Clock;
  tokens?: Tokens;
  random?: () => number;
  /** Counts what is done. By default each turn has its own, and failures are logged. */
  summary?: Summary;
}

/** Brings the records of Microsoft Graph into a store. */
export class Sync {
  readonly client: GraphClient;
  readonly tokens: Tokens;
  private readonly clock: Clock;
  private readonly subscription: Subscription | null;
  private subscriptionNotBefore = 0;
  private wakeUp: () => void = () => undefined;

  constructor(private readonly parts: SyncParts) {
    const { config, log, clock = CLOCK, random } = parts;
    this.clock = clock;
    this.tokens = parts.tokens ?? openTokens(config);
    this.client = new GraphClient({ url: config.url, tokens: this.tokens, clock, log, random });
    const { notificationUrl } = config;
    this.subscription =
      notificationUrl === null ? null : new Subscription(this.client, parts.store.sync, notificationUrl);
  }

  /** Syncs whenever something is due, and never at the same time as another process; ends with the signal. */
  async run(signal: AbortSignal): Promise<void> {
    let notBefore = 0;
    while (!signal.aborted) {
      try {
        if (this.clock.now() >= notBefore && (await this.isDue()))
          await withLease(this.parts.store, this.clock, signal, (leased) => this.turn(leased));
      } catch (error) {
        if (signal.aborted) return;
        this.parts.log.warn({ reason: reasonOf(error) }, 'sync failed');
        notBefore = this.clock.now() + RETRIED_AFTER_MS;
      }
      await this.pause(signal);
    }
  }

  /**
   * Runs one pass as soon as no other process syncs; `onWait` is called once if one does. Rejects if the pass does not
   * complete. Records that failed by themselves are in the summary.
   */
  async pass(summary: Summary, sinceMs: number | null, signal: AbortSignal, onWait: () => void): Promise<void> {
    const { store } = this.parts;
    for (let tries = 1; ; tries++) {
      const pass = (leased: AbortSignal) => this.passNow(summary, sinceMs, leased);
      if (await withLease(store, this.clock, signal, pass)) return;
      if (tries === 1) onWait();
      await this.clock.wait(LOOKS_EVERY_MS / 3, signal);
    }
  }

  /** Looks at once whether something is due. */
  wake(): void {
    this.wakeUp();
  }

  private async isDue(): Promise<boolean> {
    const { sync } = this.parts.store;
    const now = this.clock.now();
    if (now >= (await readProgress(sync)).nextPassAt || (await sync.due(now, 1)).length > 0) return true;
    return this.isSubscriptionDue();
  }

  private async pause(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.wakeUp = () => woken.abort();
    await this.clock.wait(LOOKS_EVERY_MS, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
  }

  /** Does what is due while this process has the lease. */
  private async turn(signal: AbortSignal): Promise<void> {
    const { store, log } = this.parts;
    const tell = (record: string, reason: string) => log.warn({ record, reason }, 'record not fetched');
    const summary = this.parts.summary ?? new Summary(tell);
    const isLost = await this.keepSubscription(signal);
    const { nextPassAt } = await readProgress(store.sync);
    if (isLost || this.clock.now() >= nextPassAt) await this.passNow(summary, null, signal);
    else await drainDue(this.drainParts(summary), signal);
  }

  private async isSubscriptionDue(): Promise<boolean> {
    return this.subscription !== null && this.clock.now() >= this.subscriptionNotBefore && this.subscription.isDue();
  }

  /** True if notifications may have been lost. */
  private async keepSubscription(signal: AbortSignal): Promise<boolean> {
    if (!this.subscription || !(await this.isSubscriptionDue())) return false;
    try {
      return await this.subscription.keep(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.subscriptionNotBefore = this.clock.now() + RETRIED_AFTER_MS;
      // Without it calls come later, with the passes.
      this.parts.log.warn({ reason: reasonOf(error) }, 'no subscription');
      return false;
    }
  }

  private drainParts(summary: Summary) {
    const { store, log } = this.parts;
    return { client: this.client, queue: store.sync, clock: this.clock, log, summary };
  }

  private async passNow(summary: Summary, sinceMs: number | null, signal: AbortSignal): Promise<void> {
    const { config, log, store } = this.parts;
    const { intervalMs, lookbackMs } = config;
    const startedAt = this.clock.now();
    try {
      await runPass(this.drainParts(summary), { lookbackMs, sinceMs, intervalMs, signal });
    } catch (error) {
      signal.throwIfAborted();
      await this.noteFailure(reasonOf(error));
      throw error;
    }
    const { waiting } = await store.sync.count();
    const seconds = Math.round((this.clock.now() - startedAt) / 100) / 10;
    log.info({ ...summary.facts(), waiting, seconds }, 'synced with Microsoft Graph');
  }

  private async noteFailure(lastError: string): Promise<void> {
    const { config, store } = this.parts;
    const progress = await readProgress(store.sync);
    const failures = progress.failures + 1;
    const afterMs = Math.min(config.intervalMs, RETRIED_AFTER_MS * 2 ** Math.min(failures - 1, 10));
    await writeProgress(store.sync, { ...progress, lastError, failures, nextPassAt: this.clock.now() + afterMs });
  }
}
