import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromAST,
} from 'graphql';
import { NotCompiled } from './not-compiled.js';

type Variables = { [name: string]: unknown };

/** Reads a value that was sent; throws where graphql-js has to say what is wrong with it. */
type Reader = (value: unknown) => unknown;

/** The variables of a request as graphql-js coerces them; throws a `NotCompiled` where it has to say what is wrong. */
export type VariablesReader = (given: Variables) => Variables;

/**
 * Makes the reader of an operation's variables (GraphQL specification, section 6.1.2): `getVariableValues` with all
 * that follows from their types done once, and without places to tell errors by.
 */
export function variablesReader(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): VariablesReader {
  const known = new Map<GraphQLInputType, Reader>();
  const readers = variableDefinitions.map(({ variable, type: node, defaultValue }) => {
    const type = typeFromAST(schema, node as never);
    const isInput = isInputType(type);
    return {
      name: variable.name.value,
      isRequired: !isInput || isNonNullType(type),
      byDefault: isInput && defaultValue ? () => valueFromAST(defaultValue, type) : null,
      read: isInput ? readerOf(type, known) : refuse,
    };
  });
  return (given) => {
    // A variable may have any name, and be given or not.
    const values = Object.create(null) as Variables;
    try {
      for (const { name, isRequired, byDefault, read } of readers) {
        if (Object.hasOwn(given, name)) values[name] = read(given[name]);
        else if (byDefault) values[name] = byDefault();
        else if (isRequired) refuse();
      }
      return values;
    } catch {
      return refuse();
    }
  };
}

/** Everything wrong is one thing here. */
function refuse(): never {
  throw new NotCompiled('variables of which graphql-js tells what is wrong');
}

function readerOf(type: GraphQLInputType, known: Map<GraphQLInputType, Reader>): Reader {
  if (isNonNullType(type)) {
    const read = readerOf(type.ofType, known);
    return (value) => {
      return value == null ? refuse() : read(value);
    };
  }
  const reader = known.get(type);
  if (reader) return reader;
  // Types of input may hold themselves: what is being made is found by the time it is needed.
  let made: Reader | null = null;
  known.set(type, (value) => (made as Reader)(value));
  const read = nonNullReader(type, known);
  made = (value) => (value == null ? null : read(value));
  known.set(type, made);
  return made;
}

function nonNullReader(type: GraphQLInputType, known: Map<GraphQLInputType, Reader>): Reader {
  if (isListType(type)) {
    const read = readerOf(type.ofType, known);
    return (value) => (Array.isArray(value) ? value.map((item) => read(item)) : [read(value)]);
  }
  if (isInputObjectType(type)) return objectReader(type, known);
  if (isNonNullType(type)) return readerOf(type, known);
  return (value) => {
    const parsed: unknown = type.parseValue(value);
    return parsed === undefined ? refuse() : parsed;
  };
}

function objectReader(type: GraphQLInputObjectType, known: Map<GraphQLInputType, Reader>): Reader {
  if (type.isOneOf) return refuse;
  const fields = Object.values(type.getFields()).map(({ name, type: ofType, defaultValue }) => ({
    name,
    defaultValue,
    isRequired: isNonNullType(ofType),
    read: readerOf(ofType, known),
  }));
  return (value) => {
    if (typeof value !== 'object' || Array.isArray(value)) refuse();
    const given = value as Variables;
    let unseen = Object.keys(given).length;
    const result: Variables = {};
    for (const { name, defaultValue, isRequired, read } of fields) {
      const member = given[name];
      if (member !== undefined) {
        result[name] = read(member);
        unseen--;
      } else if (defaultValue !== undefined) result[name] = defaultValue;
      else if (isRequired) refuse();
    }
    // Members that the type does not have.
    if (unseen > 0) refuse();
    return result;
  };
}
