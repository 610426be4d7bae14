import { randomUUID } from 'node:crypto';
import { maxHeaderSize, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { callerKind } from '../auth/caller.js';
import { CallRecordsError, HttpError } from '../domain/errors.js';
import { envelope } from '../rest/envelope.js';
import { isBelowRest } from '../rest/links.js';
import { drainBody } from './drain-body.js';

/** Seconds until another server, or this one anew, may be expected to answer. */
const RETRY_AFTER_SHUTDOWN = 1;

/** What node says of headers that did not arrive in time. */
const LATE = 'ERR_HTTP_REQUEST_TIMEOUT';
/** The status of a request that did not arrive in time: more of it may follow, which nobody reads. */
export const REQUEST_TIMEOUT = 408;

/** Of all that is no request. */
const CODES = ['BAD_USER_INPUT'] as const;

/** An error of Node's about bytes that are no request. */
interface ClientError extends Error {
  code?: string;
  /** What was read last, a Buffer (Fastify's types say otherwise); the request line as a rule stands in it. */
  rawPacket?: unknown;
}

/**
 * Server option: what Node cannot read as a request reaches no door, and is answered in the shape
 * of its door all the same. `refused` takes note of the codes that are told.
 */
export function answerClientErrors(refused: (codes: readonly string[]) => void) {
  return function (this: FastifyInstance, error: ClientError, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable || isUnspoken(socket) || isAnswering(socket)) {
      socket.destroy(error);
      return;
    }
    const fault = faultOf(error);
    const requestId = randomUUID();
    // Not the error itself, which has what was read: tokens and names.
    const told = { reqId: requestId, codes: CODES, caller: callerKind(null), status: fault.status, reason: error.code };
    this.log.info(told, 'no HTTP request');
    refused(CODES);
    socket.end(rawAnswer(fault, pathOf(error), requestId), () => socket.destroy(error));
  };
}

function rawAnswer({ status, message }: Fault, path: string, requestId: string): string {
  const body = JSON.stringify(
    isBelowRest(path)
      ? envelope(new HttpError(status, message), { requestId, clientRequestId: requestId })
      : { errors: [{ message, extensions: { code: CODES[0] } }] },
  );
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `request-id: ${requestId}`,
    `client-request-id: ${requestId}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/**
 * Nothing was ever asked on it. If TLS did not come about, an answer would wait for ever. If a browser opened it ahead,
 * it would take an answer for the one to its next request.
 */
const isUnspoken = ({ bytesRead }: Socket) => bytesRead === 0;

/** Whether an answer is under way of which another would be taken for a part, or which it would be taken for. */
function isAnswering({ _httpMessage: answer }: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  return answer != null && (answer.headersSent || answer.req.complete);
}

interface Fault {
  status: number;
  message: string;
}

function faultOf({ code }: ClientError): Fault {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 431, message: `The URL and the headers together exceed ${maxHeaderSize} bytes.` };
  if (code === LATE)
    return {
      status: REQUEST_TIMEOUT,
      message: 'The headers did not arrive in time; HEADERS_TIMEOUT_MS sets the limit.',
    };
  return { status: 400, message: 'This is not an HTTP request; is the URL percent-encoded?' };
}

function pathOf({ rawPacket }: ClientError): string {
  const text = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '';
  return /^[A-Z]+ (\S+)/.exec(text)?.[1] ?? '';
}

/**
 * Refuses what still arrives, on connections that are open, while the server shuts down, and tells in each answer that
 * its connection ends with it; returns what tells whether it does.
 */
export function refuseWhileClosing(app: FastifyInstance): () => boolean {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onRequest', async ({ raw }) => {
    if (!isClosing) return;
    await drainBody(raw);
    const retryAfterSeconds = RETRY_AFTER_SHUTDOWN;
    throw new CallRecordsError('SERVICE_UNAVAILABLE', 'The server is shutting down.', { retryAfterSeconds });
  });
  // Also of those that were under way: who is not told sends the next request to a connection that is gone (RFC 9112, 9.6).
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing || reply.statusCode === REQUEST_TIMEOUT) void reply.header('connection', 'close');
    done();
  });
  return () => isClosing;
}

/** Refuses requests that expect more than `100-continue` (RFC 9110, 10.1.1). */
export function refuseExpectations(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers: { expect } }) => {
    if (expect !== undefined && !/^100-continue$/i.test(expect))
      throw new HttpError(
        417,
        `The expectation ${JSON.stringify(expect)} is not met here; leave the header Expect out.`,
      );
  });
}
