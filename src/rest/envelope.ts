import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { challenge } from '../auth/verifier.js';
import { now } from '../domain/date-time.js';
import {
  bodyTooLarge,
  CallRecordsError,
  ERRORS,
  type ErrorCode,
  formatPath,
  formatViolation,
  HttpError,
  MASKED,
} from '../domain/errors.js';
import { isGuid } from '../domain/identity.js';
import { isBelowRest } from './links.js';

/** The ids of a request: ours, and the client's own if it sent one that is a GUID. */
export interface RequestIds {
  requestId: string;
  clientRequestId: string;
}

export function requestIds(requestId: string, header: string | string[] | undefined): RequestIds {
  const isUsable = typeof header === 'string' && isGuid(header);
  return { requestId, clientRequestId: isUsable ? header : requestId };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the caller is authenticated. */
    caller: Caller | null;
    /** The codes of the errors in the response, for the log and the metrics. */
    errorCodes: readonly string[] | null;
  }
}

/**
 * Responds with an error of any layer in Microsoft Graph's envelope. An unknown error is masked, and logged in full.
 */
export function answerError(
  error: FastifyError | CallRecordsError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = error instanceof CallRecordsError ? error : fromFastify(error);
  const cause = error instanceof CallRecordsError ? error.cause : known.status >= 500 ? error : undefined;
  if (cause !== undefined) request.log.error({ err: cause }, 'request failed');
  if (known.code === 'UNAUTHENTICATED') {
    const others = reply.getHeader('www-authenticate');
    const own = challenge(request.headers.authorization);
    void reply.header('www-authenticate', others === undefined ? own : `${own}, ${String(others)}`);
  }
  if (known.retryAfterSeconds !== undefined) void reply.header('retry-after', String(known.retryAfterSeconds));
  request.errorCodes = [known.code];
  const ids = requestIds(request.id, request.headers['client-request-id']);
  return reply
    .code(known.status)
    .header('client-request-id', ids.clientRequestId)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(envelope(known, ids)));
}

/**
 * Server option for a URL that cannot be decoded: it reaches neither a route nor a hook. The response has this door's
 * envelope below its paths, and Fastify's own form elsewhere.
 */
export function answerBadUrl(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('request-id', request.id);
  if (!isBelowRest(request.raw.url ?? '')) void reply.send(error);
  else answerError(error, request, reply);
}

/** Node's and Fastify's errors about the request, by their status. */
function fromFastify(error: FastifyError): CallRecordsError {
  const status = error.statusCode ?? 500;
  if (status === 413) return bodyTooLarge();
  if (status === 415)
    return new CallRecordsError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be application/json.');
  if (status < 500) return new HttpError(status, error.message);
  return new CallRecordsError('INTERNAL_SERVER_ERROR', MASKED);
}

/** Microsoft Graph's error envelope: every violation in `details`, the only one also in `target`. */
export function envelope(error: CallRecordsError, { requestId, clientRequestId }: RequestIds): object {
  const violations = error.toldViolations ?? [];
  const [first] = violations;
  return {
    error: {
      code: codeOf(error.status),
      message: error.message,
      ...(first && violations.length === 1 && first.path.length > 0 && { target: formatPath(first.path) }),
      ...(first && {
        details: violations.map((violation) => ({
          code: violation.rule,
          target: formatPath(violation.path),
          message: formatViolation(violation),
        })),
      }),
      innerError: {
        date: now().slice(0, 19),
        'request-id': requestId,
        'client-request-id': clientRequestId,
      },
    },
  };
}

/** By the status: an error of the HTTP layer has its own status with one of our codes. */
function codeOf(status: number): string {
  const [first] = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].status === status);
  return ERRORS[first ?? 'BAD_USER_INPUT'].rest;
}
