import { type ExecutionResult, type FormattedExecutionResult, GraphQLError } from 'graphql';
import { CallRecordsError } from '../../domain/errors.js';
import { JsonText } from '../compiled/json-text.js';
import type { GraphQLContext } from '../context.js';
import { formatErrors, logFailures, shortenErrors } from './error-format.js';
import { keyOfResults } from '../live/shared-results.js';
import type { PreparedOperation } from './prepare.js';
import type { Core } from './request-context.js';
import { OperationEnded, untilEnded } from './until-ended.js';

/**
 * Executes a query or a mutation, from a compiled plan or else by graphql-js. It ends early if the client leaves, or a
 * limit is exceeded. `data` may be a `JsonText`: write a result with `stringifyResult`. Never rejects for an error of
 * the operation. Errors are those of graphql-js, see {@link formatResult}.
 */
export async function executeOperation(
  { executor }: Core,
  { query, document, operation, operationName, variableValues }: PreparedOperation,
  contextValue: GraphQLContext,
): Promise<ExecutionResult> {
  const execution = { document, operationName, variableValues, contextValue };
  return endingAsResult(contextValue, async () => {
    const result = await executor.execute(execution);
    // An operation with a plan need not be parsed again.
    if ((result.data as unknown) instanceof JsonText) executor.remember(query, execution, operation, result);
    return result;
  });
}

/** The result of an execution, also if it ends early because the client leaves or a limit is exceeded. */
async function endingAsResult(
  context: GraphQLContext,
  execute: () => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  try {
    return await untilEnded(context, execute);
  } catch (error) {
    if (!(error instanceof OperationEnded)) throw error;
    return { data: null, errors: [requestError(error.cause)] };
  }
}

/**
 * Subscribes to the source of a subscription, and gives the results of its events. graphql-js executes each event in a
 * context of its own, which `contextOfEvent` makes. The results end with the source, or when they are returned, even
 * during a wait for the next event. If the source fails, its error is the last result. If there is no source, the only
 * result has the errors.
 */
export async function subscribeOperation(
  { executor, changes: { results } }: Core,
  { query, document, operation, operationName, variableValues }: PreparedOperation,
  contextValue: GraphQLContext,
  contextOfEvent: () => GraphQLContext,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const execution = { document, operationName, variableValues, contextValue };
  const events = await executor.subscribe(execution);
  if (!(Symbol.asyncIterator in events)) return events;
  // Many clients send the same document. Without the cache, each would hold its own.
  executor.cache.set(query, operationName ?? undefined, { document, operation });
  const { visibleTo } = contextValue.caller;
  const key = keyOfResults({ query, operationName, variableValues, visibleTo });
  return resultsOf(events[Symbol.asyncIterator](), (event) =>
    results.find(event, key, () => {
      const own = contextOfEvent();
      const result = endingAsResult(own, () => executor.executeEvent({ ...execution, contextValue: own }, event));
      return result.finally(() => own.asker?.answered());
    }),
  );
}

/** Not an async generator: those cannot return while they wait. */
function resultsOf(
  events: AsyncIterator<unknown>,
  execute: (event: unknown) => Promise<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  let isOver = false;
  return {
    next: async () => {
      if (isOver) return { done: true, value: undefined };
      try {
        const event = await events.next();
        return event.done ? { done: true, value: undefined } : { done: false, value: await execute(event.value) };
      } catch (error) {
        isOver = true;
        // The consumer asks for no more events, so the source must be ended here.
        await events.return?.();
        return { done: false, value: { errors: [requestError(error)] } };
      }
    },
    return: async () => {
      isOver = true;
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A result as clients see it on any transport: failures logged and masked, errors in our form and not too many. */
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

/** An error thrown before or beside the execution of fields, as an error of the whole request. */
export function requestError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof CallRecordsError) return new GraphQLError(error.message, { extensions: error.extensions });
  // Clients do not see any other error.
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
