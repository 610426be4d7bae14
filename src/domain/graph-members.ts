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

/** A member of an object of Microsoft Graph, by the field of the schema that shows it. */
export interface GraphMember {
  /** Its name in Graph's JSON. */
  name: string;
  /** Its type, or that of the items of its list. */
  type: GraphQLNamedOutputType;
  isList: boolean;
  isNullable: boolean;
  description: string;
}

/**
 * What an object of Graph holds, by the type of the schema that reads its JSON: all its fields but those that are computed.
 * Throws for a name that is of no object type.
 */
export function graphMembers(schema: GraphQLSchema, typeName: string): GraphMember[] {
  const object = schema.getType(typeName);
  if (!isObjectType(object)) throw new Error(`The schema has no object type ${typeName}.`);
  return Object.values(object.getFields()).flatMap((field) => {
    const source = field.extensions[JSON_SOURCE] as JsonSource | undefined;
    return source && 'member' in source ? [memberOf(field, source.member)] : [];
  });
}

/** A field as a member of Graph's; `name` where that is another one there. */
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
