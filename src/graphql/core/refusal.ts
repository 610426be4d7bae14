import type { GraphQLFormattedError } from 'graphql';
import Negotiator from 'negotiator';
import { bodyTooLarge, CallRecordsError, type ErrorCode, MASKED } from '../../domain/errors.js';
import { codesOf } from './error-format.js';

/** The media types of a response. The first is for clients without a preference. */
const MEDIA_TYPES = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'] as const;

/**
 * The media type of a refusal, chosen as Apollo chooses that of its responses. Clients read the body of a 4xx or 5xx
 * only if it is `application/graphql-response+json` (GraphQL over HTTP, 6.4). A client that accepts neither type gets
 * JSON.
 */
export function refusalType(accept: string | undefined): string {
  return new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES) ?? MEDIA_TYPES[0];
}

/** A response that does not come from Apollo. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: { errors: GraphQLFormattedError[] };
}

/** A refusal from an error. If clients must not see its cause, that goes to `logFailure`. */
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

/** Refusals are small. A longer response has data beside its errors, and is not one. */
const REFUSAL_LENGTH = 64_000;

/** The codes of a response without data, if nobody has noted them: it was refused before it was an operation. */
export function codesIn(answer: unknown): string[] | null {
  if (typeof answer !== 'string' || answer.length > REFUSAL_LENGTH || !answer.startsWith('{"errors":')) return null;
  return codesOf((JSON.parse(answer) as Refusal['body']).errors);
}
