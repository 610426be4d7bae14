import {
  type FieldNode,
  getArgumentValues,
  type GraphQLArgument,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
  Kind,
  type ValueNode,
  valueFromAST,
} from 'graphql';
import type { ByteText } from '../../platform/byte-text.js';
import type { Budget } from '../budget.js';
import type { GraphQLContext } from '../context.js';
import type { Scope, Selected } from '../look-ahead.js';
import { NotCompiled } from './not-compiled.js';
import type { RecordJsonCache } from './record-json-cache.js';

/** One request, as a plan sees it. */
export interface Request {
  context: GraphQLContext;
  /** Coerced as graphql-js does. */
  variables: { [name: string]: unknown };
  /** The points that the plan has cost so far. */
  paid: number;
}

/** Takes points for what a plan is about to do. */
export function pay(request: Request, points: number): Promise<void> {
  request.paid += points;
  return request.context.spend(points);
}

/** JSON as it stands in an answer: one text, or the bytes of a large one in pieces, some of which may come several times. */
export type Written = ByteText | readonly Buffer[];

/**
 * Reads the arguments of a root field, and gives what resolves it to the JSON of its value. It throws before
 * anything has been done: a `NotCompiled` where graphql-js must execute, the error of graphql-js where an argument is
 * wrong. What it gives rejects as the field's resolver would.
 */
export type Plan = (request: Request) => () => Promise<Written>;

/** Errors of the places within a root field that a failed plan leaves null, in place of one for the field. */
export class PlanFailure extends Error {
  constructor(
    readonly errors: readonly GraphQLError[],
    readonly value: unknown,
  ) {
    super('A part of the field failed.');
  }
}

/** What plans are made of, and what they keep of answers. */
export interface PlanScope extends Scope {
  cache: RecordJsonCache;
}

/** A root field to be planned. */
export interface Root {
  scope: PlanScope;
  selected: Selected;
  definition: GraphQLField<unknown, unknown>;
  /** Whether other root fields stand beside it. */
  isOneOfMany: boolean;
}

/**
 * Makes the reader of a root field's arguments (GraphQL specification, section 6.4.1): `getArgumentValues` with what the
 * document says looked up once. It throws the error of graphql-js.
 */
export function argumentsReader<Arguments>({
  definition,
  selected,
}: Pick<Root, 'definition' | 'selected'>): (request: Request) => Arguments {
  const [node] = selected.nodes as [FieldNode];
  const given = new Map(node.arguments?.map(({ name, value }) => [name.value, value]));
  const readers = definition.args.map((argument) => ({
    name: argument.name,
    read: argumentReader(argument, given.get(argument.name)),
  }));
  return ({ variables }) => {
    const values: Variables = {};
    for (const { name, read } of readers) {
      const value = read(variables);
      if (value === REFUSED) return getArgumentValues(definition, node, variables) as Arguments;
      if (value !== undefined) values[name] = value;
    }
    return values as Arguments;
  };
}

type Variables = Request['variables'];

/** Stands for an argument of which graphql-js says what is wrong. */
const REFUSED = Symbol('refused');

/** Undefined is an argument that is not there. */
function argumentReader(
  { type, defaultValue }: GraphQLArgument,
  given: ValueNode | undefined,
): (variables: Variables) => unknown {
  const required = (value: unknown) => (value == null && isNonNullType(type) ? REFUSED : value);
  if (given === undefined) return () => required(defaultValue);
  if (given.kind === Kind.VARIABLE) {
    const variable = given.name.value;
    return (variables) => required(Object.hasOwn(variables, variable) ? variables[variable] : defaultValue);
  }
  return (variables) => {
    const value: unknown = valueFromAST(given, type, variables);
    return value === undefined ? REFUSED : value;
  };
}

/** What the operation may reach, where it was sized before it began. An operation of many lists has no plan without. */
export function begunBudget({ context: { budget } }: Request): Budget {
  if (!budget?.hasBegun) throw new NotCompiled('many lists that were not sized');
  return budget;
}

/** An object type of ours by name. */
export function objectType(schema: GraphQLSchema, name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new NotCompiled(`no type ${name}`);
  return type;
}
