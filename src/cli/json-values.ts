import { isUtf8 } from 'node:buffer';

/** The text of one JSON value, not parsed, and the line (from 1) of the stream on which it starts. */
export interface JsonValue {
  text: string;
  line: number;
}

/** What is wrong with the value that starts on this line; to be read after "line 7: ". */
export interface JsonValueError {
  error: string;
  line: number;
}

type Item = JsonValue | JsonValueError;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;
/** What a byte means to a scan through brackets and strings: one look-up for each byte, of which most are ordinary. */
const ORDINARY = 0;
const MEANING = new Uint8Array(256).fill(ORDINARY);
for (const byte of [NEWLINE, QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE]) MEANING[byte] = byte;
MEANING[OPEN_BRACKET] = OPEN_BRACE;
MEANING[CLOSE_BRACKET] = CLOSE_BRACE;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const TRUNCATED = 'ends in the middle of a value';
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Splits NDJSON, JSON documents one after the other, or one array into the texts of its values, of which it holds one
 * in memory at a time. A stream that starts with `[` is an array and its elements are the values; one whose first line
 * opens a document and does not close it, or closes it before the line's end, is documents; all else is NDJSON, one
 * value on each line. Values are not checked beyond that: a broken one is yielded for the caller to parse and report.
 * A value of more than `maxBytes` (64 MiB), malformed UTF-8 and a cut-off end become error items; the rest follows.
 */
export async function* splitJsonValues(
  chunks: AsyncIterable<Buffer | Uint8Array>,
  options: { maxBytes?: number } = {},
): AsyncGenerator<Item> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const head = new Head(maxBytes);
  let splitter: Splitter | undefined;
  for await (const bytes of chunks) {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (splitter) {
      for (const item of splitter.push(chunk)) yield item;
    } else {
      splitter = head.push(chunk);
      if (splitter) for (const item of splitter.push(head.take())) yield item;
    }
  }
  if (!splitter) {
    splitter = head.end();
    for (const item of splitter.push(head.take())) yield item;
  }
  for (const item of splitter.end()) yield item;
}

interface Splitter {
  push(chunk: Buffer): Iterable<Item>;
  end(): Iterable<Item>;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

function skipBlanks(bytes: Buffer, from: number): number {
  let index = from;
  while (index < bytes.length && isBlank(bytes[index])) index++;
  return index;
}

/** What a line looks like from its brackets and strings; `cut` ends in a string, which no line of a document does. */
function shapeOf(line: Buffer): 'open' | 'cut' | 'whole' | 'more' | 'other' {
  const start = skipBlanks(line, 0);
  if (line[start] !== OPEN_BRACE && line[start] !== OPEN_BRACKET) return 'other';
  const scan: Scan = { depth: 1, inString: false, isEscaped: false, line: 1 };
  const end = scanInside(scan, line, start + 1, 0);
  if (scan.inString) return 'cut';
  if (scan.depth > 0) return 'open';
  return skipBlanks(line, end) === line.length ? 'whole' : 'more';
}

/** Collects the stream's first line, which tells how to split it, without the blanks before it. */
class Head {
  private pieces: Buffer[] = [];
  private size = 0;
  private offset = 0;
  private line = 1;

  constructor(private readonly maxBytes: number) {}

  /** The splitter, as soon as it is known: it wants all of the head's bytes. */
  push(chunk: Buffer): Splitter | undefined {
    const start = this.size > 0 ? 0 : this.skipStart(chunk);
    if (start === chunk.length) return undefined;
    const isStart = this.size === 0;
    const newline = chunk.indexOf(NEWLINE, start);
    const endOfLine = this.size + newline - start;
    this.pieces.push(Buffer.from(chunk.subarray(start)));
    this.size += chunk.length - start;
    if (isStart && chunk[start] === OPEN_BRACKET) return new BracketSplitter(this.maxBytes, this.line, 1);
    if (newline >= 0) return this.splitterFor(endOfLine);
    return this.size > this.maxBytes ? new LineSplitter(this.maxBytes, this.line) : undefined;
  }

  /** The splitter for a stream that ended on its first line. */
  end(): Splitter {
    return this.splitterFor(this.size);
  }

  take(): Buffer {
    return Buffer.concat(this.pieces);
  }

  /** The index of the first byte that is neither blank nor of a byte order mark. */
  private skipStart(chunk: Buffer): number {
    let index = 0;
    for (; index < chunk.length; index++, this.offset++) {
      if (chunk[index] === NEWLINE) this.line++;
      else if (!isBlank(chunk[index]) && chunk[index] !== BYTE_ORDER_MARK[this.offset]) break;
    }
    return index;
  }

  private splitterFor(endOfLine: number): Splitter {
    const shape = endOfLine > this.maxBytes ? 'other' : shapeOf(this.take().subarray(0, endOfLine));
    const isDocument = shape === 'open' || shape === 'more';
    return isDocument ? new BracketSplitter(this.maxBytes, this.line, 0) : new LineSplitter(this.maxBytes, this.line);
  }
}

/** The bytes of the value that is being read, as far as they came with earlier chunks. */
class Pending {
  private pieces: Buffer[] = [];
  private size = 0;

  constructor(private readonly maxBytes: number) {}

  /** Copies, so that neither a whole chunk is kept for its last bytes nor a producer's reuse of it does harm. */
  add(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size <= this.maxBytes) this.pieces.push(Buffer.from(bytes));
    else this.pieces = [];
  }

  /** The value that ends with these bytes. */
  take(bytes: Buffer): Buffer | 'too large' {
    const size = this.size + bytes.length;
    const pieces = this.pieces;
    this.size = 0;
    if (pieces.length > 0) this.pieces = [];
    if (size > this.maxBytes) return 'too large';
    return pieces.length > 0 ? Buffer.concat([...pieces, bytes]) : bytes;
  }

  toItem(bytes: Buffer | 'too large', line: number): Item {
    if (bytes === 'too large') {
      return { error: `is a value of more than ${this.maxBytes} bytes; use NDJSON, one record on each line`, line };
    }
    return isUtf8(bytes) ? { text: bytes.toString('utf8'), line } : { error: 'is not valid UTF-8', line };
  }
}

/** NDJSON: looks for line ends only, so that a broken line spoils none of those that follow. */
class LineSplitter implements Splitter {
  private readonly pending: Pending;

  constructor(
    maxBytes: number,
    private line: number,
  ) {
    this.pending = new Pending(maxBytes);
  }

  *push(chunk: Buffer): Generator<Item> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const bytes = this.pending.take(chunk.subarray(start, end));
      const item = this.itemOf(bytes);
      if (item) yield item;
      this.line++;
      start = end + 1;
    }
    if (start < chunk.length) this.pending.add(chunk.subarray(start));
  }

  *end(): Generator<Item> {
    const bytes = this.pending.take(Buffer.alloc(0));
    const shape = bytes === 'too large' ? 'other' : shapeOf(bytes);
    const item = shape === 'cut' || shape === 'open' ? { error: TRUNCATED, line: this.line } : this.itemOf(bytes);
    if (item) yield item;
  }

  private itemOf(bytes: Buffer | 'too large'): Item | undefined {
    if (bytes === 'too large') return this.pending.toItem(bytes, this.line);
    if (skipBlanks(bytes, 0) === bytes.length) return undefined;
    const end = bytes[bytes.length - 1] === 0x0d ? bytes.length - 1 : bytes.length;
    return this.pending.toItem(bytes.subarray(0, end), this.line);
  }
}

/** Where a scan through brackets and strings stands; `line` counts the line ends it passed. */
interface Scan {
  depth: number;
  inString: boolean;
  isEscaped: boolean;
  line: number;
}

/** Scans on until all brackets beyond `base` and the string, if in one, are closed; returns the index after that. */
function scanInside(scan: Scan, bytes: Buffer, from: number, base: number): number {
  let { depth, inString, isEscaped, line } = scan;
  let index = from;
  for (; index < bytes.length && (depth > base || inString); index++) {
    const meaning = MEANING[bytes[index] as number];
    if (meaning === ORDINARY) {
      isEscaped = false;
    } else if (meaning === NEWLINE) {
      line++;
      // JSON has no line ends in strings. To end a broken one here keeps it from turning all that follows inside out.
      inString = isEscaped = false;
    } else if (isEscaped) isEscaped = false;
    else if (meaning === QUOTE) inString = !inString;
    else if (inString) isEscaped = meaning === BACKSLASH;
    else if (meaning === OPEN_BRACE) depth++;
    else if (meaning === CLOSE_BRACE) depth--;
  }
  Object.assign(scan, { depth, inString, isEscaped, line });
  return index;
}

/** Documents or an array's elements: values that are told apart by brackets, not by lines. */
class BracketSplitter implements Splitter {
  private readonly scan: Scan;
  private readonly pending: Pending;
  private isOpen = false;
  private start = 0;
  private startLine = 1;
  private isAfterComma = false;
  private isDone = false;

  /** `base` is the depth on which the values stand: 0 for documents, 1 for an array's elements. */
  constructor(
    maxBytes: number,
    line: number,
    private readonly base: 0 | 1,
  ) {
    this.scan = { depth: 0, inString: false, isEscaped: false, line };
    this.pending = new Pending(maxBytes);
  }

  *push(chunk: Buffer): Generator<Item> {
    this.start = 0;
    for (let index = 0; index < chunk.length;) {
      let item: Item | undefined;
      if (this.isInside()) {
        index = scanInside(this.scan, chunk, index, this.base);
        if (this.base === 0 && !this.isInside()) item = this.finish(chunk, index);
      } else {
        item = this.base === 0 ? this.betweenDocuments(chunk, index) : this.betweenElements(chunk, index);
        if (chunk[index++] === NEWLINE) this.scan.line++;
      }
      if (item) yield item;
    }
    if (this.isOpen) this.pending.add(chunk.subarray(this.start));
  }

  *end(): Generator<Item> {
    if (this.isInside()) yield { error: TRUNCATED, line: this.startLine };
    else if (this.isOpen) yield this.finish(Buffer.alloc(0), 0);
    if (this.base === 1 && this.scan.depth === 1 && !this.scan.inString) {
      yield { error: 'ends before the ] that closes the array', line: this.scan.line };
    }
  }

  private isInside(): boolean {
    return this.scan.depth > this.base || this.scan.inString;
  }

  private betweenDocuments(chunk: Buffer, index: number): Item | undefined {
    const byte = chunk[index];
    const isBoundary = isBlank(byte) || byte === QUOTE || byte === OPEN_BRACE || byte === OPEN_BRACKET;
    const item = this.isOpen && isBoundary ? this.finish(chunk, index) : undefined;
    if (!isBlank(byte)) this.extend(byte, index);
    return item;
  }

  private betweenElements(chunk: Buffer, index: number): Item | undefined {
    const byte = chunk[index];
    if (this.isDone || isBlank(byte)) return undefined;
    if (this.scan.depth === 0) return this.betweenArrays(byte);
    if (byte !== COMMA && byte !== CLOSE_BRACKET) {
      this.extend(byte, index);
      return undefined;
    }
    const isMissing = !this.isOpen && (byte === COMMA || this.isAfterComma);
    const item = this.isOpen ? this.finish(chunk, index) : undefined;
    this.isAfterComma = byte === COMMA;
    if (byte === CLOSE_BRACKET) this.scan.depth = 0;
    return isMissing ? { error: 'has a comma with no value beside it', line: this.scan.line } : item;
  }

  private betweenArrays(byte: number | undefined): Item | undefined {
    if (byte === OPEN_BRACKET) {
      this.scan.depth = 1;
      return undefined;
    }
    this.isDone = true;
    return { error: 'has text after the end of the array', line: this.scan.line };
  }

  /** Takes the byte into the value, a new one if none is open. */
  private extend(byte: number | undefined, index: number): void {
    if (!this.isOpen) {
      this.isOpen = true;
      this.start = index;
      this.startLine = this.scan.line;
    }
    if (byte === QUOTE) this.scan.inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.scan.depth++;
  }

  private finish(chunk: Buffer, end: number): Item {
    this.isOpen = false;
    const item = this.pending.toItem(this.pending.take(chunk.subarray(this.start, end)), this.startLine);
    return 'text' in item ? { text: item.text.trimEnd(), line: item.line } : item;
  }
}
