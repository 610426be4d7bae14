export const QUOTE = 0x22;
export const NEWLINE = 0x0a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const CLOSE_BRACE = 0x7d;
const COLON = 0x3a;
/** What a byte means to a scan of brackets and strings: one look-up per byte, as most bytes are ordinary. */
const ORDINARY = 0;
const MEANING = new Uint8Array(256).fill(ORDINARY);
for (const byte of [NEWLINE, QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE]) MEANING[byte] = byte;
MEANING[OPEN_BRACKET] = OPEN_BRACE;
MEANING[CLOSE_BRACKET] = CLOSE_BRACE;
/** Beyond this depth, which no record reaches, the scan counts brackets but does not check them. */
const KNOWN_DEPTH = 1024;

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

/** In UTF-8. It may also stand between files that have been joined. */
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** Whether the byte may stand between values. Outside of strings, the bytes of a byte order mark occur only in one. */
export function isGap(byte: number | undefined): boolean {
  return isBlank(byte) || BYTE_ORDER_MARK.includes(byte as number);
}

/** The index after blanks and byte order marks. */
function skipBlanks(bytes: Buffer, from: number): number {
  let index = from;
  while (index < bytes.length) {
    if (isBlank(bytes[index])) index++;
    else if (startsWithMark(bytes, index)) index += BYTE_ORDER_MARK.length;
    else break;
  }
  return index;
}

function startsWithMark(bytes: Buffer, index: number): boolean {
  return BYTE_ORDER_MARK.every((byte, offset) => bytes[index + offset] === byte);
}

/**
 * The values on a line. There are several if joined files had no line end at their end; a byte order mark separates
 * them.
 */
export function valuesOn(line: Buffer): Buffer[] {
  const values: Buffer[] = [];
  let start = skipBlanks(line, 0);
  while (line.includes(BYTE_ORDER_MARK, start)) {
    const end = endOfValue(line, start);
    const next = skipBlanks(line, end);
    if (end === start || !line.subarray(end, next).includes(BYTE_ORDER_MARK)) break;
    values.push(line.subarray(start, end));
    start = next;
  }
  if (start < line.length) values.push(line.subarray(start));
  return values;
}

/**
 * The index after the array or object that starts at `start`; `start` itself if none starts there, or if it does not
 * end.
 */
function endOfValue(line: Buffer, start: number): number {
  const byte = line[start];
  if (byte !== OPEN_BRACE && byte !== OPEN_BRACKET) return start;
  const scan = new Scan(1);
  scan.open(byte);
  const end = scan.inside(line, start + 1, 0);
  return scan.depth > 0 || scan.inString ? start : end;
}

/** What the brackets and strings of a line say. `cut` ends in a string, which no line of a document does. */
export function shapeOf(line: Buffer): 'open' | 'cut' | 'whole' | 'more' | 'other' {
  const start = skipBlanks(line, 0);
  const byte = line[start];
  if (byte !== OPEN_BRACE && byte !== OPEN_BRACKET) return 'other';
  const scan = new Scan(1);
  scan.open(byte);
  const end = scan.inside(line, start + 1, 0);
  if (scan.inString) return 'cut';
  if (scan.depth > 0) return 'open';
  return skipBlanks(line, end) === line.length ? 'whole' : 'more';
}

/** The state of a scan through brackets and strings, from chunk to chunk. */
export class Scan {
  depth = 0;
  inString = false;
  /** A bracket after which the scan stopped: it can only start another value, so the value before it is broken. */
  stray: number | null = null;
  private isEscaped = false;
  /** The open brackets, by depth. */
  private readonly brackets = new Uint8Array(KNOWN_DEPTH + 1);
  /** The end of the chunk before: its last byte that is not blank, and whether a line ended after it. */
  private before: Before = { byte: undefined, isOnEarlierLine: false };

  /** `line` counts on with the line ends that are passed. */
  constructor(public line: number) {}

  open(bracket: number): void {
    this.brackets[++this.depth] = bracket;
  }

  /**
   * Scans until all brackets above depth `base`, and the string if in one, are closed. Returns the index after them.
   */
  inside(bytes: Buffer, from: number, base: number): number {
    let { depth, inString, isEscaped, line } = this;
    const { brackets } = this;
    let index = from;
    for (; index < bytes.length && (depth > base || inString); index++) {
      const meaning = MEANING[bytes[index] as number];
      if (meaning === ORDINARY) {
        isEscaped = false;
      } else if (meaning === NEWLINE) {
        // JSON strings have no line ends. Ending a broken string here keeps it from swapping inside and outside for the
        // rest.
        if (inString) {
          inString = isEscaped = false;
          this.stray = this.gluedTo(bytes, index);
          if (this.stray !== null) break;
        }
        line++;
      } else if (isEscaped) isEscaped = false;
      else if (meaning === QUOTE) inString = !inString;
      else if (inString) isEscaped = meaning === BACKSLASH;
      else if (meaning === OPEN_BRACE) {
        const byte = bytes[index] as number;
        if (this.isStray(bytes, index, brackets[depth])) {
          this.stray = byte;
          depth = base;
        } else brackets[++depth] = byte;
      } else if (meaning === CLOSE_BRACE) depth--;
    }
    Object.assign(this, { depth, inString, isEscaped, line });
    return index;
  }

  /** To be called with each chunk when it has been scanned. */
  leave(bytes: Buffer): void {
    this.before = this.lookBack(bytes, bytes.length);
  }

  /**
   * Whether a bracket is the first on its line, at a place within `bracket` where JSON allows no value. Then a value
   * before it was cut off.
   */
  private isStray(bytes: Buffer, index: number, bracket: number | undefined): boolean {
    if (index > 0 && !isGap(bytes[index - 1])) return false;
    const { byte, isOnEarlierLine } = this.lookBack(bytes, index);
    if (!isOnEarlierLine) return false;
    if (bracket === OPEN_BRACE) return byte !== COLON;
    return bracket === OPEN_BRACKET && byte !== COMMA && byte !== OPEN_BRACKET;
  }

  /**
   * The bracket at the end of a line that ends in a string: a value was cut off in a text, and the first line of the
   * next one is glued to it.
   */
  private gluedTo(bytes: Buffer, end: number): number | null {
    const { byte, isOnEarlierLine } = this.lookBack(bytes, end);
    return !isOnEarlierLine && (byte === OPEN_BRACE || byte === OPEN_BRACKET) ? byte : null;
  }

  private lookBack(bytes: Buffer, end: number): Before {
    let isOnEarlierLine = false;
    for (let index = end - 1; index >= 0; index--) {
      const byte = bytes[index];
      if (!isGap(byte)) return { byte, isOnEarlierLine };
      if (byte === NEWLINE) isOnEarlierLine = true;
    }
    return { byte: this.before.byte, isOnEarlierLine: isOnEarlierLine || this.before.isOnEarlierLine };
  }
}

interface Before {
  byte: number | undefined;
  isOnEarlierLine: boolean;
}
