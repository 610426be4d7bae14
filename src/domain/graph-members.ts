import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLSchema,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { JSON_SOURCE, type JsonSource } from './json-source.js';

/** A member of an object of Microsoft Graph, as described by the schema's field for it. */
export interface GraphMember {
  /** Its name in Graph's JSON. */
  name: string;
  /** Its type; for a list, the type of the items. */
  type: GraphQLNamedOutputType;
  isList: boolean;
  isNullable: boolean;
  description: string;
}

/**
 * The members of one of Graph's objects, by the schema's type that reads its JSON: all fields except computed ones.
 * Throws if the name is not that of an object type.
 */
export function graphMembers(schema: GraphQLSchema, typeName: string): GraphMember[] {
  const object = schema.getType(typeName);
  if (!isObjectType(object)) throw new Error(`The schema has no object type ${typeName}.`);
  return Object.values(object.getFields()).flatMap((field) => {
    const source = field.extensions[JSON_SOURCE] as JsonSource | undefined;
    return source && 'member' in source ? [memberOf(field, source.member)] : [];
  });
}

/** A field as a member of Graph's object; `name` if the member has another name. */
export function memberOf(
  { name, type, description }: GraphQLField<unknown, unknown>,
  member: string = name,
): GraphMember {
  return {
    name: member,
    type: getNamedType(type),
    isList: isListType(getNullableType(type)),
    isNullable: !isNonNullType(type),
    description: description ?? '',
  };
}
