/** Whether a value in the bytes of JSON text has the form that an answer needs. */
export type IsForm = (bytes: Uint8Array, start: number, end: number) => boolean;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const LETTER_P = 0x50;
const LETTER_S = 0x53;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** JavaScript represents every decimal of so many digits as a number of its own, and writes it with the same digits. */
const EXACT_DIGITS = 15;
/** With more zeros after the point, JavaScript writes a number with an exponent. */
const LEADING_ZEROS = 5;
const INT32_DIGITS = 9;

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= ZERO && code < ZERO + 10;
}

function integerOf(digits: number): IsForm {
  return (bytes, start, end) => {
    const first = bytes[start] === MINUS ? start + 1 : start;
    if (end - first > digits || end === first) return false;
    for (let at = first; at < end; at++) if (!isDigit(bytes[at])) return false;
    // JSON has no other number that begins with 0. -0 is written as 0.
    return bytes[first] !== ZERO || end - start === 1;
  };
}

/** Within 32 bits. */
export const isPlainInt = integerOf(INT32_DIGITS);
/** Within 2^53. */
export const isPlainInt64 = integerOf(EXACT_DIGITS);

/** In the form of JavaScript: no zeros at the end of the fraction, and no exponent. */
export const isPlainDecimal: IsForm = (bytes, start, end) => {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let at = first;
  while (isDigit(bytes[at])) at++;
  if (at === end || bytes[at] !== POINT) return isPlainInt64(bytes, start, end);
  const point = at;
  while (isDigit(bytes[++at]));
  if (at !== end || end - first > EXACT_DIGITS + 1 || bytes[end - 1] === ZERO) return false;
  if (bytes[first] !== ZERO) return true;
  let significant = point + 1;
  while (bytes[significant] === ZERO) significant++;
  return significant - point - 1 <= LEADING_ZEROS;
};

/** The number of two digits. Without two digits it is greater than any limit. */
function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at];
  const ones = bytes[at + 1];
  return isDigit(tens) && isDigit(ones) ? ((tens as number) - ZERO) * 10 + (ones as number) - ZERO : 100;
}

const SEPARATED = '0000-00-00T00:00:00';
const FRACTION_DIGITS = 7;

/** The last day of each month in every year. */
const LAST_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** In UTC, without a zero at the end of the fraction, in a year of four digits, and on a day that every year has. */
export const isPlainDateTime: IsForm = (bytes, start, end) => {
  const at = start + 1;
  const fraction = at + SEPARATED.length;
  const last = end - 2;
  if (last < fraction || last > fraction + FRACTION_DIGITS + 1 || bytes[last] !== LETTER_Z) return false;
  if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS || bytes[at + 10] !== LETTER_T) return false;
  if (bytes[at + 13] !== COLON || bytes[at + 16] !== COLON) return false;
  const century = two(bytes, at);
  const month = two(bytes, at + 5);
  const day = two(bytes, at + 8);
  if (century < 10 || century > 99 || two(bytes, at + 2) > 99) return false;
  if (month < 1 || month > 12 || day < 1 || day > (LAST_DAYS[month - 1] as number)) return false;
  if (two(bytes, at + 11) > 23 || two(bytes, at + 14) > 59 || two(bytes, at + 17) > 59) return false;
  if (last === fraction) return true;
  if (bytes[fraction] !== POINT || last === fraction + 1 || bytes[last - 1] === ZERO) return false;
  for (let place = fraction + 1; place < last; place++) if (!isDigit(bytes[place])) return false;
  return true;
};

const SECONDS_DIGITS = 9;
const SECONDS_FRACTION = 12;

/** Seconds alone, as Graph sends measured durations: `PT0.016S`. */
export const isPlainDuration: IsForm = (bytes, start, end) => {
  let at = start + 3;
  if (bytes[start + 1] !== LETTER_P || bytes[start + 2] !== LETTER_T || bytes[end - 2] !== LETTER_S) return false;
  while (isDigit(bytes[at])) at++;
  const whole = at - start - 3;
  if (whole < 1 || whole > SECONDS_DIGITS) return false;
  if (at === end - 2) return true;
  if (bytes[at] !== POINT) return false;
  const point = at;
  while (isDigit(bytes[++at]));
  return at === end - 2 && at > point + 1 && at - point - 1 <= SECONDS_FRACTION;
};
