import type { Value } from './columns.js';

/** Writes the rows of a table in one format. */
export interface TableWriter {
  /** Rows of a value for each column. */
  write(rows: readonly Value[][]): Promise<void>;
  /** Writes what is still to be written; resolves to what the manifest tells of the table beside its rows. */
  end(): Promise<Remarks>;
}

export interface Remarks {
  /** Date-times before 1677-09-22 or after 2262-04-11, which nanoseconds in 64 bits do not reach: null in the file. */
  timesOutOfRange?: number;
}
