import { StatementCache } from '../engine/statement-cache.js';

/**
 * A server keeps many times the text of a prepared statement, for each connection: 100 KB for a text of 4 KB. Texts
 * beyond these limits are parsed each time.
 */
const NAMED = { statements: 300, characters: 256_000, charactersOfOne: 4_096 };
/** The limits of remembered texts that have come once. */
const ONCE = { statements: 3_000, characters: 1_000_000, charactersOfOne: 4_096 };

/**
 * The names under which a server prepares statements, the same at all connections of a pool. No name is given twice, so
 * that a name never stands for another text.
 */
export class StatementNames {
  private readonly inUse = new Set<string>();
  private readonly names = new StatementCache(
    () => this.give(),
    { kept: NAMED, once: ONCE },
    (name) => this.inUse.delete(name),
  );
  private count = 0;

  /** How many names have been given. */
  get given(): number {
    return this.count;
  }

  /** Undefined for a text that is to be sent without a name. */
  of(text: string): string | undefined {
    return this.names.get(text);
  }

  /** Whether the name is one of these and was dropped. */
  isGone(name: string): boolean {
    return !this.inUse.has(name);
  }

  private give(): string {
    const name = `s${this.count++}`;
    this.inUse.add(name);
    return name;
  }
}
