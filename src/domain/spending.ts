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
