import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { CallRecordsError } from '../domain/errors.js';
import type { AddSpending, Spend } from '../domain/spending.js';

/**
 * Limits each caller to `pointsPerSecond`; 0 means no limit. With `addSpending` the limit holds over all processes that
 * add to the same sums. They do so beside their requests: see SharedBudget.
 */
export function rateLimit(pointsPerSecond: number, addSpending?: AddSpending): Spend {
  if (pointsPerSecond === 0) return async () => {};
  const limiter = new RateLimiterMemory({ points: pointsPerSecond, duration: 1 });
  const shared = addSpending && new SharedBudget(limiter, addSpending);
  return async (caller, points, requestTotal = points) => {
    if (requestTotal > pointsPerSecond) throw tooCostly(requestTotal, pointsPerSecond);
    try {
      await limiter.consume(caller, points);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfterSeconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      throw new CallRecordsError(
        'RATE_LIMITED',
        `More than ${pointsPerSecond} cost points in a second; try again in ${retryAfterSeconds} s.`,
        { retryAfterSeconds },
      );
    }
    shared?.note(caller, points);
  };
}

/** The sums of several processes; each sum lasts one second. */
export function sumSpending(): AddSpending {
  const sums = new RateLimiterMemory({ points: 0, duration: 1 });
  return (spent) =>
    Promise.all(
      spent.map(async ({ caller, points }) => {
        const { consumedPoints, msBeforeNext } = await sums.penalty(caller, points);
        return { caller, points: consumedPoints, msLeft: msBeforeNext };
      }),
    );
}

/** How long a process may keep its own sums to itself. */
const TELL_WITHIN_MS = 100;
/** The part of a budget that it may keep to itself that long; more is reported at once. */
const UNTOLD_PART = 0.1;

/**
 * Reports what was spent in this process and takes over the common sums. Requests do not wait for it. So a caller can
 * exceed the limit by what the processes have not yet reported to each other.
 */
class SharedBudget {
  private untold = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;
  private isTelling = false;

  constructor(
    private readonly limiter: RateLimiterMemory,
    private readonly addSpending: AddSpending,
  ) {}

  note(caller: string, points: number): void {
    const sum = (this.untold.get(caller) ?? 0) + points;
    this.untold.set(caller, sum);
    if (this.isTelling) return;
    if (this.isMuch(sum)) void this.tell();
    else this.tellSoon();
  }

  private isMuch(points: number): boolean {
    return points >= this.limiter.points * UNTOLD_PART;
  }

  private tellSoon(): void {
    this.timer ??= setTimeout(() => void this.tell(), TELL_WITHIN_MS).unref();
  }

  private async tell(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.isTelling = true;
    const told = [...this.untold].map(([caller, points]) => ({ caller, points }));
    this.untold.clear();
    try {
      for (const { caller, points, msLeft } of await this.addSpending(told)) {
        await this.limiter.set(caller, points + (this.untold.get(caller) ?? 0), msLeft / 1000);
      }
    } catch {
      // If the others or the database cannot be reached, requests are served all the same.
    }
    this.isTelling = false;
    if ([...this.untold.values()].some((points) => this.isMuch(points))) void this.tell();
    else if (this.untold.size > 0) this.tellSoon();
  }
}

function tooCostly(points: number, pointsPerSecond: number): CallRecordsError {
  return new CallRecordsError(
    'QUERY_TOO_COMPLEX',
    `The request costs ${points} cost points or more; a caller has ${pointsPerSecond} a second. Ask for less at once.`,
  );
}
