import { isUtf8 } from 'node:buffer';
import {
  CLOSE_BRACKET,
  COMMA,
  isGap,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  Scan,
  shapeOf,
  valuesOn,
} from './json-scan.js';
import { Utf8Stream } from './unicode.js';

/** The text of one JSON value, not parsed, and the line (from 1) of the stream on which it starts. */
export interface JsonValue {
  text: string;
  line: number;
}

/** What is wrong with the value that starts on this line; the message is printed after "line 7: ". */
export interface JsonValueError {
  error: string;
  line: number;
}

type Item = JsonValue | JsonValueError;

const MALFORMED = 'is malformed text';
const TRUNCATED = 'ends in the middle of a value';
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Splits a stream of NDJSON, of JSON documents in sequence, or of arrays into the texts of its values. One value is in
 * memory at a time.
 * - A stream that starts with `[` is an array, and its elements are the values.
 * - A stream whose first line opens a document and does not close it, or closes it before the line ends, holds
 *   documents.
 * - Any other stream is NDJSON, one value per line.
 * Text after an array is split as a stream of its own. Values are not checked any further: the caller parses them and
 * reports the broken ones. There is an error item for a value of more than `maxBytes` (64 MiB), for malformed text, for
 * a cut-off end, and for a value that is still open at a place where only the next one can start. Reading continues
 * after each. Text is UTF-8 or UTF-16. Byte order marks may stand before any value.
 */
export async function* splitJsonValues(
  chunks: AsyncIterable<Buffer | Uint8Array>,
  options: { maxBytes?: number } = {},
): AsyncGenerator<Item> {
  const stream = new Stream(options.maxBytes ?? DEFAULT_MAX_BYTES);
  const source = new Utf8Stream(chunks);
  const told = (item: Item): Item =>
    'error' in item && item.error === MALFORMED ? { ...item, error: `is not valid ${source.encoding}` } : item;
  for await (const chunk of source.chunks()) {
    for (const item of stream.push(chunk)) yield told(item);
  }
  for (const item of stream.end()) yield told(item);
}

interface Splitter {
  /** Yields the values that end in the chunk. Returns the rest of the chunk if it is not for this splitter. */
  push(chunk: Buffer): Generator<Item, Rest | undefined>;
  end(): Iterable<Item>;
}

/** The bytes after the end of an array, and the line on which they start. */
interface Rest {
  bytes: Buffer;
  line: number;
}

/** Chooses the splitter of the stream, and another for what follows an array. */
class Stream {
  private head: Head;
  private splitter: Splitter | undefined;

  constructor(private readonly maxBytes: number) {
    this.head = new Head(maxBytes, 1);
  }

  *push(chunk: Buffer): Generator<Item> {
    let bytes: Buffer | undefined = chunk;
    while (bytes) {
      if (!this.splitter) {
        this.splitter = this.head.push(bytes);
        if (!this.splitter) return;
        bytes = this.head.take();
      }
      const rest: Rest | undefined = yield* this.splitter.push(bytes);
      bytes = rest?.bytes;
      if (rest) this.startAnew(rest.line);
    }
  }

  *end(): Generator<Item> {
    while (!this.splitter) {
      this.splitter = this.head.end();
      const rest = yield* this.splitter.push(this.head.take());
      if (rest) {
        this.startAnew(rest.line);
        yield* this.push(rest.bytes);
      }
    }
    yield* this.splitter.end();
  }

  private startAnew(line: number): void {
    this.head = new Head(this.maxBytes, line);
    this.splitter = undefined;
  }
}

/** Collects the stream's first line, without leading blanks. It decides how to split the stream. */
class Head {
  private pieces: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly maxBytes: number,
    private line: number,
  ) {}

  /** The splitter, as soon as it is known. It must get all bytes of the head. */
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

  /** The splitter of a stream that ended on its first line. */
  end(): Splitter {
    return this.splitterFor(this.size);
  }

  take(): Buffer {
    return Buffer.concat(this.pieces);
  }

  /** The index of the first byte that belongs neither to a blank nor to a byte order mark. */
  private skipStart(chunk: Buffer): number {
    let index = 0;
    for (; index < chunk.length && isGap(chunk[index]); index++) if (chunk[index] === NEWLINE) this.line++;
    return index;
  }

  private splitterFor(endOfLine: number): Splitter {
    const shape = endOfLine > this.maxBytes ? 'other' : shapeOf(this.take().subarray(0, endOfLine));
    const isDocument = shape === 'open' || shape === 'more';
    return isDocument ? new BracketSplitter(this.maxBytes, this.line, 0) : new LineSplitter(this.maxBytes, this.line);
  }
}

/** The bytes of the current value that came with earlier chunks. */
class Pending {
  private pieces: Buffer[] = [];
  private size = 0;

  constructor(private readonly maxBytes: number) {}

  /**
   * Copies the bytes, so that the last few do not keep a whole chunk in memory, and a producer may reuse its chunks.
   */
  add(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size <= this.maxBytes) this.pieces.push(Buffer.from(bytes));
    else this.pieces = [];
  }

  /** The whole value, of which these are the last bytes. */
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
    return isUtf8(bytes) ? { text: bytes.toString('utf8'), line } : { error: MALFORMED, line };
  }
}

/** NDJSON: looks only for line ends, so that a broken line does not spoil those after it. */
class LineSplitter implements Splitter {
  private readonly pending: Pending;

  constructor(
    maxBytes: number,
    private line: number,
  ) {
    this.pending = new Pending(maxBytes);
  }

  *push(chunk: Buffer): Generator<Item, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield* this.itemsOf(this.pending.take(chunk.subarray(start, end)));
      this.line++;
      start = end + 1;
    }
    if (start < chunk.length) this.pending.add(chunk.subarray(start));
  }

  *end(): Generator<Item> {
    const bytes = this.pending.take(Buffer.alloc(0));
    const shape = bytes === 'too large' ? 'other' : shapeOf(bytes);
    if (shape === 'cut' || shape === 'open') yield { error: TRUNCATED, line: this.line };
    else yield* this.itemsOf(bytes);
  }

  private itemsOf(bytes: Buffer | 'too large'): Item[] {
    if (bytes === 'too large') return [this.pending.toItem(bytes, this.line)];
    const end = bytes[bytes.length - 1] === 0x0d ? bytes.length - 1 : bytes.length;
    return valuesOn(bytes.subarray(0, end)).map((value) => this.pending.toItem(value, this.line));
  }
}

/** Documents, or the elements of an array: values separated by brackets, not by lines. */
class BracketSplitter implements Splitter {
  private readonly scan: Scan;
  private readonly pending: Pending;
  private isOpen = false;
  private start = 0;
  private startLine = 1;
  private isAfterComma = false;
  /** Whether the array is followed by text that does not start another value. */
  private isAfterText = false;

  /** `base` is the depth of the values: 0 for documents, 1 for elements of an array. */
  constructor(
    maxBytes: number,
    line: number,
    private readonly base: 0 | 1,
  ) {
    this.scan = new Scan(line);
    this.pending = new Pending(maxBytes);
  }

  *push(chunk: Buffer): Generator<Item, Rest | undefined> {
    this.start = 0;
    for (let index = 0; index < chunk.length;) {
      let item: Item | undefined;
      if (this.isInside()) {
        index = this.scan.inside(chunk, index, this.base);
        if (this.scan.stray !== null) item = this.startOver(this.scan.stray, index);
        else if (this.base === 0 && !this.isInside()) item = this.finish(chunk, index);
      } else if (this.isOther(chunk[index])) {
        return { bytes: chunk.subarray(index), line: this.scan.line };
      } else {
        item = this.base === 0 ? this.betweenDocuments(chunk, index) : this.betweenElements(chunk, index);
        if (chunk[index++] === NEWLINE) this.scan.line++;
      }
      if (item) yield item;
    }
    if (this.isOpen) this.pending.add(chunk.subarray(this.start));
    this.scan.leave(chunk);
    return undefined;
  }

  *end(): Generator<Item> {
    if (this.isInside()) yield this.truncated();
    else if (this.isOpen) yield this.finish(Buffer.alloc(0), 0);
    if (this.base === 1 && this.scan.depth === 1 && !this.scan.inString) {
      yield { error: 'ends before the ] that closes the array', line: this.scan.line };
    }
  }

  private isInside(): boolean {
    return this.scan.depth > this.base || this.scan.inString;
  }

  /** Whether the array has ended and something other than an array follows. */
  private isOther(byte: number | undefined): boolean {
    return this.base === 1 && this.scan.depth === 0 && byte === OPEN_BRACE;
  }

  private truncated(): Item {
    const { line } = this.scan;
    return { error: line > this.startLine ? `${TRUNCATED}, on line ${line}` : TRUNCATED, line: this.startLine };
  }

  /** Gives up the open value, in favour of the value or array whose bracket stands before the index. */
  private startOver(bracket: number, index: number): Item {
    const { scan, startLine } = this;
    this.pending.take(Buffer.alloc(0));
    this.isOpen = false;
    scan.stray = null;
    scan.depth = this.base;
    if (this.base === 1 && bracket === OPEN_BRACKET) {
      this.betweenArrays(bracket);
    } else {
      this.extend(bracket, index);
      this.pending.add(Buffer.of(bracket));
    }
    return { error: `is not closed where another value starts, on line ${scan.line}`, line: startLine };
  }

  private betweenDocuments(chunk: Buffer, index: number): Item | undefined {
    const byte = chunk[index];
    const isBoundary = isGap(byte) || byte === QUOTE || byte === OPEN_BRACE || byte === OPEN_BRACKET;
    const item = this.isOpen && isBoundary ? this.finish(chunk, index) : undefined;
    if (!isGap(byte)) this.extend(byte, index);
    return item;
  }

  private betweenElements(chunk: Buffer, index: number): Item | undefined {
    const byte = chunk[index];
    if (isGap(byte)) return undefined;
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

  /** Reports text between two arrays, once. */
  private betweenArrays(byte: number | undefined): Item | undefined {
    if (byte === OPEN_BRACKET) {
      this.scan.depth = 1;
      this.isAfterComma = this.isAfterText = false;
      return undefined;
    }
    if (this.isAfterText) return undefined;
    this.isAfterText = true;
    return { error: 'has text after the end of the array', line: this.scan.line };
  }

  /** Adds the byte to the value; starts a new one if none is open. */
  private extend(byte: number | undefined, index: number): void {
    if (!this.isOpen) {
      this.isOpen = true;
      this.start = index;
      this.startLine = this.scan.line;
    }
    if (byte === QUOTE) this.scan.inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.scan.open(byte);
  }

  private finish(chunk: Buffer, end: number): Item {
    this.isOpen = false;
    const item = this.pending.toItem(this.pending.take(chunk.subarray(this.start, end)), this.startLine);
    return 'text' in item ? { text: item.text.trimEnd(), line: item.line } : item;
  }
}
