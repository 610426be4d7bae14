import { getArgumentValues, type GraphQLField } from 'graphql';
import type { GraphQLContext } from '../context.js';
import type { Scope, Selected } from './selections.js';

/** One request, as a plan sees it. */
export interface Request {
  context: GraphQLContext;
  /** Coerced by graphql-js. */
  variables: { [name: string]: unknown };
}

/** Executes a root field: resolves to the JSON text of its value. Rejects where graphql-js must answer. */
export type Plan = (request: Request) => Promise<string>;

/** A root field to be planned. */
export interface Root {
  scope: Scope;
  selected: Selected;
  definition: GraphQLField<unknown, unknown>;
}

/** The arguments of a root field; throws what graphql-js would report. */
export function argumentsOf<Arguments>({ definition, selected }: Root, { variables }: Request): Arguments {
  const [node] = selected.nodes;
  return getArgumentValues(definition, node as NonNullable<typeof node>, variables) as Arguments;
}
