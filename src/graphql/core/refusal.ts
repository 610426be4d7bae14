import type { GraphQLFormattedError } from 'graphql';
import Negotiator from 'negotiator';
import { bodyTooLarge, CallRecordsError, type ErrorCode, MASKED } from '../../domain/errors.js';
import { codesOf } from './error-format.js';

/** The media types of an answer, that of a client without a preference first. */
const MEDIA_TYPES = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'] as const;

/**
 * The media type of a refusal, chosen as Apollo chooses that of its answers: clients look into an answer of 4xx or 5xx
 * only if it is `application/graphql-response+json` (GraphQL over HTTP, 6.4). JSON for who takes neither.
 */
export function refusalType(accept: string | undefined): string {
  return new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES) ?? MEDIA_TYPES[0];
}

/** An answer to what Apollo does not get to see. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: { errors: GraphQLFormattedError[] };
}

/** How an error is told; its cause, where clients must not see it, goes to `logFailure`. */
export function describeError(error: Error & { statusCode?: number }, logFailure: (cause: unknown) => void): Refusal {
  if (error instanceof CallRecordsError) {
    if (error.cause !== undefined) logFailure(error.cause);
    const { status, code, message, retryAfterSeconds } = error;
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    return refusal(status, code, message, headers);
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return describeError(bodyTooLarge(), logFailure);
  if (status === 415) return refusal(415, 'BAD_USER_INPUT', 'Only application/json is taken.');
  if (status < 500) return refusal(status, 'BAD_USER_INPUT', error.message);
  logFailure(error);
  return refusal(500, 'INTERNAL_SERVER_ERROR', MASKED);
}

/** A refusal with one error. */
export function refusal(
  status: number,
  code: ErrorCode,
  message: string,
  headers: Record<string, string> = {},
): Refusal {
  return { status, headers, body: { errors: [{ message, extensions: { code } }] } };
}

/** A refusal is small, where data stands beside errors it is none. */
const REFUSAL_LENGTH = 64_000;

/** The codes of an answer without data, of which nobody has taken note: of what is refused before it is an operation. */
export function codesIn(answer: unknown): string[] | null {
  if (typeof answer !== 'string' || answer.length > REFUSAL_LENGTH || !answer.startsWith('{"errors":')) return null;
  return codesOf((JSON.parse(answer) as Refusal['body']).errors);
}
