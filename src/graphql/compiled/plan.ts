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
  /** Set once graphql-js answers instead: the other root fields of the plan go no further. */
  isGivenUp?: boolean;
}

/** Takes points for the next step of a plan. Rejects with `NotCompiled` if the plan is given up. */
export async function pay(request: Request, points: number): Promise<void> {
  if (request.isGivenUp) throw new NotCompiled('given up');
  request.paid += points;
  await request.context.spend(points);
}

/**
 * JSON as it stands in an answer: one text, or the bytes of a large one in pieces, some of which may occur several
 * times.
 */
export type Written = ByteText | readonly Buffer[];

/**
 * Reads the arguments of a root field, and gives the function that resolves it to the JSON of its value. Before
 * anything has been done, it may throw a `NotCompiled` if graphql-js has to execute, or the error of graphql-js if an
 * argument is wrong. The function rejects as the field's resolver would.
 */
export type Plan = (request: Request) => () => Promise<Written>;

/** Errors at places within a root field that are null after a failed plan, instead of one error for the field. */
export class PlanFailure extends Error {
  constructor(
    readonly errors: readonly GraphQLError[],
    readonly value: unknown,
  ) {
    super('A part of the field failed.');
  }
}

/** The schema and the cache that all plans share. */
export interface PlanScope extends Scope {
  cache: RecordJsonCache;
}

/** A root field to be planned. */
export interface Root {
  scope: PlanScope;
  selected: Selected;
  definition: GraphQLField<unknown, unknown>;
  /** Whether there are other root fields. */
  isOneOfMany: boolean;
}

/**
 * Makes the reader of a root field's arguments (GraphQL specification, section 6.4.1): like `getArgumentValues`, but
 * with the document's part looked up once. It throws the error of graphql-js.
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

/** Stands for an argument whose error graphql-js reports. */
const REFUSED = Symbol('refused');

/** Undefined means a missing argument. */
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

/**
 * The budget of an operation that was sized before it began. An operation with lists within lists has no plan without
 * one.
 */
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
