import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode, ApolloServerValidationErrorCode, unwrapResolverError } from '@apollo/server/errors';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { badUserInput, CallRecordsError, MASKED, type Violation, withShortQuotations } from '../../domain/errors.js';
import { MAX_ERRORS } from '../../domain/limits.js';
import { argumentViolations, refusedArgument } from './variable-errors.js';
import { requireAffordable } from '../budget.js';
import type { GraphQLContext } from '../context.js';
import { fragmentsOf } from '../operation-size.js';
import { withPlainNumbers } from './lossless-variables.js';
import { settleStatus } from './http-status.js';
import { withMeantSuggestions } from '../suggestions.js';
import { refuseWideObjects } from './wide-variables.js';

/** All that graphql-js says when it gives up comparing the fields of one selection with each other. */
const TOO_MANY_COMPARISONS = 'Validation aborted.';
/** What it says when it gives up reading variables. */
const TOO_MANY_VARIABLE_ERRORS = 'Too many errors processing variables, error limit reached. Execution aborted.';
const TOO_MANY_FIELDS = 'One selection holds too many fields to compare with each other; ask for less at once.';

/** What clients see of an error: known ones as they are, all others masked (the log has them under the request's id). */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const told = toldError(formatted, error);
  return { ...told, message: withShortQuotations(told.message) };
}

function toldError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
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
      async didResolveOperation({ contextValue, document, operationName, operation, request, schema }) {
        contextValue.noteOperation(operationName);
        if (!operation) return;
        refuseWideObjects(request.variables ?? {});
        request.variables = withPlainNumbers(schema, operation, request.variables ?? {});
        const { variables } = request;
        requireAffordable({ schema, operation, fragments: fragmentsOf(document), variables }, contextValue.limits);
      },
      async didEncounterErrors({ errors, contextValue }) {
        logFailures(errors, contextValue);
      },
      async willSendResponse({ response, request, ...sent }) {
        const { body, http } = response;
        if (body.kind !== 'single') return;
        const accept = request.http?.headers.get('accept');
        settleErrors({ ...sent, variables: request.variables ?? {}, accept }, http, body.singleResult);
      },
    };
  },
};

/** Logs what clients do not get to see. One failure of a batch is the error of everything that waited for it. */
export function logFailures(errors: readonly unknown[], context: GraphQLContext): void {
  for (const failure of new Set(errors.map(failureOf))) if (failure !== undefined) context.logFailure(failure);
}

/** A request of which the errors are told. */
interface Sent {
  schema: GraphQLSchema;
  document?: DocumentNode;
  operation?: OperationDefinitionNode;
  variables: { [name: string]: unknown };
  accept: string | undefined;
  contextValue: GraphQLContext;
}

interface Result {
  data?: { [name: string]: unknown } | null;
  errors?: readonly GraphQLFormattedError[];
}

/** Gives the errors of a result, already formatted, their last shape, and the answer the status that they call for. */
export function settleErrors(sent: Sent, http: { status?: number }, result: Result): void {
  if (!result.errors) return;
  settleStatus(http, result);
  const errors = shapeErrors(sent, result.errors).slice(0, MAX_ERRORS);
  result.errors = errors.map((error) => ({ ...error, message: withMeantSuggestions(sent.schema, error.message) }));
  sent.contextValue.noteErrors?.(codesOf(result.errors));
  if (acceptsLegacyOnly(sent.accept) && http.status === 400) http.status = 200;
}

/** Each code once, in the order in which they come. */
export function codesOf(errors: readonly GraphQLFormattedError[]): string[] {
  return [
    ...new Set(errors.flatMap(({ extensions }) => (typeof extensions?.code === 'string' ? extensions.code : []))),
  ];
}

function shapeErrors(
  { schema, document, operation, variables }: Sent,
  errors: readonly GraphQLFormattedError[],
): readonly GraphQLFormattedError[] {
  if (!document || !operation || !errors.every(isAboutVariables)) return errors;
  const violations = argumentViolations(schema, { document, operation }, variables).map((violation) => ({
    ...violation,
    message: withMeantSuggestions(schema, violation.message),
  }));
  if (violations.length === 0) return errors;
  const { message, extensions } = badUserInput(violations);
  const unset = violations.length > 1 ? withoutValue(errors) : '';
  return [{ message: message + unset, locations: placesOf(errors), extensions }];
}

/** The variables that are missing or null, for a message that names only the places where they stand. */
function withoutValue(errors: readonly GraphQLFormattedError[]): string {
  const names = errors.flatMap(
    ({ message }) => /^Variable "(\$\w{1,100})" of (?:required|non-null) type /.exec(message)?.slice(1) ?? [],
  );
  return names.length === 0 ? '' : ` (no value for ${names.slice(0, MAX_ERRORS).join(', ')})`;
}

/** Where the variables are declared of which the errors tell, each place once. */
function placesOf(errors: readonly GraphQLFormattedError[]): GraphQLFormattedError['locations'] {
  const places = errors.flatMap(({ locations = [] }) => locations);
  return [...new Map(places.map((place) => [`${place.line}:${place.column}`, place])).values()];
}

function isAboutVariables({ message, extensions }: GraphQLFormattedError): boolean {
  const isAboutOne = extensions?.code === 'BAD_USER_INPUT' && message.startsWith('Variable "$');
  return isAboutOne || message === TOO_MANY_VARIABLE_ERRORS;
}

/** GraphQL over HTTP, 6.4.1: to a client that knows only `application/json`, a well-formed request is answered 200. */
export function acceptsLegacyOnly(accept = ''): boolean {
  return /application\/json/.test(accept) && !/graphql-response\+json|\*\/\*|application\/\*/.test(accept);
}
