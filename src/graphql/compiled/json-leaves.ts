import { type GraphQLEnumType, type GraphQLLeafType, isEnumType } from 'graphql';
import { type ByteText, fromByteText, toByteText } from '../../platform/byte-text.js';
import { leafReader } from '../json-types.js';
import { ByteMap } from './byte-map.js';
import {
  type IsForm,
  isPlainDateTime,
  isPlainDecimal,
  isPlainDuration,
  isPlainInt,
  isPlainInt64,
} from './json-forms.js';
import { type JsonOutput, Piece } from './json-output.js';
import { NotCompiled } from './not-compiled.js';
import { QUOTE, type StoredJson } from './stored-json.js';

/**
 * Writes a value other than null as it stands in the answer. Gives false if it is shown as null, after writing nothing.
 */
export type ValueWriter = (json: StoredJson, value: number, output: JsonOutput) => boolean;

export const NULL = 'null';

/** Scalars whose JSON mostly stands unchanged in the answer: whether it is text, and the form that stays unchanged. */
const AS_IT_STANDS: Record<string, { isText: boolean; isForm: IsForm }> = {
  Boolean: { isText: false, isForm: isBoolean },
  Float: { isText: false, isForm: isPlainDecimal },
  Int: { isText: false, isForm: isPlainInt },
  Int64: { isText: false, isForm: isPlainInt64 },
  Duration: { isText: true, isForm: isPlainDuration },
  DateTimeOffset: { isText: true, isForm: isPlainDateTime },
};

const LETTER_T = 0x74;
const LETTER_F = 0x66;

/** No other value of JSON begins with these letters. */
function isBoolean(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === LETTER_T || bytes[start] === LETTER_F;
}

export function leafWriter(type: GraphQLLeafType): ValueWriter {
  if (type.name === 'String' || type.name === 'ID') return writeText;
  const otherwise = parsedWriter(type);
  if (isEnumType(type)) return enumWriter(type, otherwise);
  const known = AS_IT_STANDS[type.name];
  if (!known) return otherwise;
  const { isText, isForm } = known;
  return (json, value, output) => {
    const start = json.start(value);
    const end = json.end(value);
    if ((json.bytes[start] === QUOTE) !== isText || !isForm(json.bytes, start, end))
      return otherwise(json, value, output);
    output.copy(json, start, end);
    return true;
  };
}

/** Writes what graphql-js makes of the parsed value. */
function parsedWriter(type: GraphQLLeafType): ValueWriter {
  const write = leafText(type);
  return (json, value, output) => {
    const text = write(json.parsed(value));
    if (text === NULL) return false;
    output.text(text);
    return true;
  };
}

/** The text of a value that is not read from text. */
export function leafText(type: GraphQLLeafType): (value: unknown) => ByteText {
  const read = leafReader(type);
  return (value) => {
    const known = read(value);
    return known == null ? NULL : toByteText(JSON.stringify(type.serialize(known)));
  };
}

function enumWriter(type: GraphQLEnumType, otherwise: ValueWriter): ValueWriter {
  const members = type.getValues().map(({ name, value }) => [JSON.stringify(value), new Piece(`"${name}"`)] as const);
  const known = new ByteMap(members);
  return (json, value, output) => {
    const piece = known.find(json.bytes, json.start(value), json.end(value));
    if (!piece) return otherwise(json, value, output);
    output.piece(piece);
    return true;
  };
}

/** Escapes that JSON.stringify writes, too. */
const USUAL_ESCAPES = /^[^\\]*(?:\\["\\bfnrt][^\\]*)+$/;

const writeText: ValueWriter = (json, value, output) => {
  if (json.isPlainText(value)) {
    output.copy(json, json.start(value), json.end(value));
    return true;
  }
  if (!json.isText(value)) throw new NotCompiled('another kind of value in the place of text');
  const written = json.text(value);
  // Other escapes may differ from those of JSON.stringify.
  const isUsual = USUAL_ESCAPES.test(written);
  output.text(isUsual ? written : toByteText(JSON.stringify(JSON.parse(fromByteText(written)))));
  return true;
};

/** There are few different lists of members. */
const REMEMBERED = 100;

/** Writes a list of members. One member stands for all unknown ones. */
export function enumsWriter(type: GraphQLLeafType, read: (value: unknown) => unknown): ValueWriter {
  const write = enumsText(type, read);
  const known = new Map<ByteText, ByteText>();
  return (json, value, output) => {
    const stored = json.text(value);
    const written = known.get(stored) ?? write(json.parsed(value));
    if (known.size < REMEMBERED && !known.has(stored)) known.set(stored, written);
    if (written === NULL) return false;
    output.text(written);
    return true;
  };
}

export function enumsText(type: GraphQLLeafType, read: (value: unknown) => unknown): (value: unknown) => ByteText {
  return (value) => {
    const members = read(value);
    return Array.isArray(members) ? JSON.stringify(members.map((member) => type.serialize(member))) : NULL;
  };
}
