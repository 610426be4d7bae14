import {
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type ByteText, fromByteText, toByteText } from '../../domain/byte-text.js';
import type { JsonObject } from '../../domain/document.js';
import { parseJson, stringifyJson } from '../../domain/json.js';
import type { JsonSource } from '../../domain/json-source.js';
import { jsonReader, jsonSourceOf, leafReader, ODATA_TYPE, typeNameOf } from '../json-types.js';
import { JsonCursor } from './json-cursor.js';
import { NotCompiled } from './not-compiled.js';
import { type Scope, type Selected, selectedBelow } from '../look-ahead.js';

/** Writes the value at which the cursor stands as it stands in the answer, and passes over it. */
export type JsonWriter = (json: JsonCursor) => ByteText;

const NULL = 'null';

/**
 * Makes the writer of stored JSON as a type of the schema, with what is selected of it: straight from text to text, what
 * `jsonReader` and graphql-js make of the parsed value.
 */
export function jsonWriter(scope: Scope, type: GraphQLOutputType, selected: Selected): JsonWriter {
  if (isNonNullType(type)) return nonNullWriter(jsonWriter(scope, type.ofType, selected), isListType(type.ofType));
  if (isListType(type)) return listWriter(scope, type, selected);
  if (isLeafType(type)) return leafWriter(type);
  if (isObjectType(type)) return objectWriter(scope, type, selected);
  if (isInterfaceType(type)) return interfaceWriter(scope, type, selected);
  throw new NotCompiled(`JSON of the type ${type.name}`);
}

function nonNullWriter(write: JsonWriter, isList: boolean): JsonWriter {
  return (json) => {
    const text = write(json);
    if (text !== NULL) return text;
    if (isList) return '[]';
    throw new NotCompiled('null in the place of a value');
  };
}

function listWriter(scope: Scope, list: GraphQLList<GraphQLOutputType>, selected: Selected): JsonWriter {
  const item = list.ofType;
  const type = isNonNullType(item) ? item.ofType : item;
  if (isEnumType(type)) return enumsWriter(type, jsonReader(list));
  const write = jsonWriter(scope, type, selected);
  const keepsNulls = type === item;
  return (json) => {
    if (!json.enterList()) return skipped(json);
    let text = '';
    while (json.nextItem()) {
      const written = write(json);
      if (written !== NULL || keepsNulls) text += text === '' ? written : `,${written}`;
    }
    return `[${text}]`;
  };
}

function skipped(json: JsonCursor): typeof NULL {
  json.skip();
  return NULL;
}

/** A list of members: of those that are not known one stands for all. */
function enumsWriter(type: GraphQLLeafType, read: (value: unknown) => unknown): JsonWriter {
  return (json) => {
    const members = read(valueOf(json.takeValue())) as unknown[] | null;
    return members === null ? NULL : JSON.stringify(members.map((member) => type.serialize(member)));
  };
}

/** Text that stands in JSON as it does in the answer; undefined for all other. */
const AS_IT_STANDS: Record<string, (stored: ByteText) => string | undefined> = {
  Boolean: (stored) => (stored === 'true' || stored === 'false' ? stored : undefined),
  Float: asNumber,
  Int: asNumber,
  DateTimeOffset: (stored) => (PLAIN_DATE_TIME.test(stored) ? stored : undefined),
};
/** In UTC, with no zero at the end of its fraction, and on a day that every month has. */
const PLAIN_DATE_TIME =
  /^"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{0,6}[1-9])?Z"$/;

/** Short whole numbers. */
function asNumber(stored: ByteText): string | undefined {
  return /^(?:0|-?[1-9]\d{0,8})$/.test(stored) ? stored : undefined;
}

function leafWriter(type: GraphQLLeafType): JsonWriter {
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

function valueOf(stored: ByteText): unknown {
  return parseJson(fromByteText(stored));
}

/** One object type each: which one it is, only the object tells. */
function interfaceWriter(scope: Scope, type: GraphQLInterfaceType, selected: Selected): JsonWriter {
  const writers = new Map(
    scope.schema.getPossibleTypes(type).map((possible) => [possible.name, objectWriter(scope, possible, selected)]),
  );
  return (json) => {
    const odataType = json.readAt(json.place, odataTypeOf);
    const write = writers.get(typeNameOf(odataType, type, scope.schema));
    if (!write) throw new NotCompiled(`${type.name} of a type that is none`);
    return write(json);
  };
}

function odataTypeOf(json: JsonCursor): unknown {
  if (!json.enterObject()) return undefined;
  let type: unknown;
  for (let name = json.nextKey(); name !== null; name = json.nextKey()) {
    if (name === ODATA_TYPE) type = valueOf(json.takeValue());
    else json.skip();
  }
  return type;
}

/** What is written of a member where the walk comes upon it, and its place in the answer. */
interface Placed {
  place: number;
  write: JsonWriter;
}

/** What is written of several members once the walk is over. */
interface Late {
  place: number;
  write: (json: JsonCursor, begins: Begins) => ByteText;
}

/** Where the values of members begin that are not null. */
type Begins = Map<string, number>;

/** An object type as it is selected, and the answer around its members. */
interface Template {
  /** What stands before each place. */
  pieces: string[];
  /** What stands there if the object says nothing; empty where it has to. */
  defaults: ByteText[];
  placed: Map<string, Placed[]>;
  late: Late[];
  /** The members that are written late. */
  kept: Set<string>;
}

function objectWriter(scope: Scope, type: GraphQLObjectType, { nodes }: Selected): JsonWriter {
  const template: Template = { pieces: [], defaults: [], placed: new Map(), late: [], kept: new Set() };
  selectedBelow(scope, type, nodes).forEach((selected, place) => {
    template.pieces.push(`${place === 0 ? '' : ','}${JSON.stringify(selected.key)}:`);
    if (selected.name === '__typename') template.defaults.push(JSON.stringify(type.name));
    else addField(template, scope, type, selected);
  });
  return templateWriter(template);
}

function addField(template: Template, scope: Scope, type: GraphQLObjectType, selected: Selected): void {
  const field = type.getFields()[selected.name];
  const source = field && jsonSourceOf(field);
  if (!source) throw new NotCompiled(`${type.name}.${selected.name}`);
  const { pieces, defaults, placed, late, kept } = template;
  const place = pieces.length - 1;
  const write = jsonWriter(scope, field.type, selected);
  defaults.push(!isNonNullType(field.type) ? NULL : isListType(field.type.ofType) ? '[]' : '');
  if ('member' in source) {
    placed.set(source.member, [...(placed.get(source.member) ?? []), { place, write }]);
    return;
  }
  for (const name of namesOf(source)) kept.add(name);
  late.push({ place, write: lateWriter(source, write) });
}

function namesOf(source: Exclude<JsonSource, { member: string }>): readonly string[] {
  if ('compute' in source) return source.members;
  return 'firstOf' in source ? source.firstOf : source.nameOfFirst;
}

function lateWriter(source: Exclude<JsonSource, { member: string }>, write: JsonWriter): Late['write'] {
  const names = namesOf(source);
  const writeValue = (value: unknown) => write(new JsonCursor(toByteText(stringifyJson(value ?? null))));
  if ('compute' in source)
    return (json, begins) => {
      const members: JsonObject = {};
      for (const name of names) {
        const begin = begins.get(name);
        if (begin !== undefined) members[name] = valueOf(json.readAt(begin, () => json.takeValue()));
      }
      return writeValue(source.compute(members));
    };
  const isSet = (begins: Begins) => names.find((name) => begins.has(name));
  if ('firstOf' in source)
    return (json, begins) => {
      const name = isSet(begins);
      return name === undefined ? writeValue(null) : json.readAt(begins.get(name) as number, write);
    };
  const written = new Map([undefined, ...names].map((name) => [name, writeValue(name)]));
  return (_json, begins) => written.get(isSet(begins)) as ByteText;
}

/** Walks over an object once, keeps what is selected, and writes it in the order of the answer. */
function templateWriter({ pieces, defaults, placed, late, kept }: Template): JsonWriter {
  const count = pieces.length;
  const isRequired = defaults.includes('');
  return (json) => {
    if (!json.enterObject()) return skipped(json);
    const values = [...defaults];
    const begins: Begins | null = kept.size > 0 ? new Map() : null;
    for (let name = json.nextKey(); name !== null; name = json.nextKey()) {
      if (begins !== null && kept.has(name)) keep(json, name, begins);
      const own = placed.get(name);
      if (own) writeMember(json, own, values);
      else json.skip();
    }
    if (begins !== null) for (const { place, write } of late) values[place] = write(json, begins);
    if (isRequired && values.includes('')) throw new NotCompiled('a value that is required is not there');
    let text = '{';
    for (let place = 0; place < count; place++) text += (pieces[place] as string) + (values[place] as string);
    return `${text}}`;
  };
}

/** Of several members of one name the last counts. */
function keep(json: JsonCursor, name: string, begins: Begins): void {
  if (json.isNull()) begins.delete(name);
  else begins.set(name, json.place);
}

/** Leaves the walk behind the member, which is written once for each place. */
function writeMember(json: JsonCursor, placed: readonly Placed[], values: ByteText[]): void {
  const last = placed.length - 1;
  for (let index = 0; index <= last; index++) {
    const { place, write } = placed[index] as Placed;
    values[place] = index === last ? write(json) : json.readAt(json.place, write);
  }
}
