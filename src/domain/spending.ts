/** Cost points of one caller. */
export interface Spent {
  caller: string;
  points: number;
}

/** What a caller has spent in the current second. */
export interface SpentInSecond extends Spent {
  /** Milliseconds until that second is over; more than 0. */
  msLeft: number;
}

/** Adds what several processes have spent for callers, and resolves to the sums of these callers. */
export type AddSpending = (spent: readonly Spent[]) => Promise<SpentInSecond[]>;

/**
 * Takes cost points from a caller's budget of this second. Rejects with RATE_LIMITED if it is used up. Rejects with
 * QUERY_TOO_COMPLEX if `requestTotal`, the cost of the request so far, exceeds the budget of any second: waiting would
 * not help.
 */
export type Spend = (caller: string, points: number, requestTotal?: number) => Promise<void>;
