import type { ImportOutcome } from '../domain/merge.js';

/** The counts of one pass or several. */
export class Summary {
  listed = 0;
  fetched = 0;
  gone = 0;
  failed = 0;
  readonly outcomes: Record<ImportOutcome, number> = { created: 0, updated: 0, unchanged: 0 };

  /** `onFailed` gets each record that failed permanently, and the reason. */
  constructor(private readonly onFailed: (id: string, reason: string) => void) {}

  fail(id: string, reason: string): void {
    this.failed += 1;
    this.onFailed(id, reason);
  }

  /** The counts, for the log and the terminal. */
  facts(): { [name: string]: number } {
    const { listed, fetched, gone, failed } = this;
    return { listed, fetched, ...this.outcomes, gone, failed };
  }
}
