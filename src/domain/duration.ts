import { GraphQLError, GraphQLScalarType } from 'graphql';

/** Edm.Duration (OData CSDL 4.01, section 4.4): days, hours, minutes and seconds, each optional, but at least one. */
const DURATION = /^(-)?P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,12}))?S)?)?$/;

const NOT_EMPTY = /\d[DHMS]/;

const FRACTION_DIGITS = 12;

/** Whether a text is an ISO 8601 duration of the form that Graph sends, such as `PT0.016S`. */
function isDuration(text: unknown): text is string {
  return typeof text === 'string' && DURATION.test(text) && NOT_EMPTY.test(text);
}

interface Parts {
  isNegative: boolean;
  /** Below 2^53: each part has at most nine digits. */
  seconds: number;
  /** The digits of the fraction of a second. */
  fraction: string;
}

function partsOf(text: unknown): Parts | null {
  const parts = typeof text === 'string' ? DURATION.exec(text) : null;
  if (!parts || !NOT_EMPTY.test(text as string)) return null;
  const [, sign, days = 0, hours = 0, minutes = 0, seconds = 0, fraction = ''] = parts;
  const all = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return { isNegative: sign !== undefined, seconds: all, fraction };
}

/** A duration in picoseconds, exactly; null for anything that is not one (Graph: not measured). */
export function picosecondsOf(text: unknown): bigint | null {
  const parts = partsOf(text);
  if (!parts) return null;
  const total = BigInt(`${parts.seconds}${parts.fraction.padEnd(FRACTION_DIGITS, '0')}`);
  return parts.isNegative ? -total : total;
}

/** A duration in seconds, as the nearest double; null for anything else. */
export function secondsOf(text: unknown): number | null {
  const parts = partsOf(text);
  if (!parts) return null;
  // Parsed as a decimal, which rounds once; adding two doubles would round twice.
  const total = Number(`${parts.seconds}.${parts.fraction}`);
  return parts.isNegative && total > 0 ? -total : total;
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
