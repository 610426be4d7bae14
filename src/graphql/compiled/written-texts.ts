import { LRUCache } from 'lru-cache';
import { type ByteText, ownByteText } from '../../domain/byte-text.js';
import type { IsKnown } from '../../store/text-rows.js';

/** Bytes of all texts kept: some ten thousand records. */
const KEPT_BYTES = 32_000_000;
const KEPT_RECORDS = 32_768;
/** Of a record beside its texts, about. */
const ENTRY_BYTES = 200;

/** What was written of a record in a revision, by writer; an answer that has got hold of it finds it unchanged. */
interface Written {
  revision: number;
  /** Empty if the record was asked for once: most are not asked for again, and copies take time. */
  texts: ReadonlyMap<RecordTexts, ByteText>;
}

/**
 * Texts that were written of records: what is asked for again and again, as the newest calls are, need not be read and
 * written anew as long as the database has the record in the same revision. What was asked for longest ago is forgotten.
 */
export class WrittenTexts {
  private readonly records = new LRUCache<string, Written>({
    max: KEPT_RECORDS,
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ texts }) => [...texts.values()].reduce((bytes, text) => bytes + text.length, ENTRY_BYTES),
  });

  ofOne(): RecordTexts {
    return new RecordTexts(this.records);
  }
}

/** The texts of one writer. */
export class RecordTexts {
  constructor(readonly records: LRUCache<string, Written>) {}

  /** What was written of the record in this revision, or is now. */
  findOrWrite(id: string, revision: number, write: () => ByteText): ByteText {
    const written = this.records.get(id);
    const texts = written?.revision === revision ? written.texts : null;
    const found = texts?.get(this);
    if (found !== undefined) return found;
    const text = write();
    const kept = written ? new Map(texts).set(this, ownByteText(text)) : new Map<RecordTexts, ByteText>();
    this.records.set(ownByteText(id), { revision, texts: kept });
    return text;
  }
}

/** What of the records of one answer is known as they are read; it stays at hand for this answer. */
export class KnownTexts {
  private readonly records = new Map<string, Written['texts']>();

  /** All of them must know a record, or it is read whole. */
  constructor(private readonly writers: readonly RecordTexts[]) {}

  readonly isKnown: IsKnown = (id, revision) => {
    const written = this.writers[0]?.records.get(id);
    if (written?.revision !== revision) return this.writers.length === 0;
    for (const writer of this.writers) if (!written.texts.has(writer)) return false;
    this.records.set(id, written.texts);
    return true;
  };

  textOf(writer: RecordTexts, id: string): ByteText | undefined {
    return this.records.get(id)?.get(writer);
  }
}
