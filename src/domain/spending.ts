/** Cost points of one caller. */
export interface Spent {
  caller: string;
  points: number;
}

/** What a caller has spent in the second that is under way. */
export interface SpentInSecond extends Spent {
  /** Until that second is over; more than 0. */
  msLeft: number;
}

/** Adds to what callers have spent at several processes, and tells the sums of these callers. */
export type AddSpending = (spent: readonly Spent[]) => Promise<SpentInSecond[]>;

/**
 * Takes cost points from a caller's budget for this second; rejects with RATE_LIMITED when it is spent, and with
 * QUERY_TOO_COMPLEX if `requestTotal`, what the request has cost by now, is more than any second's budget: no waiting
 * would let it pass.
 */
export type Spend = (caller: string, points: number, requestTotal?: number) => Promise<void>;
