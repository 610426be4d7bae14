import { randomUUID } from 'node:crypto';
import { maxHeaderSize, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { callerKind } from '../auth/caller.js';
import { CallRecordsError, HttpError } from '../domain/errors.js';
import { envelope } from '../rest/envelope.js';
import { isBelowRest } from '../rest/links.js';
import { drainBody } from './drain-body.js';

/** Seconds after which another server, or this one after a restart, is likely to respond. */
const RETRY_AFTER_SHUTDOWN = 1;

/** Node's error code for headers that did not arrive in time. */
const LATE = 'ERR_HTTP_REQUEST_TIMEOUT';
/**
 * The status of a request that did not arrive in time. The connection ends with it: nobody reads what may still follow.
 */
export const REQUEST_TIMEOUT = 408;

/** The codes of everything that is not an HTTP request. */
const CODES = ['BAD_USER_INPUT'] as const;

/** Node's error about bytes that are not an HTTP request. */
interface ClientError extends Error {
  code?: string;
  /**
   * The bytes that were read last, usually with the request line in them. A Buffer, though Fastify's types say
   * otherwise.
   */
  rawPacket?: unknown;
}

/**
 * Server option for bytes that Node cannot parse as a request. They reach no door, but the response has the shape of
 * the door that the path names. `refused` counts the error codes of the response.
 */
export function answerClientErrors(refused: (codes: readonly string[]) => void) {
  return function (this: FastifyInstance, error: ClientError, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable || isUnspoken(socket) || isAnswering(socket)) {
      socket.destroy(error);
      return;
    }
    const fault = faultOf(error);
    const requestId = randomUUID();
    // The error itself is not logged: it holds the bytes that were read, with tokens and names.
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
 * Whether nothing was ever sent on the connection. If the TLS handshake failed, a response would wait for ever. If a
 * browser opened the connection ahead of time, it would take a response for the one to its next request.
 */
const isUnspoken = ({ bytesRead }: Socket) => bytesRead === 0;

/**
 * Whether a response is under way on the connection. The client would read a second one as part of it, or in its place.
 */
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
 * While the server shuts down, refuses requests that arrive on open connections, and sends `connection: close` with
 * each response. Returns a function that tells whether the server is shutting down.
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
  // Requests that were under way get it, too: otherwise the client sends its next request on a closed connection (RFC
  // 9112, 9.6).
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
