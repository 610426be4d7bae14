import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import { ApolloServerErrorCode, ApolloServerValidationErrorCode, unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { badUserInput, CallRecordsError, MASKED, type Violation } from '../domain/errors.js';
import { MAX_ERRORS } from '../domain/limits.js';
import { argumentViolations, refusedArgument } from './argument-violations.js';
import type { GraphQLContext } from './context.js';
import { withPlainNumbers } from './plain-numbers.js';
import { settleStatus } from './settle-status.js';

/** All that graphql-js says when it gives up comparing the fields of one selection with each other. */
const TOO_MANY_COMPARISONS = 'Validation aborted.';
/** What it says when it gives up reading variables. */
const TOO_MANY_VARIABLE_ERRORS = 'Too many errors processing variables, error limit reached. Execution aborted.';
const TOO_MANY_FIELDS = 'One selection holds too many fields to compare with each other; ask for less at once.';

/** What clients see of an error: known ones as they are, all others masked (the log has them under the request's id). */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const original = unwrapResolverError(error);
  const { stacktrace: _stacktrace, ...extensions } = formatted.extensions ?? {};
  if (original instanceof CallRecordsError) return { ...formatted, extensions };
  if (isOurs(original)) {
    const message = formatted.message === TOO_MANY_COMPARISONS ? TOO_MANY_FIELDS : formatted.message;
    return {
      ...formatted,
      message,
      extensions: { ...extensions, ...badRequest(original), ...tooComplex(original), ...badArgument(original) },
    };
  }
  return {
    ...formatted,
    message: MASKED,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

/** Errors of graphql-js and Apollo about the request; those that wrap a thrown error are faults of ours. */
function isOurs(error: unknown): error is GraphQLError {
  return (
    error instanceof GraphQLError &&
    !(error.originalError && !(error.originalError instanceof GraphQLError)) &&
    error.extensions.code !== 'INTERNAL_SERVER_ERROR'
  );
}

/** What the log is to tell of an error; undefined of one that is the client's. */
function failureOf(error: unknown): unknown {
  const original = unwrapResolverError(error);
  if (original instanceof CallRecordsError) return original.cause;
  return isOurs(original) ? undefined : original;
}

/** The code of what Apollo refuses by its status alone: a persisted query of another version or another text's hash. */
function badRequest({ extensions: { code, http } }: GraphQLError): { code?: string } {
  const isRefused = code === undefined && (http as { status?: number } | undefined)?.status === 400;
  return isRefused ? { code: ApolloServerErrorCode.BAD_REQUEST } : {};
}

/** The limits' own code, over which Apollo has written that of the step (parsing, validation) that found them exceeded. */
function tooComplex({ message, originalError, extensions }: GraphQLError): { code?: string } {
  const isExceeded =
    (originalError instanceof GraphQLError && originalError.extensions.code === 'QUERY_TOO_COMPLEX') ||
    extensions.validationErrorCode === ApolloServerValidationErrorCode.MAX_RECURSIVE_SELECTIONS_EXCEEDED ||
    /^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(message) ||
    message === TOO_MANY_COMPARISONS;
  return isExceeded ? { code: 'QUERY_TOO_COMPLEX' } : {};
}

/** What Apollo takes for a fault of the server: an argument that a variable made null, in spite of the variable's default. */
function badArgument({ message }: GraphQLError): { code?: string; violations?: Violation[] } {
  const violation = refusedArgument(message);
  return violation ? badUserInput([violation]).extensions : {};
}

/** Shapes answers: one error with every violation of the variables, a bounded number of errors, failures logged. */
export const answersPlugin: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ contextValue, operationName, operation, request, schema }) {
        contextValue.noteOperation(operationName);
        if (operation) request.variables = withPlainNumbers(schema, operation, request.variables ?? {});
      },
      async didEncounterErrors({ errors, contextValue }) {
        // One failure of a batch is the error of everything that waited for it.
        for (const failure of new Set(errors.map(failureOf)))
          if (failure !== undefined) contextValue.logFailure(failure);
      },
      async willSendResponse(requestContext) {
        const { body, http } = requestContext.response;
        if (body.kind !== 'single' || !body.singleResult.errors) return;
        settleStatus(http, body.singleResult);
        body.singleResult.errors = shapeErrors(requestContext, body.singleResult.errors).slice(0, MAX_ERRORS);
        requestContext.contextValue.noteErrors?.(codesOf(body.singleResult.errors));
        if (acceptsLegacyOnly(requestContext) && http.status === 400) http.status = 200;
      },
    };
  },
};

/** Each code once, in the order in which they come. */
export function codesOf(errors: readonly GraphQLFormattedError[]): string[] {
  return [
    ...new Set(errors.flatMap(({ extensions }) => (typeof extensions?.code === 'string' ? extensions.code : []))),
  ];
}

function shapeErrors(
  { schema, document, operation, request }: GraphQLRequestContext<GraphQLContext>,
  errors: readonly GraphQLFormattedError[],
): readonly GraphQLFormattedError[] {
  if (!document || !operation || !errors.every(isAboutVariables)) return errors;
  const violations = argumentViolations(schema, { document, operation }, request.variables ?? {});
  if (violations.length === 0) return errors;
  const { message, extensions } = badUserInput(violations);
  return [{ message, extensions }];
}

function isAboutVariables({ message, extensions }: GraphQLFormattedError): boolean {
  const isAboutOne = extensions?.code === 'BAD_USER_INPUT' && message.startsWith('Variable "$');
  return isAboutOne || message === TOO_MANY_VARIABLE_ERRORS;
}

/** GraphQL over HTTP, 6.4.1: to a client that knows only `application/json`, a well-formed request is answered 200. */
function acceptsLegacyOnly({ request }: GraphQLRequestContext<GraphQLContext>): boolean {
  const accept = request.http?.headers.get('accept') ?? '';
  return /application\/json/.test(accept) && !/graphql-response\+json|\*\/\*|application\/\*/.test(accept);
}
