import { type ApolloServerPlugin, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import type { GraphQLContext } from '../context.js';
import type { RecordRow } from '../../store/rows.js';
import { JsonText } from './json-text.js';
import { CompiledOperation } from './operation.js';
import { WrittenTexts } from './written-texts.js';

type RequestContext = GraphQLRequestContext<GraphQLContext>;

/** The header by which a gateway asks for a trace of each resolver. */
export const TRACE_HEADER = 'apollo-federation-include-trace';
const NO_HEAD = { status: undefined, headers: new HeaderMap() };

/**
 * Answers operations that are known through and through from compiled plans: from the selection to columns, from their
 * values to text. Everything else, and everything that goes wrong on the way, is executed and reported by graphql-js
 * and Apollo: queries change nothing, so that it can be done again, and of a mutation what was done is not.
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
  if (!operation || !document || !request.http) return null;
  if (request.http.headers.has(TRACE_HEADER)) return null;
  const start = context.timing && performance.now();
  const compiled = known.operations.get(operation) ?? new CompiledOperation(schema, document, operation, known.written);
  known.operations.set(operation, compiled);
  const variables = compiled.readVariables(request.variables ?? {});
  const plan = variables && compiled.planFor(variables);
  if (context.timing && start !== undefined) context.timing.plan += performance.now() - start;
  if (!plan) return null;
  const attempt = new Attempt(context);
  try {
    return new JsonText(await plan({ context: attempt.context, variables }), context.takesBytes === true);
  } catch {
    attempt.leaveOutcomes();
    return null;
  }
}

/**
 * What a plan did that must not be done again when graphql-js does the same: there is one field to pay for, and one
 * record to create. What was paid or refused, created or not, stays so.
 */
class Attempt {
  readonly context: GraphQLContext;
  private spent: Promise<void> | null = null;
  private created: Promise<RecordRow> | null = null;

  constructor(private readonly original: GraphQLContext) {
    this.context = {
      ...original,
      spend: (points) => (this.spent = original.spend(points)),
      create: (input, options) => (this.created = original.store.createRow(input, options)),
    };
  }

  leaveOutcomes(): void {
    const { spent, created } = this;
    if (spent) this.original.spend = () => spent;
    if (created) this.original.create = () => created;
  }
}
