import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../platform/loopback.js';
import { matchesTag } from '../rest/payload.js';
import { explorerPage, sandboxPage, type ExplorerOperation, type Page, type PageSettings } from './explorer-pages.js';

/** Makes a bearer token that is good from now on. */
export type MintToken = () => Promise<string>;

export interface ExplorerSettings {
  /** Path of the GraphQL endpoint on this server. */
  endpoint: string;
  /**
   * Makes the bearer token of a page that is opened on this machine under a loopback name, anew for each: one that was
   * made at the start would have expired on a server that runs for days. Null for none.
   */
  mintToken: MintToken | null;
  operations: ExplorerOperation[];
}

interface Asset {
  content: Buffer;
  type: string;
  etag: string;
}

/** The package's dist/explorer/, be this module run from dist/server/ or from src/server/. */
const ASSETS = new URL('../../dist/explorer/', import.meta.url);

const CONTENT_TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

/** What proxies add to the requests of others. */
const PROXY_HEADER = /^(forwarded|via|x-forwarded(-.+)?|x-(real|client)-ip)$/;
const PORT = /:\d{1,5}$/;

/**
 * Adds Apollo Sandbox at `/`, GraphiQL at `/explorer` and its files below. Reads the files now: throws if they have
 * not been built.
 */
export function registerExplorer(app: FastifyInstance, settings: ExplorerSettings): void {
  const assets = readAssets();
  app.get('/', async (request, reply) => sendPage(reply, sandboxPage(await pageSettings(settings, request))));
  app.get('/explorer', async (request, reply) => sendPage(reply, explorerPage(await pageSettings(settings, request))));
  app.get<{ Params: { '*': string } }>('/explorer/*', (request, reply) => {
    // The name is looked up among the files read at the start and never becomes a path: no way out of the folder.
    const asset = assets.get(request.params['*']);
    return asset ? sendAsset(request, reply, asset) : reply.callNotFound();
  });
}

async function pageSettings(settings: ExplorerSettings, request: FastifyRequest): Promise<PageSettings> {
  const { endpoint, mintToken, operations } = settings;
  const headers = mintToken && mayHaveToken(request) ? { authorization: `Bearer ${await mintToken()}` } : {};
  return { endpoint, headers, operations };
}

/**
 * The token is for a browser on this machine that opened the page itself. Whoever sends a request chooses its Host, so
 * that alone proves nothing: the connection must come from this machine, and not from a proxy here that speaks for
 * others. Those name whom they speak for in a header, or, told nothing else, ask in HTTP/1.0, which no browser does.
 *
 * DNS rebinding: a foreign site can have its own name resolve to 127.0.0.1 and then read this page as if it were its
 * own. The Host header still bears the foreign name, so only loopback names get the token. It is taken from the raw
 * headers: `request.host` may come from X-Forwarded-Host, which the caller chooses. A script of another site that
 * fetches the page under its loopback name sends an Origin header, which opening a page never does: were CORS open
 * to all, it would read the token.
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

function sendPage(reply: FastifyReply, { html, contentSecurityPolicy }: Page): FastifyReply {
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    .send(html);
}

function sendAsset(request: FastifyRequest, reply: FastifyReply, { content, type, etag }: Asset): FastifyReply {
  // The names stay the same from version to version, hence a check at every use.
  reply.headers({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
  const known = request.headers['if-none-match'];
  const isKnown = known !== undefined && matchesTag(known, etag);
  return isKnown ? reply.code(304).send() : reply.type(type).send(content);
}

function readAssets(): Map<string, Asset> {
  if (!existsSync(ASSETS)) throw new Error('The explorer has not been built: run `npm run build`.');
  return new Map(readdirSync(ASSETS).map((name) => [name, readAsset(name)]));
}

function readAsset(name: string): Asset {
  const content = readFileSync(new URL(name, ASSETS));
  const type = CONTENT_TYPES[extname(name)] ?? 'application/octet-stream';
  // Weak, as it stands for the file in whatever coding it is sent.
  return { content, type, etag: `W/"${createHash('sha256').update(content).digest('base64url')}"` };
}
