import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/** Ticks of 100 ns, the unit Graph's date-times count in, per second. */
const TICKS_PER_SECOND = 10_000_000;

/** Fractional digits of a tick. */
const DIGITS = 7;

/** RFC 3339, or OData's grammar, which allows to omit the seconds: Java does so if they are zero. */
const PATTERN = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:([Zz])|([+-])(\d\d):(\d\d))$/;
const RULE =
  'a DateTimeOffset is a date-time with a zone and up to 7 fractional digits, such as 2026-02-25T18:52:21.2169889Z';

/**
 * A date-time as it is stored: UTC text without the `Z`, and without trailing zeros of the fraction. So texts sort like
 * the times (`…21` < `…21.19` < `…21.2`), and no digit is lost. Years 0001 to 9999. A stored value has up to 7
 * fractional digits; a value to compare with may have any number.
 */
export type UtcText = string;

/**
 * Parses a date-time of any offset for storing. It never goes through `Date`, which keeps three fractional digits.
 * Throws a `RangeError` with the rule for anything else: non-zero digits after the seventh, `24:00`, a leap second, a
 * missing zone.
 */
export function parseDateTime(text: string): UtcText {
  const utc = readDateTime(text);
  if (isFinerThanTicks(utc)) throw invalid(text, TOO_FINE);
  return utc;
}

/** Like `parseDateTime`, but with any number of fractional digits, all of which count in comparisons. */
export function readDateTime(text: string): UtcText {
  const match = PATTERN.exec(text);
  if (!match) throw invalid(text, whatIsMissing(text));
  const [, year, month, day, hour, minute, second = '00', fraction = '', , sign, offsetHour, offsetMinute] = match;
  const parts = [year, month, day, hour, minute, second].map(Number) as CalendarTime;
  if (!isCalendarTime(parts)) throw invalid(text, 'there is no such date or time of day');
  const whole =
    sign === undefined
      ? `${year}-${month}-${day}T${hour}:${minute}:${second}`
      : shift(text, parts, `${sign}${offsetHour}:${offsetMinute}`);
  const trimmed = withoutTrailingZeros(fraction);
  return trimmed === '' ? whole : `${whole}.${trimmed}`;
}

/** Not with a pattern: it would search each run of zeros for its end again, and there may be a million of them. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

const TOO_FINE = 'digits other than zero beyond the seventh of the fraction would have to be rounded';

/** Why a date-time cannot be stored unchanged; null if it can. */
export function checkTicks(utc: UtcText): string | null {
  return isFinerThanTicks(utc) ? invalid(formatDateTime(utc), TOO_FINE).message : null;
}

function isFinerThanTicks(utc: UtcText): boolean {
  return utc.length > WHOLE.length + 1 + DIGITS;
}

const WHOLE = '2026-02-25T18:52:21';
const DATE_ALONE = /^\d{4}-\d\d-\d\d$/;
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;

/** What to add to make the text a date-time; undefined if adding is not enough. */
function whatIsMissing(text: string): string | undefined {
  if (DATE_ALONE.test(text)) return `a date alone is no moment; write ${text}T00:00:00Z for its midnight in UTC`;
  return text.length <= SHOWN && WITHOUT_ZONE.test(text)
    ? `its zone is missing; write ${text}Z if it is UTC`
    : undefined;
}

/** The stored text in the form that clients get. */
export function formatDateTime(utc: UtcText): string {
  return `${utc}Z`;
}

/** The time from the first to the second, in ticks; negative if the second is earlier. */
export function ticksBetween(start: UtcText, end: UtcText): bigint {
  const seconds = (toMilliseconds(end) - toMilliseconds(start)) / 1000;
  const fraction = fractionTicks(end) - fractionTicks(start);
  // Numbers are exact up to some 28 years.
  return Math.abs(seconds) < EXACT_SECONDS
    ? BigInt(seconds * TICKS_PER_SECOND + fraction)
    : BigInt(seconds) * BigInt(TICKS_PER_SECOND) + BigInt(fraction);
}

const EXACT_SECONDS = 900_000_000;

function toMilliseconds(utc: UtcText): number {
  return Date.parse(`${utc.slice(0, 19)}Z`);
}

function fractionTicks(utc: UtcText): number {
  return utc.length > WHOLE.length ? Number(utc.slice(WHOLE.length + 1).padEnd(DIGITS, '0')) : 0;
}

/** Ticks, or their digits, in seconds, as clients see them. */
export function toSeconds(ticks: bigint | string): number {
  return Number(ticks) / TICKS_PER_SECOND;
}

/** The time of the server's clock, in milliseconds. */
export function now(): UtcText {
  return fromMilliseconds(Date.now());
}

const DAY_MS = 86_400_000;

/** The time `days` ago. */
export function daysAgo(days: number): UtcText {
  return fromMilliseconds(Date.now() - days * DAY_MS);
}

function fromMilliseconds(time: number): UtcText {
  return new Date(time).toISOString().replace(/\.?0*Z$/, '');
}

function isCalendarTime([year, month, day, hour, minute, second]: CalendarTime): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  return day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Year, month, day, hour, minute and second. */
type CalendarTime = [number, number, number, number, number, number];

/** Moves whole seconds to UTC. Offsets are whole minutes, so the fraction never changes. */
function shift(text: string, parts: CalendarTime, offset: string): string {
  const [hours, minutes] = offset.slice(1).split(':').map(Number) as [number, number];
  if (hours > 23 || minutes > 59) throw invalid(text, 'there is no such offset');
  const [year, month, day, hour, minute, second] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const ahead = (hours * 60 + minutes) * (offset.startsWith('+') ? 60_000 : -60_000);
  const utc = new Date(date.getTime() - ahead).toISOString();
  if (!/^\d{4}-/.test(utc) || utc.startsWith('0000')) throw invalid(text, 'the year must be from 0001 to 9999 in UTC');
  return utc.slice(0, 19);
}

/** The most characters of a text that its error repeats. */
const SHOWN = 60;

function invalid(text: string, reason?: string): RangeError {
  const shown = JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
  return new RangeError(`${shown} is not a DateTimeOffset: ${reason ?? RULE}.`);
}

function parseInput(value: unknown, nodes?: ValueNode): UtcText {
  if (typeof value !== 'string') throw new GraphQLError(`Expected a string: ${RULE}.`, { nodes });
  try {
    return readDateTime(value);
  } catch (error) {
    throw new GraphQLError((error as Error).message, { nodes });
  }
}

/**
 * Inside the server, a DateTimeOffset is its stored text; only this scalar adds and removes the `Z`. It takes any
 * number of fractional digits, for filters. Whether a value can be stored is checked with its input.
 */
export const GraphQLDateTimeOffset = new GraphQLScalarType<UtcText, string>({
  name: 'DateTimeOffset',
  description:
    'RFC 3339 date-time in UTC, up to 7 fractional digits, never rounded; trailing zeros of the fraction are trimmed on the way out. Offsets are accepted and converted to UTC.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => formatDateTime(value as UtcText),
  parseValue: (value) => parseInput(value),
  parseLiteral: (node) => parseInput(node.kind === Kind.STRING ? node.value : undefined, node),
});
