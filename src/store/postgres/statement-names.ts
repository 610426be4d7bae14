import { LRUCache } from 'lru-cache';

/**
 * What a server keeps of a statement is many times as long as its text, and it does so for each connection: 100 KB of a
 * text of 4 KB. Texts beyond all of these are parsed each time.
 */
const NAMED = { statements: 300, characters: 256_000, charactersEach: 4_096 };
/** Texts remembered that came once. */
const ONCE = { statements: 3_000, characters: 1_000_000 };

const sizeCalculation = (_value: unknown, text: string) => text.length;

/**
 * The names under which a server prepares statements, the same at all connections of a pool. A text is given one when it
 * comes for the second time: after the first it may never come again. Those used longest ago lose theirs. No name is given
 * twice, so that none ever stands for another text.
 */
export class StatementNames {
  private readonly once = new LRUCache<string, true>({
    max: ONCE.statements,
    maxSize: ONCE.characters,
    sizeCalculation,
  });
  private readonly names = new LRUCache<string, string>({
    max: NAMED.statements,
    maxSize: NAMED.characters,
    sizeCalculation,
    dispose: (name) => this.inUse.delete(name),
  });
  private readonly inUse = new Set<string>();
  private count = 0;

  /** How many names have been given. */
  get given(): number {
    return this.count;
  }

  /** Undefined for a text that is to be sent without a name. */
  of(text: string): string | undefined {
    if (text.length > NAMED.charactersEach) return undefined;
    const known = this.names.get(text);
    if (known !== undefined) return known;
    if (!this.once.delete(text)) {
      this.once.set(text, true);
      return undefined;
    }
    const name = `s${this.count++}`;
    this.inUse.add(name);
    this.names.set(text, name);
    return name;
  }

  /** Whether a name that was given stands for its text no more. */
  isGone(name: string): boolean {
    return !this.inUse.has(name);
  }
}
