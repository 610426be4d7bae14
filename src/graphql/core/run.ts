import { type ExecutionResult, type FormattedExecutionResult, GraphQLError } from 'graphql';
import { CallRecordsError } from '../../domain/errors.js';
import { JsonText } from '../compiled/json-text.js';
import type { GraphQLContext } from '../context.js';
import { formatErrors, logFailures, shortenErrors } from './error-format.js';
import type { PreparedOperation } from './prepare.js';
import type { Core } from './request-context.js';
import { OperationEnded, untilEnded } from './until-ended.js';

/**
 * Executes a query or a mutation: from a compiled plan, else by graphql-js, and ends when nobody waits for it any more or
 * it goes beyond a limit. `data` may be a `JsonText`: write a result with `stringifyResult`. Never rejects for an error of
 * the operation; errors are those of graphql-js, see {@link formatResult}.
 */
export async function executeOperation(
  { executor }: Core,
  { query, document, operation, operationName, variableValues }: PreparedOperation,
  contextValue: GraphQLContext,
): Promise<ExecutionResult> {
  const execution = { document, operationName, variableValues, contextValue };
  try {
    const result = await untilEnded(contextValue, () => executor.execute(execution));
    // What has a plan need not be read anew.
    if ((result.data as unknown) instanceof JsonText)
      executor.cache.set(query, operationName ?? undefined, { document, operation });
    return result;
  } catch (error) {
    if (!(error instanceof OperationEnded)) throw error;
    return { data: null, errors: [requestError(error.cause)] };
  }
}

/**
 * Subscribes to the source of a subscription. Gives the results of its events, each executed by graphql-js, until it is
 * returned, which also ends a wait for the next event, or the source ends. A source that fails is the last result. One
 * result with errors where there is no source.
 */
export async function subscribeOperation(
  { executor }: Core,
  { document, operationName, variableValues }: PreparedOperation,
  contextValue: GraphQLContext,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const results = await executor.subscribe({ document, operationName, variableValues, contextValue });
  return Symbol.asyncIterator in results ? failingAsResult(results) : results;
}

/** No generator of JavaScript's: those let nobody return while they wait. */
function failingAsResult(results: AsyncGenerator<ExecutionResult, void, void>): AsyncIterableIterator<ExecutionResult> {
  let hasFailed = false;
  return {
    next: async () => {
      if (hasFailed) return { done: true, value: undefined };
      try {
        return await results.next();
      } catch (error) {
        hasFailed = true;
        return { done: false, value: { errors: [requestError(error)] } };
      }
    },
    return: () => results.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A result as clients see it, whatever carries it: failures logged and masked, errors in our shape and not too many. */
export function formatResult(
  { executor: { schema } }: Core,
  { errors, ...result }: ExecutionResult,
  context: GraphQLContext,
): FormattedExecutionResult {
  if (!errors) return result;
  logFailures(errors, context);
  const told = shortenErrors(schema, formatErrors(errors).errors, context);
  return { ...result, errors: told };
}

/** Something thrown before or beside the execution of fields, as an error of the whole request. */
export function requestError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof CallRecordsError) return new GraphQLError(error.message, { extensions: error.extensions });
  // What else there is, clients are not told.
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
