import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
  Kind,
  type ValueNode,
  valueFromAST,
} from 'graphql';
import type { GraphQLContext } from '../context.js';
import { NotCompiled } from './not-compiled.js';
import type { RecordJsonCache } from './record-json-cache.js';
import type { Scope, Selected } from '../look-ahead.js';

/** One request, as a plan sees it. */
export interface Request {
  context: GraphQLContext;
  /** Coerced by graphql-js. */
  variables: { [name: string]: unknown };
}

/** Executes a root field: resolves to the JSON text of its value. Rejects where graphql-js must answer. */
export type Plan = (request: Request) => Promise<string>;

/** What plans are made of, and what they keep of answers. */
export interface PlanScope extends Scope {
  cache: RecordJsonCache;
}

/** A root field to be planned. */
export interface Root {
  scope: PlanScope;
  selected: Selected;
  definition: GraphQLField<unknown, unknown>;
}

/**
 * Makes the reader of a root field's arguments (GraphQL specification, section 6.4.1): `getArgumentValues` with what the
 * document says looked up once. It throws where graphql-js would report an error.
 */
export function argumentsReader<Arguments>({ definition, selected }: Root): (request: Request) => Arguments {
  const given = new Map(selected.nodes[0]?.arguments?.map(({ name, value }) => [name.value, value]));
  const readers = definition.args.map((argument) => ({
    name: argument.name,
    read: argumentReader(argument, given.get(argument.name)),
  }));
  return ({ variables }) => {
    const values: Variables = {};
    for (const { name, read } of readers) {
      const value = read(variables);
      if (value !== undefined) values[name] = value;
    }
    return values as Arguments;
  };
}

type Variables = Request['variables'];

/** Undefined is an argument that is not there. */
function argumentReader(
  { name, type, defaultValue }: GraphQLArgument,
  given: ValueNode | undefined,
): (variables: Variables) => unknown {
  const required = (value: unknown) => {
    if (value == null && isNonNullType(type)) throw new NotCompiled(`the argument ${name} without a value`);
    return value;
  };
  if (given === undefined) return () => required(defaultValue);
  if (given.kind === Kind.VARIABLE) {
    const variable = given.name.value;
    return (variables) => required(Object.hasOwn(variables, variable) ? variables[variable] : defaultValue);
  }
  return (variables) => {
    const value: unknown = valueFromAST(given, type, variables);
    if (value === undefined) throw new NotCompiled(`the argument ${name} with a value that is none of its type`);
    return value;
  };
}

/** An object type of ours by name. */
export function objectType(schema: GraphQLSchema, name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new NotCompiled(`no type ${name}`);
  return type;
}
