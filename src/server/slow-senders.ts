import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Config } from '../config.js';
import { HttpError } from '../domain/errors.js';
import { REQUEST_TIMEOUT } from './broken-requests.js';
import type { UnderWay } from './under-way.js';

/** The settings for how slowly requests may arrive. */
export type Patience = Pick<
  Config,
  'silenceTimeoutMs' | 'headersTimeoutMs' | 'bodyTimeoutMs' | 'bodyMinBytesPerSecond'
>;

/** The timer runs so many times in the shortest limit, and at least once a second. */
const LOOKS = 20;
const LOOK_EVERY_MS = { least: 10, most: 1_000 };

function lookEveryMs({ silenceTimeoutMs, headersTimeoutMs, bodyTimeoutMs }: Patience): number {
  const wanted = Math.min(silenceTimeoutMs, headersTimeoutMs, bodyTimeoutMs) / LOOKS;
  return Math.min(Math.max(wanted, LOOK_EVERY_MS.least), LOOK_EVERY_MS.most);
}

/**
 * The options of Node's server. Node looks for late headers of a connection's first request at the interval that it is
 * given, by default half a minute. Its timeout of whole requests stays off: it would end a slow upload however steadily
 * it goes on.
 */
export function nodeTimeouts(patience: Patience) {
  return {
    headersTimeout: patience.headersTimeoutMs,
    requestTimeout: 0,
    connectionsCheckingInterval: lookEveryMs(patience),
    // For the TLS handshake: before its end Node's server does not know the connection.
    handshakeTimeout: patience.silenceTimeoutMs,
  };
}

/** The bytes that had arrived on a connection when a span of time began. */
interface Span {
  since: number;
  bytes: number;
}

/**
 * Closes connections on which nothing was ever sent, and those whose body comes too slowly. In each span of
 * `bodyTimeoutMs`, enough bytes must come for the least rate. Whoever reads such a body without having responded gets
 * an error with status 408. Time is counted in runs of the timer: if this process was held up, no client is blamed.
 * Returns a function that stops this.
 */
export function closeSlowSenders(server: Server, patience: Patience, underWay: UnderWay): () => void {
  const everyMs = lookEveryMs(patience);
  const silent = new Map<Socket, number>();
  const spans = new WeakMap<IncomingMessage, Span>();
  let now = 0;
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) =>
    silent.set(socket, now),
  );
  const isLate = (request: IncomingMessage): boolean => {
    const { bytesRead: bytes } = request.socket;
    const span = spans.get(request) ?? { since: now, bytes };
    const elapsedMs = now - span.since;
    const isOver = elapsedMs >= patience.bodyTimeoutMs;
    spans.set(request, isOver ? { since: now, bytes } : span);
    return isOver && (bytes - span.bytes) * 1_000 < patience.bodyMinBytesPerSecond * elapsedMs;
  };
  const look = () => {
    now += everyMs;
    for (const [socket, since] of silent) {
      const isSilent = !socket.destroyed && socket.bytesRead === 0;
      if (isSilent && now - since < patience.silenceTimeoutMs) continue;
      if (isSilent) socket.destroy();
      silent.delete(socket);
    }
    for (const { request, answer } of underWay.arriving()) if (isLate(request)) refuse(request, answer, patience);
  };
  const timer = setInterval(look, everyMs).unref();
  return () => clearInterval(timer);
}

/** The reader of the body responds, in the shape of its door. If nobody reads it, the connection is closed. */
function refuse(request: IncomingMessage, answer: ServerResponse | null, patience: Patience): void {
  if (answer === null || answer.headersSent || request.listenerCount('error') === 0) {
    request.socket.destroy();
    return;
  }
  const message = `The body did not arrive in time: each ${patience.bodyTimeoutMs} ms must bring ${patience.bodyMinBytesPerSecond} bytes a second; BODY_TIMEOUT_MS and BODY_MIN_BYTES_PER_SECOND set the limits.`;
  request.emit('error', new HttpError(REQUEST_TIMEOUT, message));
}
