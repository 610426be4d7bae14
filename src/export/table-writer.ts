import type { Value } from './columns.js';

/** Writes the rows of a table in one format. */
export interface TableWriter {
  /** Each row has a value for each column. */
  write(rows: readonly Value[][]): Promise<void>;
  /** Writes the rest; resolves to what the manifest says about the table, apart from its number of rows. */
  end(): Promise<Remarks>;
}

export interface Remarks {
  /**
   * The number of date-times before 1677-09-22 or after 2262-04-11. They are out of the range of 64-bit nanoseconds,
   * and null in the file.
   */
  timesOutOfRange?: number;
}
