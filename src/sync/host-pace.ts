import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';

/** Concurrent requests: within what Microsoft recommends, far below what it allows. */
const AT_ONCE = 8;

/** Graph's limits for one record: for first pages of the record and its lists, and for further pages. */
const BUDGETS = { first: { requests: 10, withinMs: 20_000 }, further: { requests: 50, withinMs: 300_000 } };
const RECORDS_REMEMBERED = 10_000;

/** The budget that a request counts against. */
export interface RecordBudget {
  record: string;
  page: keyof typeof BUDGETS;
}

/**
 * Decides when requests to one host may be sent: a number at once, none while the host has asked for a pause, and each
 * record within its budget.
 */
export class HostPace {
  /** Milliseconds for which the host has asked to pause. */
  throttledMs = 0;
  private pausedUntil = 0;
  private free = AT_ONCE;
  private readonly waiting: (() => void)[] = [];
  /** The times of a record's latest requests, sent or planned, by record and kind of page. */
  private readonly spent = new LRUCache<string, number[]>({ max: RECORDS_REMEMBERED });

  constructor(private readonly clock: Clock) {}

  /** Runs a request when its turn has come. */
  async run<Result>(budget: RecordBudget | null, signal: AbortSignal, request: () => Promise<Result>): Promise<Result> {
    const heldMs = budget ? this.reserve(budget) - this.clock.now() : 0;
    // A timer of no time would still hold each request back for a turn of the event loop.
    if (heldMs > 0) await this.clock.wait(heldMs, signal);
    signal.throwIfAborted();
    for (;;) {
      await this.resumed(signal);
      await this.take();
      // The host may have asked for a pause while this request waited for its turn.
      if (this.pausedUntil <= this.clock.now()) break;
      this.giveBack();
    }
    try {
      return await request();
    } finally {
      this.giveBack();
    }
  }

  /** Holds all requests back for `ms`. */
  pause(ms: number): void {
    const now = this.clock.now();
    const until = now + ms;
    if (until <= this.pausedUntil) return;
    this.throttledMs += until - Math.max(now, this.pausedUntil);
    this.pausedUntil = until;
  }

  private async resumed(signal: AbortSignal): Promise<void> {
    for (let left = this.left(); left > 0; left = this.left()) await this.clock.wait(left, signal);
  }

  private left(): number {
    return this.pausedUntil - this.clock.now();
  }

  /** The time at which a request may be sent; it is counted in the budget. */
  private reserve({ record, page }: RecordBudget): number {
    const { requests, withinMs } = BUDGETS[page];
    const key = `${page} ${record}`;
    const times = this.spent.get(key) ?? [];
    const before = times.at(-requests);
    const time = Math.max(this.clock.now(), before === undefined ? 0 : before + withinMs);
    this.spent.set(key, [...times.slice(1 - requests), time]);
    return time;
  }

  private async take(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private giveBack(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}
