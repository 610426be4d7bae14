import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInterfaceType,
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
import { type ByteText, toByteText } from '../../platform/byte-text.js';
import { stringifyJson } from '../../platform/json.js';
import type { JsonMembers, JsonSource } from '../../domain/json-source.js';
import { jsonReader, jsonSourceOf, ODATA_TYPE, promisedMembers, typeNameOf } from '../json-types.js';
import { JsonCursor } from './json-cursor.js';
import { enumsWriter, type JsonWriter, leafWriter, NULL, valueOf } from './json-leaves.js';
import { NotCompiled } from './not-compiled.js';
import { type Scope, type Selected, selectedBelow } from '../look-ahead.js';

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
  /** What stands there if the object says nothing; beyond the places what must be there to show the object at all. */
  defaults: ByteText[];
  /** The places of what is never null. */
  promised: number[];
  placed: Map<string, Placed[]>;
  late: Late[];
  /** The members that are written late. */
  kept: Set<string>;
}

/** Whether anything below a field is computed with what the object hands down. */
interface Below extends Scope {
  handsDown?: { isUsed: boolean };
}

function objectWriter(scope: Below, type: GraphQLObjectType, { nodes }: Selected): JsonWriter {
  const template: Template = {
    ...{ pieces: [], defaults: [], promised: [], placed: new Map<string, Placed[]>() },
    ...{ late: [], kept: new Set<string>() },
  };
  const selection = selectedBelow(scope, type, nodes);
  selection.forEach((selected, place) => {
    template.pieces.push(`${place === 0 ? '' : ','}${JSON.stringify(selected.key)}:`);
    if (selected.name === '__typename') template.defaults.push(JSON.stringify(type.name));
    else addField(template, scope, type, selected);
  });
  for (const { member, field } of promisedMembers(type)) addPromised(template, member, field);
  return templateWriter(template);
}

function addField(template: Template, scope: Below, type: GraphQLObjectType, selected: Selected): void {
  const field = type.getFields()[selected.name];
  const source = field && jsonSourceOf(field);
  if (!source) throw new NotCompiled(`${type.name}.${selected.name}`);
  const { pieces, defaults, placed, late, kept } = template;
  const place = pieces.length - 1;
  const below = { ...scope, handsDown: { isUsed: false } };
  // Whether a promised member is there, is looked at once the walk is over.
  const isPromised = 'member' in source && isNonNullType(field.type) && !isListType(field.type.ofType);
  const write = jsonWriter(below, isPromised ? getNullableType(field.type) : field.type, selected);
  defaults.push(isNonNullType(field.type) && isListType(field.type.ofType) ? '[]' : NULL);
  if (scope.handsDown && 'compute' in source && source.takesHandedDown) scope.handsDown.isUsed = true;
  if ('member' in source && !(source.handsDown && below.handsDown.isUsed)) {
    placed.set(source.member, [...(placed.get(source.member) ?? []), { place, write }]);
    return;
  }
  for (const name of namesOf(source)) kept.add(name);
  late.push({ place, write: lateWriter(source, write) });
}

/** What an object must have to be shown is looked for, selected or not. */
function addPromised(template: Template, member: string, field: GraphQLField<unknown, unknown>): void {
  const { defaults, promised, placed } = template;
  const [selected] = placed.get(member) ?? [];
  if (selected) return void promised.push(selected.place);
  const place = defaults.push(NULL) - 1;
  promised.push(place);
  const type = getNamedType(field.type);
  if (!isLeafType(type)) throw new NotCompiled(`JSON that must hold ${type.name}`);
  placed.set(member, [{ place, write: leafWriter(type) }]);
}

function namesOf(source: JsonSource): readonly string[] {
  if ('member' in source) return [source.member, ...(source.handsDown ?? [])];
  if ('compute' in source) return source.members;
  return 'firstOf' in source ? source.firstOf : source.nameOfFirst;
}

function lateWriter(source: JsonSource, write: JsonWriter): Late['write'] {
  const names = namesOf(source);
  const writeValue = (value: unknown) => write(new JsonCursor(toByteText(stringifyJson(value ?? null))));
  if ('member' in source) return handingDown(source.member, membersReader(source.handsDown ?? []), write);
  if ('compute' in source) {
    const read = membersReader(source.members);
    return (json, begins) => writeValue(source.compute(read(json, begins), json.handedDown));
  }
  const isSet = (begins: Begins) => names.find((name) => begins.has(name));
  if ('firstOf' in source)
    return (json, begins) => {
      const name = isSet(begins);
      return name === undefined ? writeValue(null) : json.readAt(begins.get(name) as number, write);
    };
  const written = new Map([undefined, ...names].map((name) => [name, writeValue(name)]));
  return (_json, begins) => written.get(isSet(begins)) as ByteText;
}

type MembersReader = (json: JsonCursor, begins: Begins) => JsonMembers;

function handingDown(member: string, read: MembersReader, write: JsonWriter): Late['write'] {
  const nothing = write(new JsonCursor(NULL));
  return (json, begins) => {
    const begin = begins.get(member);
    if (begin === undefined) return nothing;
    const { handedDown } = json;
    json.handedDown = read(json, begins);
    const text = json.readAt(begin, write);
    json.handedDown = handedDown;
    return text;
  };
}

/** Makes an object of members each of which is parsed when it is looked at, as many are not. */
function membersReader(names: readonly string[]): MembersReader {
  class Members {
    constructor(
      readonly json: JsonCursor,
      readonly begins: Begins,
    ) {}
  }
  for (const name of names)
    Object.defineProperty(Members.prototype, name, {
      get(this: Members) {
        const begin = this.begins.get(name);
        return begin === undefined ? undefined : valueOf(this.json.readAt(begin, (json) => json.takeValue()));
      },
    });
  return (json, begins) => new Members(json, begins) as unknown as JsonMembers;
}

/** Walks over an object once, keeps what is selected, and writes it in the order of the answer. */
function templateWriter({ pieces, defaults, promised, placed, late, kept }: Template): JsonWriter {
  const count = pieces.length;
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
    for (const place of promised) if (values[place] === NULL) return NULL;
    if (begins !== null) for (const { place, write } of late) values[place] = write(json, begins);
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
