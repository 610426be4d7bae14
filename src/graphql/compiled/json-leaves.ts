import { type GraphQLLeafType, isEnumType } from 'graphql';
import { type ByteText, fromByteText, ownByteText, toByteText } from '../../platform/byte-text.js';
import { isDuration } from '../../domain/duration.js';
import { parseJson } from '../../platform/json.js';
import { leafReader } from '../json-types.js';
import type { JsonCursor } from './json-cursor.js';

/** Writes the value at which the cursor stands as it stands in the answer, and passes over it. */
export type JsonWriter = (json: JsonCursor) => ByteText;

export const NULL = 'null';

/** A list of members: of those that are not known one stands for all. */
export function enumsWriter(type: GraphQLLeafType, read: (value: unknown) => unknown): JsonWriter {
  const known = new Map<ByteText, ByteText>();
  return (json) => {
    const stored = json.takeValue();
    const written = known.get(stored) ?? enumsOf(type, read(valueOf(stored)));
    if (known.size < REMEMBERED && !known.has(stored)) known.set(ownByteText(stored), written);
    return written;
  };
}

/** There are few different lists of members. */
const REMEMBERED = 100;

function enumsOf(type: GraphQLLeafType, members: unknown): ByteText {
  return Array.isArray(members) ? JSON.stringify(members.map((member) => type.serialize(member))) : NULL;
}

/** Text that stands in JSON as it does in the answer; undefined for all other. */
const AS_IT_STANDS: Record<string, (stored: ByteText) => string | undefined> = {
  Boolean: (stored) => (stored === 'true' || stored === 'false' ? stored : undefined),
  Float: (stored) => asNumber(stored) ?? (SHORT_DECIMAL.test(stored) ? stored : undefined),
  Int: asNumber,
  Duration: (stored) => (isDuration(stored.slice(1, -1)) ? stored : undefined),
  DateTimeOffset: (stored) => (PLAIN_DATE_TIME.test(stored) ? stored : undefined),
};
/** In UTC, with no zero at the end of its fraction, and on a day that every month has. */
const PLAIN_DATE_TIME =
  /^"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{0,6}[1-9])?Z"$/;

/** One that JavaScript writes with the same digits. */
const SHORT_DECIMAL = /^-?(?:0|[1-9]\d{0,8})\.\d{0,4}[1-9]$/;

/** Short whole numbers. */
function asNumber(stored: ByteText): string | undefined {
  return /^(?:0|-?[1-9]\d{0,8})$/.test(stored) ? stored : undefined;
}

export function leafWriter(type: GraphQLLeafType): JsonWriter {
  if (type.name === 'String' || type.name === 'ID') return (json) => json.stringOrNull();
  const asItStands = isEnumType(type) ? membersOf(type) : AS_IT_STANDS[type.name];
  const write = valueWriter(type);
  return (json) => {
    const stored = json.takeValue();
    return stored === NULL ? NULL : (asItStands?.(stored) ?? write(valueOf(stored)));
  };
}

function membersOf(type: GraphQLLeafType & { getValues(): readonly { name: string; value: unknown }[] }) {
  const texts = new Map(type.getValues().map(({ name, value }) => [JSON.stringify(value), JSON.stringify(name)]));
  return (stored: ByteText) => texts.get(stored);
}

/** Writes a value as graphql-js does once it is read. */
function valueWriter(type: GraphQLLeafType): (value: unknown) => ByteText {
  const read = leafReader(type);
  return (value) => {
    const known = read(value);
    return known == null ? NULL : toByteText(JSON.stringify(type.serialize(known)));
  };
}

export function valueOf(stored: ByteText): unknown {
  return parseJson(fromByteText(stored));
}
