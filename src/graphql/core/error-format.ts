import { ApolloServerErrorCode, ApolloServerValidationErrorCode, unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { CallRecordsError, MASKED, withShortQuotations } from '../../domain/errors.js';
import { MAX_ERRORS } from '../../domain/limits.js';
import type { GraphQLContext } from '../context.js';
import { settleStatus } from './http-status.js';
import { withMeantSuggestions } from '../suggestions.js';

/** All that graphql-js says when it gives up comparing the fields of one selection with each other. */
const TOO_MANY_COMPARISONS = 'Validation aborted.';
const TOO_MANY_FIELDS = 'One selection holds too many fields to compare with each other; ask for less at once.';

/** What clients see of an error: known ones as they are, all others masked (the log has them under the request's id). */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const told = toldError(formatted, error);
  return { ...told, message: withShortQuotations(told.message) };
}

/** Errors of a result as clients see them, and what those of ours tell of an HTTP answer around them. */
export function formatErrors(errors: readonly GraphQLError[]): {
  errors: GraphQLFormattedError[];
  http: { status?: number };
  headers: Map<string, string>;
} {
  const headers = new Map<string, string>();
  const http: { status?: number } = {};
  return { errors: errors.map((error) => format(error, http, headers)), http, headers };
}

/** What an error of ours tells of the HTTP answer around it. */
interface Head {
  status?: number;
  headers?: Map<string, string>;
}

function format(error: GraphQLError, http: Head, headers: Map<string, string>): GraphQLFormattedError {
  const { http: head, ...extensions } = error.extensions as { http?: Head; code?: unknown };
  if (head?.status !== undefined) http.status = head.status;
  for (const [name, value] of head?.headers ?? []) headers.set(name, value);
  const coded = { ...extensions, code: extensions.code ?? 'INTERNAL_SERVER_ERROR' };
  return formatError({ ...error.toJSON(), extensions: coded }, error);
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
      extensions: { ...extensions, ...badRequest(original), ...tooComplex(original) },
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

/** Logs what clients do not get to see. One failure of a batch is the error of everything that waited for it. */
export function logFailures(errors: readonly unknown[], context: GraphQLContext): void {
  for (const failure of new Set(errors.map(failureOf))) if (failure !== undefined) context.logFailure(failure);
}

/** A request of which the errors are told. */
interface Sent {
  schema: GraphQLSchema;
  accept: string | undefined;
  contextValue: GraphQLContext;
}

interface Result {
  data?: { [name: string]: unknown } | null;
  errors?: readonly GraphQLFormattedError[];
}

/** The first errors of an answer, already formatted, with suggestions that are meant; their codes are noted. */
export function shortenErrors(
  schema: GraphQLSchema,
  errors: readonly GraphQLFormattedError[],
  context: GraphQLContext,
): GraphQLFormattedError[] {
  const told = errors
    .slice(0, MAX_ERRORS)
    .map((error) => ({ ...error, message: withMeantSuggestions(schema, error.message) }));
  context.noteErrors?.(codesOf(told));
  return told;
}

/** Gives the errors of a result, already formatted, their last shape, and the answer the status that they call for. */
export function settleErrors(sent: Sent, http: { status?: number }, result: Result): void {
  if (!result.errors) return;
  settleStatus(http, result);
  result.errors = shortenErrors(sent.schema, result.errors, sent.contextValue);
  if (acceptsLegacyOnly(sent.accept) && http.status === 400) http.status = 200;
}

/** Each code once, in the order in which they come. */
export function codesOf(errors: readonly GraphQLFormattedError[]): string[] {
  return [
    ...new Set(errors.flatMap(({ extensions }) => (typeof extensions?.code === 'string' ? extensions.code : []))),
  ];
}

/** GraphQL over HTTP, 6.4.1: to a client that knows only `application/json`, a well-formed request is answered 200. */
export function acceptsLegacyOnly(accept = ''): boolean {
  return /application\/json/.test(accept) && !/graphql-response\+json|\*\/\*|application\/\*/.test(accept);
}
