import { type ByteText, fromByteText } from '../../platform/byte-text.js';
import { parseJson } from '../../platform/json.js';
import type { JsonMembers } from '../../domain/json-source.js';
import { Member, NOWHERE, type ObjectLayout, type ValueLayout } from './json-layout.js';
import { isPlainDecimal } from './json-forms.js';
import { NotCompiled } from './not-compiled.js';

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;
const LETTER_N = 0x6e;
/** Turns `[` and `]` into `{` and `}`. */
const AS_BRACE = 0x20;

/**
 * Bytes after the text. They let four bytes be read at each place of it, and end a value that does not end by itself.
 */
const AFTER = 16;
/** Larger buffers are allocated again each time. */
export const KEPT_BYTES = 1 << 20;

/**
 * A value is three numbers: its begin and its end (0: it is null or missing), and its inside. The inside of an object
 * is the place of its members, of a list the first item (0: none), of a string 1 if it has escapes.
 */
export const VALUE = 3;
const END = 1;
const INSIDE = 2;
/** An item is a value, followed by the next item. */
const NEXT = 3;
const ITEM = 4;

/** The place of unneeded values. As a number, 0 also stands for nothing. */
const PASSED = 0;
/** The value of the whole text. */
export const ROOT = VALUE;

const NOTHING: JsonMembers = {};

/**
 * JSON text as `stringifyJson` writes it (without white space), parsed in one pass: the begin and the end of each
 * needed value. Throws a NotCompiled at anything else.
 */
export class StoredJson {
  bytes = Buffer.alloc(32_768);
  view = new DataView(this.bytes.buffer);
  private values = new Int32Array(4_096);
  private used = 0;
  private length = 0;
  /** The members that the enclosing object hands down to the current one. */
  handedDown: JsonMembers = NOTHING;

  /** The last computed value: several fields may use parts of it. */
  private computed = { by: null as object | null, members: 0, value: null as unknown };

  /** Reads another text, or the bytes of one. */
  read(text: ByteText | Buffer, layout: ValueLayout): void {
    const { length } = text;
    if (length + AFTER > this.bytes.length || this.bytes.length > KEPT_BYTES) {
      this.bytes = Buffer.alloc(Math.max(2 * length, 32_768) + AFTER);
      this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    }
    if (this.values.length > KEPT_BYTES) this.values = new Int32Array(4_096);
    if (typeof text === 'string') this.bytes.write(text, 0, 'latin1');
    else text.copy(this.bytes);
    this.bytes.fill(QUOTE, length, length + AFTER);
    this.bytes[length] = COMMA;
    this.length = length;
    this.used = ROOT;
    this.computed.by = null;
    this.handedDown = NOTHING;
    if (this.value(layout, this.room(VALUE), 0) !== length) throw unexpected();
  }

  isNull(value: number): boolean {
    return this.values[value + END] === 0;
  }

  start(value: number): number {
    return this.values[value] as number;
  }

  end(value: number): number {
    return this.values[value + END] as number;
  }

  isText(value: number): boolean {
    return !this.isNull(value) && this.bytes[this.start(value)] === QUOTE;
  }

  /** Whether the value is text without escapes. */
  isPlainText(value: number): boolean {
    return this.isText(value) && this.values[value + INSIDE] === 0;
  }

  isList(value: number): boolean {
    return !this.isNull(value) && this.bytes[this.start(value)] === OPEN_LIST;
  }

  /** The place of an object's members, in the order of its layout; 0 if the value is no object. */
  membersOf(value: number): number {
    if (this.isNull(value) || this.bytes[this.start(value)] !== OPEN_OBJECT) return 0;
    return this.values[value + INSIDE] as number;
  }

  /** The first item of a list; 0 if it has none. */
  firstOf(list: number): number {
    return this.values[list + INSIDE] as number;
  }

  nextOf(item: number): number {
    return this.values[item + NEXT] as number;
  }

  text(value: number): ByteText {
    return this.bytes.toString('latin1', this.start(value), this.end(value));
  }

  /** The value, parsed to JavaScript. */
  parsed(value: number): unknown {
    if (this.isNull(value)) return null;
    const text = fromByteText(this.text(value));
    if (this.isPlainText(value)) return text.slice(1, -1);
    return isPlainDecimal(this.bytes, this.start(value), this.end(value)) ? Number(text) : parseJson(text);
  }

  /** The result of a function of an object's members, computed once for successive fields. */
  computedOnce(by: object, members: number, compute: () => unknown): unknown {
    const { computed } = this;
    if (computed.by !== by || computed.members !== members) Object.assign(computed, { by, members, value: compute() });
    return computed.value;
  }

  /**
   * Makes an object of `size` places whose only member is this value, at `place`; without it if `place` is negative.
   */
  asMember(value: number, place: number, size: number): number {
    const members = this.room(size * VALUE);
    const object = this.room(VALUE);
    for (let at = 0; at < VALUE; at++) {
      const number = this.values[value + at] as number;
      this.values[object + at] = number;
      if (place !== NOWHERE) this.values[members + place * VALUE + at] = number;
    }
    this.values[object + INSIDE] = members;
    return object;
  }

  /** Reserves so many numbers, all of them 0. */
  private room(size: number): number {
    const begin = this.used;
    this.used += size;
    if (this.used > this.values.length) {
      const more = new Int32Array(2 * this.used);
      more.set(this.values);
      this.values = more;
    }
    for (let at = begin; at < this.used; at++) this.values[at] = 0;
    return begin;
  }

  /** Parses the value at a position, and gives the position after it. */
  private value(layout: ValueLayout, value: number, position: number): number {
    const code = this.bytes[position] as number;
    let end: number;
    if (code === QUOTE) {
      end = this.endOfText(position);
      this.values[value + INSIDE] = end < 0 ? 1 : 0;
      if (end < 0) end = -end;
    } else if (code === OPEN_OBJECT && layout.members !== null) {
      end = this.object(layout.members, value, position);
    } else if (code === OPEN_LIST && layout.items !== null) {
      end = this.list(layout.items, value, position);
    } else if (code === LETTER_N) {
      this.values[value + END] = 0;
      return position + 4;
    } else {
      end = this.skip(position);
      this.values[value + INSIDE] = 0;
    }
    this.values[value] = position;
    this.values[value + END] = end;
    return end;
  }

  private object(layout: ObjectLayout, object: number, start: number): number {
    const { bytes } = this;
    const members = this.room(layout.size * VALUE);
    this.values[object + INSIDE] = members;
    let position = start + 1;
    if (bytes[position] === CLOSE_OBJECT) return position + 1;
    let member = layout.first;
    if (!this.stands(member, position)) {
      member = this.find(layout, position);
      if (member.isKept) layout.first = member;
    }
    for (;;) {
      position += member.length;
      const value = member.place === NOWHERE ? PASSED : members + member.place * VALUE;
      position = this.value(member.value, value, position);
      const code = bytes[position++];
      if (code !== COMMA) {
        if (code === CLOSE_OBJECT) return position;
        throw unexpected();
      }
      const { next } = member;
      if (this.stands(next, position)) {
        member = next;
        continue;
      }
      const found = this.find(layout, position);
      if (found.isKept) member.next = found;
      member = found;
    }
  }

  private list(layout: ValueLayout, list: number, start: number): number {
    const { bytes } = this;
    this.values[list + INSIDE] = 0;
    let position = start + 1;
    if (bytes[position] === CLOSE_LIST) return position + 1;
    let before = list + INSIDE;
    for (;;) {
      const item = list === PASSED ? PASSED : this.room(ITEM);
      this.values[before] = item;
      before = item === PASSED ? INSIDE : item + NEXT;
      position = this.value(layout, item, position);
      const code = bytes[position++];
      if (code === CLOSE_LIST) return position;
      if (code !== COMMA) throw unexpected();
    }
  }

  /** Whether the name of a member stands at a position. */
  private stands({ words, length }: Member, position: number): boolean {
    const { view } = this;
    const last = words.length - 1;
    let at = position;
    for (let index = 0; index < last; index++, at += 4) if (view.getInt32(at, true) !== words[index]) return false;
    return view.getInt32(position + length - 4, true) === words[last];
  }

  private find(layout: ObjectLayout, position: number): Member {
    if (this.bytes[position] !== QUOTE) throw unexpected();
    const end = this.endOfText(position);
    const behind = Math.abs(end);
    if (this.bytes[behind] !== COLON) throw unexpected();
    const name = this.bytes.toString('latin1', position + 1, behind - 1);
    if (end > 0) return layout.find(name);
    // An escaped name is the same name, in a longer form.
    const { place, value } = layout.find(JSON.parse(`"${name}"`) as string);
    return new Member(name, place, value, false);
  }

  /** The position after the value at a position. */
  private skip(position: number): number {
    const { bytes } = this;
    const code = bytes[position] as number;
    if (code === QUOTE) return Math.abs(this.endOfText(position));
    if (code === OPEN_OBJECT || code === OPEN_LIST) return this.skipNested(position);
    // White space may precede a string, which may contain the end of a value. A value that ends at once is none.
    if (code <= SPACE || isEnd(code)) throw unexpected();
    let end = position;
    for (let one = code; one !== COMMA && one !== CLOSE_OBJECT && one !== CLOSE_LIST;) one = bytes[++end] as number;
    return end;
  }

  private skipNested(start: number): number {
    const { bytes } = this;
    let depth = 0;
    let position = start;
    do {
      const code = bytes[position++] as number;
      if (code === QUOTE) position = Math.abs(this.endOfText(position - 1));
      else if ((code | AS_BRACE) === OPEN_OBJECT) depth++;
      else if ((code | AS_BRACE) === CLOSE_OBJECT) depth--;
    } while (depth > 0);
    return position;
  }

  /** The position after the string at a position; negative if the string has escapes. */
  private endOfText(start: number): number {
    const { view } = this;
    let escapes = 0;
    for (let position = start + 1; ; position += 4) {
      const word = view.getInt32(position, true);
      const quote = whereIs(QUOTES, word);
      const escape = whereIs(BACKSLASHES, word);
      if (quote === 0) {
        escapes |= escape;
        continue;
      }
      const before = (quote & -quote) - 1;
      const end = position + (bitsOf(before) >> 3);
      if ((escapes | (escape & before)) === 0) return this.within(end + 1);
      return -this.within(this.endOfEscaped(start));
    }
  }

  private endOfEscaped(start: number): number {
    const { bytes } = this;
    let position = start + 1;
    while (bytes[position] !== QUOTE) position += bytes[position] === BACKSLASH ? 2 : 1;
    return position + 1;
  }

  private within(position: number): number {
    if (position > this.length) throw unexpected();
    return position;
  }
}

/** The same character in each of four bytes. */
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/**
 * The highest bit of the first of four bytes that equals this character; higher bits may be set, too. 0 if none does.
 */
function whereIs(character: number, word: number): number {
  const other = word ^ character;
  return (other - 0x01010101) & ~other & 0x80808080;
}

/** The number of bits in a number. */
function bitsOf(number: number): number {
  return 32 - Math.clz32(number);
}

function isEnd(code: number): boolean {
  return code === COMMA || code === CLOSE_OBJECT || code === CLOSE_LIST;
}

function unexpected(): NotCompiled {
  return new NotCompiled('stored JSON in another form');
}
