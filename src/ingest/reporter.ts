import type { ImportOutcome } from '../domain/merge.js';

/** Where a value starts, for people: a file or an address, and the line. */
export interface Place {
  file: string;
  line: number;
}

/** Told what became of each value of an import, as it goes. */
export interface ImportReporter {
  /** A record, or a page of a part of one, was stored. */
  count(outcome: ImportOutcome): void;
  /** A value could not be imported; the other values are. */
  reject(place: Place, reason: string): void;
}
