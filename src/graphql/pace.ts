import { RECORDS_A_TURN } from '../domain/limits.js';

interface Waiting {
  records: number;
  admit: () => void;
}

/**
 * Spreads the lists of all requests over turns of the event loop. graphql-js completes everything below a list at once;
 * thousands of lists together would hold all other work up for seconds.
 */
export class Pace {
  /** One for all requests: several at once take no longer a turn than one. */
  static readonly shared = new Pace();

  private left = RECORDS_A_TURN;
  private readonly waiting: Waiting[] = [];

  /** Resolves when a list of so many records may be read or completed, in the order of the calls. */
  async admit(records: number): Promise<void> {
    if (this.left > 0) {
      this.left -= records;
      return;
    }
    await new Promise<void>((admit) => {
      if (this.waiting.push({ records, admit }) === 1) setImmediate(() => this.turn());
    });
  }

  private turn(): void {
    this.left = RECORDS_A_TURN;
    let admitted = 0;
    for (const { records, admit } of this.waiting) {
      if (this.left <= 0) break;
      this.left -= records;
      admitted += 1;
      admit();
    }
    this.waiting.splice(0, admitted);
    if (this.waiting.length > 0) setImmediate(() => this.turn());
  }
}
