import { type ByteText, ownByteText } from '../../domain/byte-text.js';

/** Bytes of what is kept, and of what it was written from, in each of two generations: some thousands of records. */
const GENERATION = 16_000_000;
/** Of one that is only known to have been asked for, about. */
const ENTRY = 200;

interface Written {
  id: string;
  /** Null of a record that was asked for once: most are not asked for again, and copies take time. */
  from: ByteText | null;
  text: ByteText;
}

type Generation = WeakMap<object, Map<string, Written>>;

/**
 * Texts that were written from stored ones: what is asked for again and again, as the newest calls are, need not be
 * written anew as long as the database gives the same. What was not asked for lately is forgotten.
 */
export class WrittenTexts {
  /** Weakly: what a plan has written goes with it. */
  private young: Generation = new WeakMap();
  private old: Generation = new WeakMap();
  private bytes = 0;

  /** The texts of one writer. */
  ofOne(): OneWritersTexts {
    const owner = {};
    return {
      find: (id, from) => {
        const young = this.young.get(owner)?.get(id);
        if (young) return young.from === from ? young.text : undefined;
        const old = this.old.get(owner)?.get(id);
        if (old?.from !== from) return undefined;
        this.add(owner, old);
        return old.text;
      },
      keep: (id, from, text) => {
        const isKnown = this.young.get(owner)?.has(id) || this.old.get(owner)?.has(id);
        const written = isKnown
          ? { id: ownByteText(id), from: ownByteText(from), text: ownByteText(text) }
          : { id: ownByteText(id), from: null, text: '' };
        this.add(owner, written);
        return isKnown ? written.text : text;
      },
    };
  }

  private add(owner: object, written: Written): void {
    this.bytes += ENTRY + (written.from?.length ?? 0) + written.text.length;
    if (this.bytes > GENERATION) {
      this.old = this.young;
      this.young = new WeakMap();
      this.bytes = 0;
    }
    const texts = this.young.get(owner);
    if (texts) texts.set(written.id, written);
    else this.young.set(owner, new Map([[written.id, written]]));
  }
}

/** Of each record the last text. */
export interface OneWritersTexts {
  /** What was written of the record from the same values; undefined if that is not known. */
  find(id: string, from: ByteText): ByteText | undefined;
  /** Gives the text back. */
  keep(id: string, from: ByteText, text: ByteText): ByteText;
}
