import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { CallRecordsError } from '../domain/errors.js';

/** Takes cost points from a caller's budget for this second; rejects with RATE_LIMITED when it is spent. */
export type Spend = (caller: string, points: number) => Promise<void>;

/** `pointsPerSecond` for each caller; 0: no limit. */
export function rateLimit(pointsPerSecond: number): Spend {
  if (pointsPerSecond === 0) return async () => {};
  const limiter = new RateLimiterMemory({ points: pointsPerSecond, duration: 1 });
  return async (caller, points) => {
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
  };
}
