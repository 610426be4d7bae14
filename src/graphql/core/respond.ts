import type { ExecutionResult } from 'graphql';
import { type AnswerText, stringifyResult } from '../compiled/json-text.js';
import type { GraphQLContext } from '../context.js';
import { formatErrors, logFailures, settleErrors } from './error-format.js';
import type { Execution, Executor } from './executor.js';
import { withPlainNumbers } from './lossless-variables.js';

/** An answer to be sent. */
export interface Response {
  status: number;
  headers: Iterable<[string, string]>;
  body: AnswerText;
}

const NO_HEADERS: [string, string][] = [];

/**
 * Answers the JSON of a POST if its operation has been executed from a plan before, and it holds nothing else. Null if
 * not, or if the plan does not serve this time; nothing has been done then.
 */
export async function respondFromPlan(
  executor: Executor,
  body: unknown,
  contextValue: GraphQLContext,
  accept: string | undefined,
): Promise<Response | null> {
  const sent = readRequest(body);
  const cached = sent && executor.cache.get(sent.query, sent.operationName);
  if (!cached) return null;
  const { document, operation } = cached;
  contextValue.noteOperation(operation.name?.value ?? null);
  const variableValues = withPlainNumbers(executor.schema, operation, sent.variables);
  const execution = { document, operationName: sent.operationName, variableValues, contextValue };
  const result = await executor.executeCompiled(execution);
  return result && respond(executor, execution, result, accept);
}

/** The response to a result: its errors as clients see them, and the status and the headers that they require. */
export async function respond(
  { schema }: Executor,
  { contextValue }: Execution,
  { data, errors }: ExecutionResult,
  accept: string | undefined,
): Promise<Response> {
  if (!errors) return { status: 200, headers: NO_HEADERS, body: await stringifyResult({ data }) };
  logFailures(errors, contextValue);
  const { errors: formatted, http, headers } = formatErrors(errors);
  const result = { errors: formatted, data };
  // GraphQL over HTTP, 6.4.2: without data, the request was no operation that could be executed.
  if (data === undefined) http.status ??= 400;
  settleErrors({ schema, accept, contextValue }, http, result);
  return { status: http.status ?? 200, headers, body: await stringifyResult(result) };
}

interface SentRequest {
  query: string;
  operationName: string | undefined;
  variables: { [name: string]: unknown };
}

/** Null for anything unusual, and for extensions, which Apollo handles. */
function readRequest(body: unknown): SentRequest | null {
  if (typeof body !== 'object' || body === null) return null;
  const { query, operationName, variables = {}, extensions } = body as { [name: string]: unknown };
  if (typeof query !== 'string' || extensions !== undefined) return null;
  if (operationName !== undefined && typeof operationName !== 'string') return null;
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) return null;
  return { query, operationName, variables: variables as SentRequest['variables'] };
}
