import {
  getNamedType,
  getNullableType,
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { type ByteText, toByteText } from '../../platform/byte-text.js';
import { stringifyJson } from '../../platform/json.js';
import { chosen, type JsonSource, type Renamed } from '../../domain/json-source.js';
import { jsonReader, jsonSourceOf, ODATA_TYPE, promisedMembers, typeNameOf } from '../json-types.js';
import { atDesk } from './json-desk.js';
import { absentOf, COMPUTED, Field, missing } from './json-field.js';
import { ObjectLayout, ValueLayout } from './json-layout.js';
import { ByteMap } from './byte-map.js';
import { enumsText, enumsWriter, leafText, leafWriter, NULL, type ValueWriter } from './json-leaves.js';
import { handingDown, membersReader } from './json-members.js';
import { type JsonOutput, Piece } from './json-output.js';
import { NotCompiled } from './not-compiled.js';
import { type Scope, type Selected, selectedBelow } from '../look-ahead.js';
import { ROOT, VALUE } from './stored-json.js';

/** Writes stored JSON, given as text or as bytes, as it stands in an answer. */
export type JsonWriter = (stored: ByteText | Buffer) => ByteText;

/**
 * Makes the writer of stored JSON as a type of the schema, with the selection below it. It goes straight from text to
 * text, with the same result as `jsonReader` and graphql-js from the parsed value.
 */
export function jsonWriter(scope: Below, type: GraphQLOutputType, selected: Selected): JsonWriter {
  const layout = new ValueLayout();
  const write = valueWriter(scope, type, selected, layout);
  const absent = absentOf(type);
  return (stored) =>
    atDesk(({ json, output }) => {
      json.read(stored, layout);
      if (!json.isNull(ROOT) && write(json, ROOT, output)) return output.since(0);
      if (absent === null) throw missing();
      return absent;
    });
}

/** A writer of values of a type, null or not. It adds the members that it needs to the layout. */
function valueWriter(scope: Below, type: GraphQLOutputType, selected: Selected, layout: ValueLayout): ValueWriter {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return listWriter(scope, nullable, selected, layout);
  if (isLeafType(nullable)) return leafWriter(nullable);
  if (isObjectType(nullable)) return objectWriter(scope, nullable, selected, layout.asObject());
  if (isInterfaceType(nullable)) return interfaceWriter(scope, nullable, selected, layout.asObject());
  throw new NotCompiled(`JSON of the type ${nullable.name}`);
}

const OPEN_LIST = new Piece('[');
const CLOSE_LIST = new Piece(']');
const COMMA = new Piece(',');
const NOTHING = new Piece(NULL);

function listWriter(
  scope: Below,
  list: GraphQLList<GraphQLOutputType>,
  selected: Selected,
  layout: ValueLayout,
): ValueWriter {
  const item = list.ofType;
  const type = getNullableType(item);
  if (isEnumType(type)) return enumsWriter(type, jsonReader(list));
  const write = valueWriter(scope, type, selected, layout.asList());
  const keepsNulls = type === item;
  return (json, value, output) => {
    if (!json.isList(value)) return false;
    output.piece(OPEN_LIST);
    const start = output.length;
    for (let one = json.firstOf(value); one !== 0; one = json.nextOf(one)) {
      const before = output.length;
      if (before > start) output.piece(COMMA);
      if (!json.isNull(one) && write(json, one, output)) continue;
      if (keepsNulls) output.piece(NOTHING);
      else output.length = before;
    }
    output.piece(CLOSE_LIST);
    return true;
  };
}

/** One writer for each object type; only the object tells which type it has. */
function interfaceWriter(
  scope: Below,
  type: GraphQLInterfaceType,
  selected: Selected,
  layout: ObjectLayout,
): ValueWriter {
  const writers = new Map(
    scope.schema
      .getPossibleTypes(type)
      .map((possible) => [possible.name, objectWriter(scope, possible, selected, layout)]),
  );
  const odataType = layout.placeOf(ODATA_TYPE) * VALUE;
  const known = new ByteMap<ValueWriter>();
  let spellings = 0;
  return (json, value, output) => {
    const members = json.membersOf(value);
    if (members === 0) return false;
    const start = json.start(members + odataType);
    const end = json.end(members + odataType);
    let write = known.find(json.bytes, start, end);
    if (!write) {
      write = writers.get(typeNameOf(json.parsed(members + odataType), type, scope.schema));
      if (!write) throw new NotCompiled(`${type.name} of a type that is none`);
      if (spellings++ < SPELLINGS_KNOWN) known.add(Buffer.from(json.bytes.subarray(start, end)), write);
    }
    return write(json, value, output);
  };
}

/** More than the spellings of the types' names. */
const SPELLINGS_KNOWN = 50;

/**
 * Makes the writer of a field that does not come from JSON, from the members of its object. Null if the field is
 * another one.
 */
export type Linked = (type: GraphQLObjectType, selected: Selected, layout: ObjectLayout) => ValueWriter | null;

interface Below extends Scope {
  /** Whether any field below is computed from members that the object hands down. */
  handsDown?: { isUsed: boolean };
  linked?: Linked;
}

function objectWriter(scope: Below, type: GraphQLObjectType, { nodes }: Selected, layout: ObjectLayout): ValueWriter {
  const fields: Field[] = [];
  let before = '{';
  selectedBelow(scope, type, nodes).forEach((selected, index) => {
    before += `${index === 0 ? '' : ','}${JSON.stringify(selected.key)}:`;
    if (selected.name === '__typename') {
      before += JSON.stringify(type.name);
      return;
    }
    fields.push(fieldOf(scope, type, selected, { layout, before }));
    before = '';
  });
  const after = new Piece(`${before}}`);
  const unseen = unseenOf(type, fields, layout);
  return (json, value, output) => {
    const members = json.membersOf(value);
    if (members === 0) return false;
    const start = output.length;
    for (const field of unseen) {
      const isThere = field.write(json, members, output);
      output.length = start;
      if (!isThere) return false;
    }
    for (const field of fields) {
      if (field.write(json, members, output)) continue;
      output.length = start;
      return false;
    }
    output.piece(after);
    return true;
  };
}

/** The place of a field, and the layout of its object. */
interface Place {
  layout: ObjectLayout;
  before: ByteText;
}

function fieldOf(scope: Below, type: GraphQLObjectType, selected: Selected, { layout, before }: Place): Field {
  const field = type.getFields()[selected.name];
  const source = field && jsonSourceOf(field);
  if (!source) {
    const write = scope.linked?.(type, selected, layout);
    if (!field || !write) throw new NotCompiled(`${type.name}.${selected.name}`);
    return new Field(COMPUTED, write, before, field.type);
  }
  if (!('member' in source)) {
    const write = sourceWriter(scope, source, { type: field.type, selected, layout });
    return new Field(COMPUTED, write, before, field.type);
  }
  const below = { ...scope, handsDown: { isUsed: false } };
  const write = valueWriter(below, field.type, selected, layout.valueOf(source.member));
  const place = layout.placeOf(source.member) * VALUE;
  const read = source.handsDown && below.handsDown.isUsed ? membersReader(source.handsDown, layout) : null;
  const handing = read ? handingDown(write, (json, value) => read(json, value - place)) : write;
  return new Field(place, handing, before, field.type);
}

/** The fields that an object needs to be shown, and that are not selected. */
function unseenOf(type: GraphQLObjectType, fields: readonly Field[], layout: ObjectLayout): Field[] {
  return promisedMembers(type).flatMap(({ member, field }) => {
    const place = layout.placeOf(member) * VALUE;
    if (fields.some((one) => one.isPromised && one.place === place)) return [];
    const leaf = getNamedType(field.type);
    if (!isLeafType(leaf)) throw new NotCompiled(`JSON that must hold ${leaf.name}`);
    return [new Field(place, leafWriter(leaf), '', field.type)];
  });
}

/** A field without a member of its own, and the layout of its object. */
interface Sourced {
  type: GraphQLOutputType;
  selected: Selected;
  layout: ObjectLayout;
}

/** Writes a value that follows from members of an object. */
function sourceWriter(scope: Below, source: Exclude<JsonSource, { member: string }>, at: Sourced): ValueWriter {
  if ('renamed' in source) return renamedWriter(scope, source, at);
  const { type, selected, layout } = at;
  if ('firstOf' in source) {
    const all = source.firstOf.map((name) => ({
      write: valueWriter(scope, type, selected, layout.valueOf(name)),
      place: layout.placeOf(name) * VALUE,
    }));
    return (json, members, output) => {
      const first = all.find(({ place }) => !json.isNull(members + place));
      return first !== undefined && first.write(json, members + first.place, output);
    };
  }
  const textOf = computedText(scope, type, selected);
  if ('nameOfFirst' in source) {
    const all = source.nameOfFirst.map((name) => ({ text: textOf(name), place: layout.placeOf(name) * VALUE }));
    return (json, members, output) =>
      writeText(all.find(({ place }) => !json.isNull(members + place))?.text ?? NULL, output);
  }
  if (scope.handsDown && source.takesHandedDown) scope.handsDown.isUsed = true;
  const { compute } = source;
  const read = membersReader(source.members, layout);
  return (json, members, output) => {
    const computed = json.computedOnce(compute, members, () => compute(read(json, members), json.handedDown));
    return writeText(textOf(chosen(source, computed)), output);
  };
}

/** Writes an object that consists of one member, under another name. */
function renamedWriter(scope: Below, { renamed, by, beside, nameOf }: Renamed, at: Sourced): ValueWriter {
  const { type, selected, layout } = at;
  if (!isObjectType(type)) throw new NotCompiled(`a member under another name in ${getNamedType(type).name}`);
  const member = layout.valueOf(renamed);
  // Its layout is the same under any name.
  const set = (layout.valueOf(beside).members ??= new ObjectLayout(member));
  if (set.alike !== member) throw new NotCompiled('two ways to look at one object');
  const write = objectWriter(scope, type, selected, set);
  const place = { renamed: layout.placeOf(renamed) * VALUE, beside: layout.placeOf(beside) * VALUE };
  const told = member.asObject().placeOf(by) * VALUE;
  return (json, members, output) => {
    const own = members + place.renamed;
    const other = members + place.beside;
    const inside = json.membersOf(own);
    if (inside === 0) return write(json, other, output);
    const name = nameOf(json.parsed(inside + told), json.parsed(other));
    return write(json, json.asMember(own, set.find(name).place, set.size), output);
  };
}

function writeText(text: ByteText, output: JsonOutput): boolean {
  if (text === NULL) return false;
  output.text(text);
  return true;
}

/** The text of a value that is not stored itself. */
function computedText(scope: Below, type: GraphQLOutputType, selected: Selected): (value: unknown) => ByteText {
  const nullable = getNullableType(type);
  if (isLeafType(nullable)) return leafText(nullable);
  if (isListType(nullable) && isEnumType(getNullableType(nullable.ofType)))
    return enumsText(getNamedType(nullable) as GraphQLLeafType, jsonReader(nullable));
  const write = jsonWriter(scope, nullable, selected);
  return (value) => (value == null ? NULL : write(toByteText(stringifyJson(value))));
}
