import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { CallRecordsError } from '../domain/errors.js';

/**
 * Takes cost points from a caller's budget for this second; rejects with RATE_LIMITED when it is spent, and with
 * QUERY_TOO_COMPLEX if `requestTotal`, what the request has cost by now, is more than any second's budget: no waiting
 * would let it pass.
 */
export type Spend = (caller: string, points: number, requestTotal?: number) => Promise<void>;

/** `pointsPerSecond` for each caller; 0: no limit. */
export function rateLimit(pointsPerSecond: number): Spend {
  if (pointsPerSecond === 0) return async () => {};
  const limiter = new RateLimiterMemory({ points: pointsPerSecond, duration: 1 });
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
  };
}

function tooCostly(points: number, pointsPerSecond: number): CallRecordsError {
  return new CallRecordsError(
    'QUERY_TOO_COMPLEX',
    `The request costs ${points} cost points or more; a caller has ${pointsPerSecond} a second. Ask for less at once.`,
  );
}
