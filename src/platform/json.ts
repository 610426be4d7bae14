import { LosslessNumber, parse, stringify } from 'lossless-json';

/** The deepest nesting of arrays and objects in files: far beyond any record, far below the limit of the stack. */
const MAXIMUM_DEPTH = 512;

/** The JSON nests deeper than its reader allows. */
export class NestedTooDeep extends SyntaxError {}

/**
 * Parses JSON so that no number loses a digit. A number that JavaScript would write back differently (9007199254740993,
 * 1.0, 1e3, -0) becomes a `LosslessNumber`, every other one a number. The last of equal keys wins. Throws a
 * `SyntaxError`, or a `NestedTooDeep` for nesting beyond `deepest` levels.
 */
export function parseJson(text: string, deepest = MAXIMUM_DEPTH): unknown {
  const { isTooDeep, isInexact } = lookThrough(text, deepest);
  if (isTooDeep) throw new NestedTooDeep(`The JSON nests deeper than ${deepest} levels`);
  const value: unknown = JSON.parse(text);
  // The exact parser takes ten times as long.
  return isInexact ? parse(text, null, { parseNumber, onDuplicateKey: ({ newValue }) => newValue }) : value;
}

/**
 * Like `parseJson`, but an object with two members of the same name is a `SyntaxError`, too: nobody can know which one
 * was meant.
 */
export function parseUniqueJson(text: string, deepest?: number): unknown {
  const value = parseJson(text, deepest);
  const duplicate = findDuplicateKey(text);
  if (duplicate !== null) throw new SyntaxError(`The member ${JSON.stringify(duplicate)} stands twice in one object`);
  return value;
}

/** Expects well-formed JSON: a string before a colon is a key of the innermost open object. */
function findDuplicateKey(text: string): string | null {
  const objects: Set<string>[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x7b) objects.push(new Set());
    else if (code === 0x7d) objects.pop();
    if (code !== 0x22) continue;
    const start = index;
    index = endOfString(text, start);
    BEFORE_COLON.lastIndex = index + 1;
    if (!BEFORE_COLON.test(text)) continue;
    const key = JSON.parse(text.slice(start, index + 1)) as string;
    const keys = objects.at(-1) as Set<string>;
    if (keys.has(key)) return key;
    keys.add(key);
  }
  return null;
}

const BEFORE_COLON = /[ \t\r\n]*:/y;

function parseNumber(digits: string): number | LosslessNumber {
  return isExact(digits) ? Number(digits) : new LosslessNumber(digits);
}

/** A whole number beyond 2^53 may also stand for its neighbours, even if it happens to be written back unchanged. */
function isExact(digits: string): boolean {
  const number = Number(digits);
  return String(number) === digits && (!Number.isInteger(number) || Number.isSafeInteger(number));
}

/**
 * Whether arrays and objects in JSON text nest deeper than `deepest` levels; a scalar has level 0, `[]` level 1. It
 * looks at the text because a parser walks through all of equal keys, while the parsed value has only the last.
 */
export function nestsDeeper(text: string, deepest: number): boolean {
  // Each level has a bracket at both ends. If one is missing, the parser finds out.
  return text.length > 2 * deepest && lookThrough(text, deepest).isTooDeep;
}

/**
 * Finds out before parsing whether JSON text nests deeper than `deepest` levels, and whether a number in it would be
 * written back differently. If the text is not JSON, the parser reports that.
 */
function lookThrough(text: string, deepest: number): { isTooDeep: boolean; isInexact: boolean } {
  let depth = 0;
  let isInexact = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
      if (index < 0) break;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) return { isTooDeep: true, isInexact };
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    } else if (isDigit(code) || code === MINUS) {
      const end = endOfNumber(text, index);
      isInexact ||= isUnusual(text, index, end) && !isExact(text.slice(index, end));
      index = end - 1;
    }
  }
  return { isTooDeep: false, isInexact };
}

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

const isDigit = (code: number): boolean => code >= ZERO && code <= 0x39;
const isExponent = (code: number): boolean => code === 0x65 || code === 0x45;

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (!isDigit(code) && code !== POINT && !isExponent(code) && code !== MINUS && code !== PLUS) break;
  }
  return end;
}

/** JavaScript writes shorter numbers back unchanged if they are whole, or have a fraction that does not end in 0. */
const SHORT = 16;
const SMALL = '0.000000';

function isUnusual(text: string, start: number, end: number): boolean {
  if (end - start >= SHORT) return true;
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  if (first > start && text.charCodeAt(first) === ZERO) return true;
  let isWhole = true;
  for (let index = first; index < end; index++) {
    const code = text.charCodeAt(index);
    if (isExponent(code)) return true;
    if (code === POINT) isWhole = false;
  }
  return !isWhole && (text.charCodeAt(end - 1) === ZERO || text.startsWith(SMALL, first));
}

/** The index of the quote that ends the string which starts at `start`, or -1. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && text.charCodeAt(end - 1) === 0x5c && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

/**
 * The opposite of `parseJson`: a `LosslessNumber` and a bigint are written as their digits, without quotes, all else as
 * by `JSON.stringify`. Throws a `TypeError` for a value without a JSON form (undefined, a function, a cycle).
 */
export function stringifyJson(value: unknown): string {
  const text = stringifyNative(value);
  // JSON.stringify writes a LosslessNumber as an object. If a user's own key looks like it, that only costs time.
  const isExact = text !== undefined && !text.includes('"isLosslessNumber":true');
  const exact = isExact ? text : stringify(value);
  if (exact === undefined) throw new TypeError('The value has no JSON form');
  return exact;
}

/** Undefined if the value holds a bigint or has no JSON form. */
function stringifyNative(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError && error.message.includes('BigInt')) return undefined;
    throw error;
  }
}
