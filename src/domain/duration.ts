import { GraphQLError, GraphQLScalarType } from 'graphql';

/** Edm.Duration (OData CSDL 4.01, section 4.4): days, hours, minutes and seconds, each optional, but at least one. */
const DURATION = /^(-)?P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,12}))?S)?)?$/;

const NOT_EMPTY = /\d[DHMS]/;

const FRACTION_DIGITS = 12;

/** Whether a text is an ISO 8601 duration of the form that Graph sends, such as `PT0.016S`. */
function isDuration(text: unknown): text is string {
  return typeof text === 'string' && DURATION.test(text) && NOT_EMPTY.test(text);
}

/** A duration in picoseconds, exactly; null for anything that is not one (Graph: not measured). */
export function picosecondsOf(text: unknown): bigint | null {
  const parts = typeof text === 'string' ? DURATION.exec(text) : null;
  if (!parts || !NOT_EMPTY.test(text as string)) return null;
  const [, sign, days = 0, hours = 0, minutes = 0, seconds = 0, fraction = ''] = parts;
  // Exact: each term has at most nine digits, so the sum stays below 2^53.
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  const total = BigInt(`${whole}${fraction.padEnd(FRACTION_DIGITS, '0')}`);
  return sign ? -total : total;
}

/** A duration in seconds, as the nearest double; null for anything else. */
export function secondsOf(text: unknown): number | null {
  const total = picosecondsOf(text);
  if (total === null) return null;
  // Parsed as a decimal, which rounds once; dividing two doubles would round twice.
  const digits = (total < 0n ? -total : total).toString().padStart(FRACTION_DIGITS + 1, '0');
  const seconds = Number(`${digits.slice(0, -FRACTION_DIGITS)}.${digits.slice(-FRACTION_DIGITS)}`);
  return total < 0n ? -seconds : seconds;
}

/** A duration as the source sent it; any other text is refused. */
export const GraphQLDuration = new GraphQLScalarType<string, string>({
  name: 'Duration',
  description:
    'ISO 8601 duration as the source sent it (PT0.016S): days, hours, minutes and seconds with up to 12 fractional digits.',
  serialize: (value) => value as string,
  parseValue: (value) => {
    if (!isDuration(value)) throw new GraphQLError('Expected an ISO 8601 duration such as PT0.016S.');
    return value;
  },
});
