import { LRUCache } from 'lru-cache';

/** The size limits of a cache: number of texts, characters in all, and characters of one text. */
export interface Bounds {
  statements: number;
  characters: number;
  charactersOfOne: number;
}

/**
 * A cache by the text of a statement: of its prepared statement, or of that one's name. A text is kept when it comes
 * for the second time. Many texts come only once, and would drive out the others. The least recently used goes first.
 */
export class StatementCache<Handle extends object | string> {
  private readonly once: LRUCache<string, true>;
  private readonly kept: LRUCache<string, Handle>;

  /** `once`: the limits of remembered texts that have come once. `dispose` gets each handle that is dropped. */
  constructor(
    private readonly make: (text: string) => Handle,
    { kept, once = kept }: { kept: Bounds; once?: Bounds },
    dispose?: (handle: Handle) => void,
  ) {
    this.once = new LRUCache(options(once));
    this.kept = new LRUCache({ ...options(kept), ...(dispose && { dispose }) });
  }

  /** Undefined for a text that is to be run without being cached. */
  get(text: string): Handle | undefined {
    const handle = this.kept.get(text);
    if (handle !== undefined) return handle;
    // A text too long for the cache is not remembered either.
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
