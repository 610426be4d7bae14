import {
  defaultFieldResolver,
  GraphQLEnumType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { isLosslessNumber } from 'lossless-json';
import { isObject, type JsonObject } from '../domain/document.js';
import { toKnownMember, toKnownMembers } from '../domain/enums.js';
import { type Budget, counted } from './budget.js';
import { chosen, JSON_SOURCE, type JsonMembers, type JsonSource, renamedIn } from '../domain/json-source.js';

/**
 * Reads a value of stored JSON as a type of the schema. The source decides on its content. A value that the type cannot
 * hold reads as null. A missing list reads as an empty one if the schema promises a list.
 */
export type ReadJson = (value: unknown) => unknown;

/** The reader of a type: gives the value with which graphql-js continues. */
export function jsonReader(type: GraphQLOutputType): ReadJson {
  if (isNonNullType(type)) {
    const read = jsonReader(type.ofType);
    return isListType(type.ofType) ? (value) => read(value) ?? [] : read;
  }
  if (isListType(type)) return listReader(type.ofType);
  if (isLeafType(type)) return leafReader(type);
  return isObjectType(type) ? objectReader(type) : (value) => (isObject(value) ? value : null);
}

/** An object without a member that its type promises cannot be shown: it reads as null, and a list leaves it out. */
function objectReader(type: GraphQLObjectType): ReadJson {
  let isWhole: ((object: JsonObject) => boolean) | null = null;
  return (value) => {
    if (!isObject(value)) return null;
    isWhole ??= wholenessOf(type);
    return isWhole(value) ? value : null;
  };
}

function wholenessOf(type: GraphQLObjectType): (object: JsonObject) => boolean {
  const required = promisedMembers(type).map(({ member, field }) => ({ member, read: jsonReader(field.type) }));
  return (object) => required.every(({ member, read }) => read(object[member]) != null);
}

/**
 * The fields of a type that are never null, by their members. Lists may be empty, and computed values follow from other
 * members: neither is included.
 */
export function promisedMembers(type: GraphQLObjectType): { member: string; field: GraphQLField<unknown, unknown> }[] {
  return Object.values(type.getFields()).flatMap((field) => {
    const source = isNonNullType(field.type) && !isListType(field.type.ofType) ? jsonSourceOf(field) : null;
    return source && 'member' in source ? [{ member: source.member, field }] : [];
  });
}

function listReader(item: GraphQLOutputType): ReadJson {
  const named = isNonNullType(item) ? item.ofType : item;
  if (isEnumType(named)) {
    const known = membersOf(named);
    return (value) =>
      Array.isArray(value)
        ? toKnownMembers(
            known,
            value.filter((one): one is string => typeof one === 'string'),
          )
        : null;
  }
  const read = jsonReader(item);
  const keepsNulls = item === named;
  return (value) => {
    if (!Array.isArray(value)) return null;
    const items = value.map(read);
    return keepsNulls ? items : items.filter((one) => one != null);
  };
}

/** A scalar accepts from JSON the same values as from input. */
export function leafReader(type: GraphQLLeafType): ReadJson {
  if (isEnumType(type)) {
    const known = membersOf(type);
    return (value) => (typeof value === 'string' ? (toKnownMember(known, value) ?? null) : null);
  }
  return (value) => {
    if (value == null) return null;
    try {
      return type.parseValue(isLosslessNumber(value) && type.name !== 'Int64' ? Number(value) : value);
    } catch {
      return null;
    }
  };
}

/** The members of an enumeration as the source writes them. */
function membersOf(type: GraphQLEnumType): Record<string, string> {
  return Object.fromEntries(type.getValues().map(({ value }) => [value as string, value as string]));
}

/** The source of a field in the JSON of its object; null for a field with a resolver of its own. */
export function jsonSourceOf({ extensions }: GraphQLField<unknown, unknown>): JsonSource | null {
  return (extensions[JSON_SOURCE] as JsonSource | undefined) ?? null;
}

/** The members that JSON objects got from the object around them. */
const handedDown = new WeakMap<JsonObject, JsonMembers>();

/** The value of a source in the JSON of its object. */
function valueOf(source: JsonSource, object: JsonObject): unknown {
  if ('member' in source) {
    const value = object[source.member];
    if (source.handsDown) handDown(pickMembers(object, source.handsDown), value);
    return value;
  }
  if ('compute' in source)
    return chosen(source, source.compute(pickMembers(object, source.members), handedDown.get(object) ?? {}));
  if ('renamed' in source) return renamedIn(source, object);
  const names = 'firstOf' in source ? source.firstOf : source.nameOfFirst;
  const first = names.find((name) => object[name] != null);
  return 'firstOf' in source && first !== undefined ? object[first] : first;
}

function pickMembers(object: JsonObject, names: readonly string[]): JsonMembers {
  return Object.fromEntries(names.filter((name) => object[name] != null).map((name) => [name, object[name]]));
}

function handDown(members: JsonMembers, value: unknown): void {
  for (const one of Array.isArray(value) ? value : [value]) if (isObject(one)) handedDown.set(one, members);
}

/** The member that tells sub-types apart (OData JSON, section 4.6.3). */
export const ODATA_TYPE = '@odata.type';

/**
 * The object type of JSON for an interface: the type that its `@odata.type` names, with or without `#` and namespace.
 * Otherwise the type for all others, whose name is `Other` and the interface's name.
 */
export function typeNameOf(odataType: unknown, type: GraphQLInterfaceType, schema: GraphQLSchema): string {
  const last =
    typeof odataType === 'string'
      ? odataType.slice(Math.max(...['#', '.'].map((one) => odataType.lastIndexOf(one))) + 1)
      : '';
  const name = last.charAt(0).toUpperCase() + last.slice(1);
  const isOne = schema.getPossibleTypes(type).some((possible) => possible.name === name);
  return isOne ? name : `Other${type.name}`;
}

/**
 * Makes graphql-js read fields, and all types below them, from stored JSON. `declared` is the same schema with the
 * sources that classes declare. Fields with resolvers of their own keep them.
 */
export function readFromJson(schema: GraphQLSchema, declared: GraphQLSchema, typeName: string, fields: string[]): void {
  const seen = new Set<string>();
  const readField = (type: string, field: GraphQLField<unknown, unknown>) => {
    if (field.resolve && field.resolve !== defaultFieldResolver) return;
    const { extensions } = fieldOf(declared, type, field.name);
    const source = (extensions[JSON_SOURCE] as JsonSource | undefined) ?? { member: field.name };
    const read = jsonReader(field.type);
    field.extensions = { ...field.extensions, [JSON_SOURCE]: source };
    field.resolve = (object, _args, context) => {
      const value = read(valueOf(source, object as JsonObject));
      return counted(field.name, value, context as { budget?: Budget });
    };
    readBelow(getNamedType(field.type).name);
  };
  const readBelow = (name: string) => {
    const type = schema.getType(name);
    if (seen.has(name) || isLeafType(type)) return;
    seen.add(name);
    if (isObjectType(type)) for (const field of Object.values(type.getFields())) readField(name, field);
    if (!isInterfaceType(type)) return;
    type.resolveType = (object) => typeNameOf((object as JsonObject)[ODATA_TYPE], type, schema);
    for (const possible of schema.getPossibleTypes(type)) readBelow(possible.name);
  };
  for (const name of fields) readField(typeName, fieldOf(schema, typeName, name));
}

function fieldOf(schema: GraphQLSchema, typeName: string, name: string): GraphQLField<unknown, unknown> {
  const type = schema.getType(typeName);
  const field = type instanceof GraphQLObjectType ? type.getFields()[name] : undefined;
  if (!field) throw new Error(`There is no ${typeName}.${name} to read from JSON.`);
  return field;
}
