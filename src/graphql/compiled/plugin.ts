import { type ApolloServerPlugin, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import { getVariableValues, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { GraphQLContext } from '../context.js';
import { JsonText } from './json-text.js';
import { CompiledOperation } from './operation.js';
import { WrittenTexts } from './written-texts.js';

type RequestContext = GraphQLRequestContext<GraphQLContext>;

/** The header by which a gateway asks for a trace of each resolver. */
export const TRACE_HEADER = 'apollo-federation-include-trace';
const NO_HEAD = { status: undefined, headers: new HeaderMap() };

/**
 * Answers queries that are known through and through from compiled plans: from the selection to columns, from their
 * values to text. Everything else, and everything that goes wrong on the way, is executed and reported by graphql-js
 * and Apollo: queries change nothing, so that it can be done again.
 */
export function compiledExecution(): ApolloServerPlugin<GraphQLContext> {
  // Apollo keeps a bounded number of documents; what was compiled of one goes with it.
  const known: Known = { operations: new WeakMap(), written: new WrittenTexts() };
  const listener = {
    async responseForOperation(request: RequestContext) {
      const data = await execute(known, request);
      if (data === null) return null;
      return { http: NO_HEAD, body: { kind: 'single' as const, singleResult: { data: data as never } } };
    },
  };
  return { requestDidStart: async () => listener };
}

interface Known {
  operations: WeakMap<OperationDefinitionNode, CompiledOperation>;
  written: WrittenTexts;
}

async function execute(
  known: Known,
  { operation, document, schema, request, contextValue: context }: RequestContext,
): Promise<JsonText | null> {
  // Who executes an operation without HTTP gets objects, not text.
  if (operation?.operation !== OperationTypeNode.QUERY || !document || !request.http) return null;
  if (request.http.headers.has(TRACE_HEADER)) return null;
  const start = context.timing && performance.now();
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], request.variables ?? {});
  if (!coerced) return null;
  const compiled = known.operations.get(operation) ?? new CompiledOperation(schema, document, operation, known.written);
  known.operations.set(operation, compiled);
  const plan = compiled.planFor(coerced);
  if (context.timing && start !== undefined) context.timing.plan += performance.now() - start;
  if (!plan) return null;
  let spent: Promise<void> | null = null;
  const spend = (points: number) => (spent = context.spend(points));
  try {
    return new JsonText(
      await plan({ context: { ...context, spend }, variables: coerced }),
      context.takesBytes === true,
    );
  } catch {
    // What was paid for, or refused, is not paid for again when graphql-js does it: there is one field to pay for.
    const outcome = spent as Promise<void> | null;
    if (outcome) context.spend = () => outcome;
    return null;
  }
}
