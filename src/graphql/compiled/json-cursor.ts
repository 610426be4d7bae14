import { type ByteText, fromByteText, toByteText } from '../../platform/byte-text.js';
import type { JsonMembers } from '../../domain/json-source.js';
import { NotCompiled } from './not-compiled.js';

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const LETTER_N = 0x6e;

/**
 * Walks over JSON text as `stringifyJson` writes it (no white space), in which strings can be taken as they stand.
 * Throws NotCompiled at anything else.
 */
export class JsonCursor {
  private position = 0;
  /** What the object around the one at hand hands down to it. */
  handedDown: JsonMembers = {};

  constructor(private readonly text: ByteText) {}

  /** Whether the text begins with a list at this place; it is entered. */
  enterList(): boolean {
    return this.enter(OPEN_LIST);
  }

  /** Whether an object begins at this place; it is entered. */
  enterObject(): boolean {
    return this.enter(OPEN_OBJECT);
  }

  /** Whether the list entered has another item, at whose beginning the walk then stands. */
  nextItem(): boolean {
    return this.next(CLOSE_LIST);
  }

  /** The next key of the object entered, at whose value the walk then stands; null after the last one. */
  nextKey(): string | null {
    if (!this.next(CLOSE_OBJECT)) return null;
    const start = this.position + 1;
    const end = this.endOfString();
    const key = this.text.slice(start, end);
    this.position = end + 1;
    if (this.text.charCodeAt(this.position) !== COLON) throw this.unexpected();
    this.position++;
    // A name that is escaped is the same name.
    return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
  }

  /** The string at this place with its quotes, as JSON.stringify writes it, or `null`; nothing else is taken. */
  stringOrNull(): string {
    const start = this.position;
    if (this.isNull()) {
      this.position += 'null'.length;
      return 'null';
    }
    const end = this.endOfString() + 1;
    this.position = end;
    const written = this.text.slice(start, end);
    return written.includes('\\') ? rewrite(written) : written;
  }

  /** Whether `null` stands at this place. */
  isNull(): boolean {
    return this.text.charCodeAt(this.position) === LETTER_N;
  }

  /** Where the cursor stands. */
  get place(): number {
    return this.position;
  }

  /** Reads at a place, and comes back to this one. */
  readAt<Value>(place: number, read: (json: JsonCursor) => Value): Value {
    const { position } = this;
    this.position = place;
    const value = read(this);
    this.position = position;
    return value;
  }

  /** Passes over the value at this place, and gives its text. */
  takeValue(): ByteText {
    const start = this.position;
    this.skip();
    return this.text.slice(start, this.position);
  }

  /** Passes over the value at this place. */
  skip(): void {
    const code = this.text.charCodeAt(this.position);
    if (code === QUOTE) this.position = this.endOfString() + 1;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) this.skipNested();
    // Behind white space a string may stand, and in it what ends a value.
    else if (code <= SPACE) throw this.unexpected();
    else while (!isEnd(this.text.charCodeAt(this.position))) this.position++;
  }

  private skipNested(): void {
    let depth = 0;
    do {
      const code = this.text.charCodeAt(this.position);
      if (code === QUOTE) this.position = this.endOfString();
      else if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
      else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
      else if (Number.isNaN(code)) throw this.unexpected();
      this.position++;
    } while (depth > 0);
  }

  private enter(open: number): boolean {
    if (this.text.charCodeAt(this.position) !== open) return false;
    this.position++;
    return true;
  }

  /** Whether there is another member before the closing character; both that and a comma are passed. */
  private next(close: number): boolean {
    const code = this.text.charCodeAt(this.position);
    if (code === close) {
      this.position++;
      return false;
    }
    if (code === COMMA) this.position++;
    return true;
  }

  /** The place of the quote that ends the string at this place. */
  private endOfString(): number {
    if (this.text.charCodeAt(this.position) !== QUOTE) throw this.unexpected();
    let end = this.text.indexOf('"', this.position + 1);
    while (end > 0 && this.text.charCodeAt(end - 1) === BACKSLASH && this.isEscaped(end))
      end = this.text.indexOf('"', end + 1);
    if (end < 0) throw this.unexpected();
    return end;
  }

  private isEscaped(place: number): boolean {
    let backslashes = 0;
    while (this.text.charCodeAt(place - 1 - backslashes) === BACKSLASH) backslashes++;
    return backslashes % 2 === 1;
  }

  private unexpected(): NotCompiled {
    return new NotCompiled('stored JSON in another form');
  }
}

/** Escapes that JSON.stringify writes itself. */
const USUAL_ESCAPES = /^[^\\]*(?:\\["\\bfnrt][^\\]*)+$/;

/** What is escaped may be escaped in another way than JSON.stringify does. */
function rewrite(written: ByteText): ByteText {
  return USUAL_ESCAPES.test(written) ? written : toByteText(JSON.stringify(JSON.parse(fromByteText(written))));
}

function isEnd(code: number): boolean {
  return code === COMMA || code === CLOSE_OBJECT || code === CLOSE_LIST || Number.isNaN(code);
}
