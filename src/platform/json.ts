import { LosslessNumber, parse, stringify } from 'lossless-json';

/** The deepest nesting of arrays and objects in files: far beyond any record, far below the stack. */
const MAXIMUM_DEPTH = 512;

/** What stands before an exponent, if it has fewer than 16 characters. */
const MANTISSA = String.raw`\d{1,15}(?:\.\d{1,14})?`;

/**
 * Finds a number literal that JavaScript could write back with other characters: 16 characters or more, -0, a fraction
 * that ends in 0 or begins with six of them, an exponent. It may find one too many (text inside of a string), which
 * only costs time, but none too few. The characters that can stand around a literal in JSON are required on both sides.
 * A quote stands at the first and the last word of a string, so ids, date-times and phone numbers hardly ever match. No
 * repetition is unbounded: backtracking over a run of a million digits would overflow the stack.
 */
const UNUSUAL_NUMBER = new RegExp(
  String.raw`[[,:\s]-?(?:\d[\d.]{15}|${MANTISSA}[eE][-+]?\d{20}|` +
    String.raw`(?:(?<=-)0|\d{1,15}\.(?:\d{0,14}0|0{6}\d{0,9})|${MANTISSA}[eE][-+]?\d{1,19})(?=[\s,\]}]|$))`,
);

/** The JSON nests deeper than whoever reads it takes. */
export class NestedTooDeep extends SyntaxError {}

/**
 * Parses JSON so that no number loses a digit: a literal that a JavaScript number would write back differently
 * (9007199254740993, 1.0, 1e3, -0) becomes a `LosslessNumber`, every other one a number. The last of equal keys wins.
 * Throws a `SyntaxError`; of nesting beyond `deepest` levels a `NestedTooDeep`.
 */
export function parseJson(text: string, deepest = MAXIMUM_DEPTH): unknown {
  if (nestsDeeper(text, deepest)) throw new NestedTooDeep(`The JSON nests deeper than ${deepest} levels`);
  const value: unknown = JSON.parse(text);
  // The pattern wants a character before the number; a text that is nothing but a number has none.
  if (!UNUSUAL_NUMBER.test(typeof value === 'number' ? ` ${text}` : text)) return value;
  // Most of them are doubles with all their digits, or stand in names; the other parser takes ten times as long.
  if (typeof value !== 'number' && !hasInexactNumber(text)) return value;
  return parse(text, null, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

/** Whether a number that stands outside of strings would be written back differently. */
function hasInexactNumber(text: string): boolean {
  let start = 0;
  for (let quote = text.indexOf('"'); quote >= 0; quote = text.indexOf('"', start)) {
    if (quote > start + 1 && holdsInexactNumber(text.slice(start, quote))) return true;
    start = endOfString(text, quote) + 1;
  }
  return holdsInexactNumber(text.slice(start));
}

/** Of what stands between two strings. */
function holdsInexactNumber(text: string): boolean {
  return (
    UNUSUAL_NUMBER.test(text) &&
    text.split(BETWEEN_NUMBERS).some((token) => STARTS_NUMBER.test(token) && !isExact(token))
  );
}

const BETWEEN_NUMBERS = /[\s,:[\]{}]/;
const STARTS_NUMBER = /^[-\d]/;

/** As `parseJson`, but an object with two members of one name is a `SyntaxError` too: which one was meant, nobody can know. */
export function parseUniqueJson(text: string, deepest?: number): unknown {
  const value = parseJson(text, deepest);
  const duplicate = findDuplicateKey(text);
  if (duplicate !== null) throw new SyntaxError(`The member ${JSON.stringify(duplicate)} stands twice in one object`);
  return value;
}

/** Expects well-formed JSON, in which a string before a colon is a key, and belongs to the innermost open object. */
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

/** A whole number beyond 2^53 may stand for its neighbours too, even where it happens to be written back as it came. */
function isExact(digits: string): boolean {
  const number = Number(digits);
  return String(number) === digits && (!Number.isInteger(number) || Number.isSafeInteger(number));
}

/**
 * Whether arrays and objects in the text of some JSON nest deeper than so many levels; a scalar has level 0, `[]` level 1.
 * It looks at the text, as of equal keys a parsed value has only the last, but a parser walks through all.
 */
export function nestsDeeper(text: string, deepest: number): boolean {
  // Each level has two ends; a parser finds out soon enough where one is missing.
  if (text.length <= 2 * deepest) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) {
      index = endOfString(text, index);
      if (index < 0) return false;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return false;
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
 * The opposite of `parseJson`: a `LosslessNumber` and a bigint come out as their digits, without quotes; all else as
 * `JSON.stringify` has it. Throws a `TypeError` for what has no JSON form (undefined, a function, a cycle).
 */
export function stringifyJson(value: unknown): string {
  const text = stringifyNative(value);
  // JSON.stringify writes a LosslessNumber as the object it is. The key may also be somebody's own: that costs time only.
  const isExact = text !== undefined && !text.includes('"isLosslessNumber":true');
  const exact = isExact ? text : stringify(value);
  if (exact === undefined) throw new TypeError('The value has no JSON form');
  return exact;
}

/** Undefined if there is a bigint in the value, or no JSON form at all. */
function stringifyNative(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError && error.message.includes('BigInt')) return undefined;
    throw error;
  }
}
