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

const keyOf = ({ record, page }: RecordBudget) => `${page} ${record}`;

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
  /** The times at which a record's latest requests were sent, by record and kind of page. */
  private readonly spent = new LRUCache<string, number[]>({ max: RECORDS_REMEMBERED });

  constructor(private readonly clock: Clock) {}

  /** Runs a request when its turn has come. */
  async run<Result>(budget: RecordBudget | null, signal: AbortSignal, request: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    for (;;) {
      for (let held = this.heldMs(budget); held > 0; held = this.heldMs(budget)) await this.clock.wait(held, signal);
      await this.take();
      // The host may have asked for a pause, or the record's budget been spent, while this request waited for its turn.
      if (this.heldMs(budget) <= 0) break;
      this.giveBack();
    }
    // Counted when it is sent: a request counted while it waits would leave the budget before its time has passed.
    if (budget) this.spend(budget);
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

  /** The milliseconds until a request may be sent, by the host's pause and its record's budget; 0 or less: now. */
  private heldMs(budget: RecordBudget | null): number {
    const until = budget ? Math.max(this.pausedUntil, this.affordableAt(budget)) : this.pausedUntil;
    return until - this.clock.now();
  }

  private affordableAt(budget: RecordBudget): number {
    const { requests, withinMs } = BUDGETS[budget.page];
    const before = this.spent.get(keyOf(budget))?.at(-requests);
    return before === undefined ? 0 : before + withinMs;
  }

  private spend(budget: RecordBudget): void {
    const key = keyOf(budget);
    const times = this.spent.get(key) ?? [];
    this.spent.set(key, [...times.slice(1 - BUDGETS[budget.page].requests), this.clock.now()]);
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
