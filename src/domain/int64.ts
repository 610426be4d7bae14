import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { isLosslessNumber } from 'lossless-json';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const RULE = 'an Int64 is a whole number from -9223372036854775808 to 9223372036854775807';

/**
 * Takes a number, a bigint, a decimal string, or an object whose text is the digits that the client sent (a
 * LosslessNumber). A JavaScript number beyond 2^53 may have been rounded already, so it is refused. Throws a
 * `RangeError`.
 */
export function parseInt64(value: unknown): bigint {
  if (typeof value === 'number' && !Number.isInteger(value)) throw new RangeError(`Not an Int64: ${RULE}.`);
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new RangeError(`Beyond 2^53 send digits as a string: ${RULE}.`);
  const text = isLosslessNumber(value) ? value.toString() : value;
  if (
    typeof text !== 'number' &&
    typeof text !== 'bigint' &&
    !(typeof text === 'string' && /^-?\d{1,19}$/.test(text))
  ) {
    throw new RangeError(`Not an Int64: ${RULE}.`);
  }
  const number = BigInt(text);
  if (number > MAX || number < MIN) throw new RangeError(`Out of range: ${RULE}.`);
  return number;
}

/** A JSON number if every JSON reader has it exactly, otherwise a string of digits. */
export function formatInt64(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function parseInput(value: unknown): bigint {
  try {
    return parseInt64(value);
  } catch (error) {
    throw new GraphQLError((error as Error).message);
  }
}

export const GraphQLInt64 = new GraphQLScalarType<bigint, number | string>({
  name: 'Int64',
  description:
    '64-bit signed integer. In JSON a number while |n| <= 2^53-1, a decimal string beyond. Both are accepted as input, also as literals; a JSON number beyond 2^53 is taken exactly or refused, never rounded.',
  serialize: (value) => formatInt64(value as bigint),
  parseValue: parseInput,
  parseLiteral: (node) => {
    if (node.kind !== Kind.INT && node.kind !== Kind.STRING)
      throw new GraphQLError(`Not an Int64: ${RULE}.`, { nodes: node });
    try {
      return parseInt64(node.value);
    } catch (error) {
      throw new GraphQLError((error as Error).message, { nodes: node });
    }
  },
});
