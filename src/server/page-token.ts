import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../platform/loopback.js';

/** Makes a bearer token that is valid from now on. */
export type MintToken = () => Promise<string>;

/** Headers that proxies add. */
const PROXY_HEADER = /^(forwarded|via|x-forwarded(-.+)?|x-(real|client)-ip)$/;
const PORT = /:\d{1,5}$/;

/** The headers that a page sends with its requests: the token, if its reader may have one. */
export async function headersFor(
  request: FastifyRequest,
  mintToken: MintToken | null,
): Promise<{ authorization?: string }> {
  return mintToken && mayHaveToken(request) ? { authorization: `Bearer ${await mintToken()}` } : {};
}

/**
 * The token is for a browser on this machine that opened the page itself. The client chooses the Host header, so that
 * alone proves nothing. The connection must come from this machine, and not from a proxy here that forwards for others.
 * A proxy names its client in a header, or, if not configured to, speaks HTTP/1.0, which no browser does.
 *
 * DNS rebinding: a foreign site can have its own name resolve to 127.0.0.1 and then read this page as if it were its
 * own. The Host header still has the foreign name, so only loopback names get the token. It is read from the raw
 * headers: `request.host` may come from X-Forwarded-Host, which the client chooses. A script of another site that
 * fetches the page under its loopback name sends an Origin header, which opening a page never does. Without that check,
 * and with CORS open to all, the script would read the token.
 */
function mayHaveToken({ raw }: FastifyRequest): boolean {
  const { headers, socket, httpVersion } = raw;
  return (
    isLoopback(socket.remoteAddress ?? '') &&
    httpVersion !== '1.0' &&
    headers.origin === undefined &&
    isLoopback((headers.host ?? '').replace(PORT, '')) &&
    !Object.keys(headers).some((name) => PROXY_HEADER.test(name))
  );
}
