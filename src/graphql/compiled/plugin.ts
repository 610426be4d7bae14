import { type ApolloServerPlugin, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import { answerTooLarge } from '../../domain/cost.js';
import type { GraphQLContext } from '../context.js';
import { withPlainNumbers } from '../plain-numbers.js';
import { Attempt } from './attempt.js';
import { JsonText, toAnswer } from './json-text.js';
import { KnownOperations } from './known-operations.js';
import { CompiledOperation } from './operation.js';
import { RecordJsonCache } from './record-json-cache.js';

type RequestContext = GraphQLRequestContext<GraphQLContext>;
type Variables = { [name: string]: unknown };

/** The header by which a gateway asks for a trace of each resolver. */
export const TRACE_HEADER = 'apollo-federation-include-trace';
const NO_HEAD = { status: undefined, headers: new HeaderMap() };

/**
 * Answers operations that are known through and through from compiled plans: from the selection to columns, from their
 * values to text. Everything else, and everything that goes wrong on the way, is executed and reported by graphql-js
 * and Apollo: queries change nothing, so that it can be done again, and of a mutation what was done is not.
 */
export class CompiledExecution {
  // Apollo keeps a bounded number of documents; what was compiled of one goes with it.
  private readonly compiled = new WeakMap<OperationDefinitionNode, CompiledOperation>();
  private readonly known = new KnownOperations();
  private readonly cache = new RecordJsonCache();
  /** Of requests whose plan has failed, and would again. */
  private readonly failed = new WeakSet<GraphQLContext>();

  /** Takes over from Apollo once it has parsed and validated a document. */
  readonly plugin: ApolloServerPlugin<GraphQLContext> = {
    requestDidStart: async () => ({
      responseForOperation: async (request) => {
        const data = await this.respond(request);
        if (data === null) return null;
        return { http: NO_HEAD, body: { kind: 'single' as const, singleResult: { data: data as never } } };
      },
    }),
  };

  /**
   * The whole answer to the JSON of a POST, as Apollo writes it, if that sends no more than an operation which Apollo has
   * let pass before and what was compiled of it serves; else null, and Apollo answers in the same context.
   */
  async answer(body: unknown, context: GraphQLContext): Promise<string | null> {
    const sent = readRequest(body);
    const known = sent && this.known.find(sent.query, sent.operationName);
    if (!known) return null;
    context.noteOperation(known.operation.name?.value ?? null);
    const variables = withPlainNumbers(known.schema, known.operation, sent.variables);
    const data = await this.run(known.compiled, variables, context);
    return data && toAnswer(data);
  }

  private async respond({
    operation,
    document,
    schema,
    request,
    contextValue: context,
  }: RequestContext): Promise<JsonText | null> {
    // Who executes an operation without HTTP gets objects, not text.
    if (!operation || !document || !request.http) return null;
    if (request.http.headers.has(TRACE_HEADER) || this.failed.has(context)) return null;
    const compiled = this.compiled.get(operation) ?? new CompiledOperation(schema, document, operation, this.cache);
    this.compiled.set(operation, compiled);
    const data = await this.run(compiled, request.variables ?? {}, context);
    if (data && request.query !== undefined)
      this.known.learn(request.query, request.operationName, { schema, operation, compiled });
    return data;
  }

  private async run(compiled: CompiledOperation, given: Variables, context: GraphQLContext): Promise<JsonText | null> {
    const start = context.timing && performance.now();
    const variables = compiled.readVariables(given);
    const plan = variables && compiled.planFor(variables);
    if (context.timing && start !== undefined) context.timing.plan += performance.now() - start;
    if (!plan) return null;
    const attempt = new Attempt(context);
    try {
      const text = await plan({ context, variables });
      if (text.length > context.limits.maxAnswerBytes) throw endedAsTooLarge(context);
      return new JsonText(text, context.takesBytes === true);
    } catch (failure) {
      attempt.leaveOutcomes(failure);
      this.failed.add(context);
      return null;
    }
  }
}

/** Nobody is to answer it in another way: that would be as large. */
function endedAsTooLarge({ asker, limits }: GraphQLContext): Error {
  const error = answerTooLarge(limits);
  asker?.end(error);
  return error;
}

interface SentRequest {
  query: string;
  operationName: string | undefined;
  variables: Variables;
}

/** Null for anything unusual, and for extensions, which are Apollo's. */
function readRequest(body: unknown): SentRequest | null {
  if (typeof body !== 'object' || body === null) return null;
  const { query, operationName, variables = {}, extensions } = body as { [name: string]: unknown };
  if (typeof query !== 'string' || extensions !== undefined) return null;
  if (operationName !== undefined && typeof operationName !== 'string') return null;
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) return null;
  return { query, operationName, variables: variables as Variables };
}
