import { LRUCache } from 'lru-cache';
import { type ByteText, ownByteText } from '../../platform/byte-text.js';
import type { IsKnown } from '../../store/engine/raw-rows.js';

/** Bytes of all cached texts: some ten thousand records. */
const KEPT_BYTES = 32_000_000;
const KEPT_RECORDS = 32_768;
/** Bytes of one text; a longer one would take the place of too many others. */
const LONGEST = 20_000;
/** The size of an entry without its texts, about. */
const ENTRY_BYTES = 200;

/** JSON of a record by the writer that wrote it. Never changed, so that an answer under way may keep it. */
type Texts = ReadonlyMap<object, ByteText>;

/**
 * A cache of records' JSON as it stands in answers, by the function that wrote it. Some records, such as the newest
 * calls, are requested again and again. They are not read and written again while the database has the same revision.
 */
export class RecordJsonCache {
  /** A record requested once has an entry without texts: most are not requested again, and copies take time. */
  private readonly records = new LRUCache<string, { revision: number; texts: Texts }>({
    max: KEPT_RECORDS,
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ texts }) => [...texts.values()].reduce((bytes, text) => bytes + text.length, ENTRY_BYTES),
  });

  /** Undefined unless the record is cached in this revision. */
  get(id: string, revision: number): Texts | undefined {
    const record = this.records.get(id);
    return record?.revision === revision ? record.texts : undefined;
  }

  put(id: string, revision: number, writer: object, text: ByteText): void {
    if (text.length > LONGEST) return;
    const texts = this.get(id, revision);
    const isKept = texts !== undefined || this.records.has(id);
    this.records.set(ownByteText(id), {
      revision,
      texts: isKept ? new Map(texts).set(writer, ownByteText(text)) : new Map(),
    });
  }
}

/** The keys of writers' texts, if these differ from the writers. A writer without a key is not cached. */
export type AnswerKeys = ReadonlyMap<object, object>;

/** Caches nothing. */
export const NOT_KEPT: AnswerKeys = new Map();

/** The cache as one answer sees it: entries found while rows are read stay available until they are written. */
export class AnswerCache {
  private readonly found = new Map<string, Texts>();

  /**
   * `cache`: null if nothing may be cached. `writers`: if one of them has no text of a record, the record's columns are
   * read.
   */
  constructor(
    private readonly cache: RecordJsonCache | null,
    private readonly writers: readonly object[],
    private readonly keys: AnswerKeys | null = null,
  ) {}

  readonly has: IsKnown = (id, revision) => {
    const texts = this.cache?.get(id, revision);
    if (texts === undefined) return this.writers.length === 0;
    for (const writer of this.writers) if (!this.isKept(texts, writer)) return false;
    this.found.set(id, texts);
    return true;
  };

  private isKept(texts: Texts, writer: object): boolean {
    const key = this.keyOf(writer);
    return key !== undefined && texts.has(key);
  }

  private keyOf(writer: object): object | undefined {
    return this.keys === null ? writer : this.keys.get(writer);
  }

  get(id: string, revision: number, writer: object): ByteText | undefined {
    const key = this.keyOf(writer);
    return key && (this.found.get(id) ?? this.cache?.get(id, revision))?.get(key);
  }

  put(id: string, revision: number, writer: object, text: ByteText): void {
    const key = this.keyOf(writer);
    if (key) this.cache?.put(id, revision, key, text);
  }
}
