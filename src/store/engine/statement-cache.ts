import { LRUCache } from 'lru-cache';

/** How much a cache keeps at most: so many texts, so many characters in all and of one. */
export interface Bounds {
  statements: number;
  characters: number;
  charactersOfOne: number;
}

/**
 * What a database makes of the text of a statement (a prepared statement, or the name of one), by the text. It is kept once
 * the text comes for the second time: after the first it may never come again, and many such texts would drive out those
 * that do. What was used longest ago goes first.
 */
export class StatementCache<Handle extends object | string> {
  private readonly once: LRUCache<string, true>;
  private readonly kept: LRUCache<string, Handle>;

  /** `once`: bounds of the texts that are remembered of those that came once; `dispose` gets what is kept no more. */
  constructor(
    private readonly make: (text: string) => Handle,
    { kept, once = kept }: { kept: Bounds; once?: Bounds },
    dispose?: (handle: Handle) => void,
  ) {
    this.once = new LRUCache(options(once));
    this.kept = new LRUCache({ ...options(kept), ...(dispose && { dispose }) });
  }

  /** Undefined for a text that is to be run without anything kept. */
  get(text: string): Handle | undefined {
    const handle = this.kept.get(text);
    if (handle !== undefined) return handle;
    // A text that is too long to be kept is remembered by neither.
    if (text.length > (this.kept.maxEntrySize || Infinity)) return undefined;
    if (!this.once.delete(text)) {
      this.once.set(text, true);
      return undefined;
    }
    const made = this.make(text);
    this.kept.set(text, made);
    return made;
  }
}

const options = <Value>({ statements, characters, charactersOfOne }: Bounds) => ({
  max: statements,
  maxSize: characters,
  maxEntrySize: charactersOfOne,
  sizeCalculation: (_value: Value, text: string) => text.length,
});
