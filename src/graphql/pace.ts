import { RECORDS_A_TURN } from '../domain/limits.js';
import type { GraphQLContext } from './context.js';

interface Waiting {
  records: number;
  admit: () => void;
}

/**
 * Spreads the lists of one request over turns of the event loop: graphql-js completes everything below a list as soon as
 * it has it, and thousands of them together would hold everybody else up for seconds.
 */
export class Pace {
  private static readonly ofRequests = new WeakMap<GraphQLContext, Pace>();

  /** The pace of a request, made for who asks: most requests are compiled, and never do. */
  static of(request: GraphQLContext): Pace {
    const known = Pace.ofRequests.get(request);
    if (known) return known;
    const pace = new Pace();
    Pace.ofRequests.set(request, pace);
    return pace;
  }

  private left = RECORDS_A_TURN;
  private readonly waiting: Waiting[] = [];

  /** Resolves when a list of so many records may be read or completed; lists come in the order in which they ask. */
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
