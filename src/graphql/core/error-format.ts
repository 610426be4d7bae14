import { ApolloServerErrorCode, ApolloServerValidationErrorCode, unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { CallRecordsError, MASKED, withShortQuotations } from '../../domain/errors.js';
import { MAX_ERRORS } from '../../domain/limits.js';
import type { GraphQLContext } from '../context.js';
import { settleStatus } from './http-status.js';
import { withMeantSuggestions } from '../suggestions.js';

/** The whole message of graphql-js when it stops comparing the fields of one selection with each other. */
const TOO_MANY_COMPARISONS = 'Validation aborted.';
const TOO_MANY_FIELDS = 'One selection holds too many fields to compare with each other; ask for less at once.';

/** An error as clients see it: known errors unchanged, all others masked (the log has them with the request's id). */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const told = toldError(formatted, error);
  return { ...told, message: withShortQuotations(told.message) };
}

/** Errors of a result as clients see them, and the parts of an HTTP response that our errors set. */
export function formatErrors(errors: readonly GraphQLError[]): {
  errors: GraphQLFormattedError[];
  http: { status?: number };
  headers: Map<string, string>;
} {
  const headers = new Map<string, string>();
  const http: { status?: number } = {};
  return { errors: errors.map((error) => format(error, http, headers)), http, headers };
}

/** The parts of an HTTP response that an error of ours sets. */
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

/** Errors of graphql-js and Apollo about the request. An error that wraps a thrown one is a fault of the server. */
function isOurs(error: unknown): error is GraphQLError {
  return (
    error instanceof GraphQLError &&
    !(error.originalError && !(error.originalError instanceof GraphQLError)) &&
    error.extensions.code !== 'INTERNAL_SERVER_ERROR'
  );
}

/** The failure to log for an error; undefined for a client's error. */
function failureOf(error: unknown): unknown {
  const original = unwrapResolverError(error);
  if (original instanceof CallRecordsError) return original.cause;
  return isOurs(original) ? undefined : original;
}

/**
 * The code of an error to which Apollo gives only a status: a persisted query of another version, or the hash of
 * another text.
 */
function badRequest({ extensions: { code, http } }: GraphQLError): { code?: string } {
  const isRefused = code === undefined && (http as { status?: number } | undefined)?.status === 400;
  return isRefused ? { code: ApolloServerErrorCode.BAD_REQUEST } : {};
}

/**
 * The limits' own code. Apollo replaces it by the code of the step (parsing, validation) in which they were exceeded.
 */
function tooComplex({ message, originalError, extensions }: GraphQLError): { code?: string } {
  const isExceeded =
    (originalError instanceof GraphQLError && originalError.extensions.code === 'QUERY_TOO_COMPLEX') ||
    extensions.validationErrorCode === ApolloServerValidationErrorCode.MAX_RECURSIVE_SELECTIONS_EXCEEDED ||
    /^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(message) ||
    message === TOO_MANY_COMPARISONS;
  return isExceeded ? { code: 'QUERY_TOO_COMPLEX' } : {};
}

/** Logs failures that clients do not see. One failure of a batch is the error of everything that waited for it. */
export function logFailures(errors: readonly unknown[], context: GraphQLContext): void {
  for (const failure of new Set(errors.map(failureOf))) if (failure !== undefined) context.logFailure(failure);
}

/** A request whose errors are reported. */
interface Sent {
  schema: GraphQLSchema;
  accept: string | undefined;
  contextValue: GraphQLContext;
}

interface Result {
  data?: { [name: string]: unknown } | null;
  errors?: readonly GraphQLFormattedError[];
}

/** The first errors of an answer, already formatted, with better suggestions. Their codes are noted. */
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

/** Gives the formatted errors of a result their final form, and the response the status that they require. */
export function settleErrors(sent: Sent, http: { status?: number }, result: Result): void {
  if (!result.errors) return;
  settleStatus(http, result);
  result.errors = shortenErrors(sent.schema, result.errors, sent.contextValue);
  if (acceptsLegacyOnly(sent.accept) && http.status === 400) http.status = 200;
}

/** Each code once, in the order of its first error. */
export function codesOf(errors: readonly GraphQLFormattedError[]): string[] {
  return [
    ...new Set(errors.flatMap(({ extensions }) => (typeof extensions?.code === 'string' ? extensions.code : []))),
  ];
}

/** GraphQL over HTTP, 6.4.1: a client that knows only `application/json` gets 200 for a well-formed request. */
export function acceptsLegacyOnly(accept = ''): boolean {
  return /application\/json/.test(accept) && !/graphql-response\+json|\*\/\*|application\/\*/.test(accept);
}
