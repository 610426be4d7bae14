import type { ImportOutcome } from '../domain/merge.js';

/** Where a value starts, for people: a file, or an address, and the line. */
export interface Place {
  file: string;
  line: number;
}

/** Whom an import tells what became of each value, as it goes. */
export interface ImportReporter {
  /** A record, or a page of a part of one, was stored. */
  count(outcome: ImportOutcome): void;
  /** A value could not be imported; the others are. */
  reject(place: Place, reason: string): void;
}
