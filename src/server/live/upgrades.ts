import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Config } from '../../config.js';
import type { Upgrade } from '../entrance.js';
import { PATH } from '../plain-post.js';

/** The pages that may open WebSockets: those of this server, and of the other origins that may read. */
export interface Origins {
  allowed: readonly string[];
  /** Whether the host that a proxy in front names counts. */
  trustsProxy: Config['trustProxy'];
}

/**
 * Accepts WebSockets at `/graphql`. CORS does not cover them: browsers open a WebSocket to another origin without
 * asking. So pages of other origins are refused here.
 */
export function upgrades(take: Upgrade, origins: Origins, isClosing: () => boolean): Upgrade {
  return (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (request.url?.replace(/\?.*$/s, '') !== PATH) refuse(socket, 404);
    else if (!isAllowed(request, origins)) refuse(socket, 403);
    else if (isClosing()) refuse(socket, 503);
    else take(request, socket, head);
  };
}

function isAllowed({ headers }: IncomingMessage, { allowed, trustsProxy }: Origins): boolean {
  const { origin } = headers;
  if (origin === undefined || allowed.includes(origin)) return true;
  const hosts = [headers.host, trustsProxy ? headers['x-forwarded-host'] : undefined];
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
