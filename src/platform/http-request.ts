import { type Agent, type IncomingMessage, request as sendPlain, type RequestOptions } from 'node:http';
import { request as sendSecure } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from './loopback.js';

const CONNECTED_WITHIN_MS = 10_000;
const unzip = promisify(gunzip);
/** Removes a byte order mark, and replaces what is not UTF-8. */
const UTF8 = new TextDecoder();

interface HttpRequest extends Pick<RequestOptions, 'method' | 'headers'> {
  body?: string;
  signal?: AbortSignal;
  /** The time for the whole response. */
  withinMs: number;
}

/** The beginning of a response. Its text must be read: otherwise the connection could not be used again. */
export interface HttpResponse extends Pick<IncomingMessage, 'headers'> {
  status: number;
  /** Rejects for half a body. */
  text(): Promise<string>;
}

/** The tunnels through proxies, by the proxy's address, and those to hosts: undefined where the way is direct. */
const tunnels = new Map<string, Agent>();
const ways = new Map<string, Agent | undefined>();

/**
 * The tunnel to an address if HTTPS_PROXY, ALL_PROXY and NO_PROXY ask for one (CONNECT, RFC 9110, 9.3.6).
 * There is none to this machine, where a proxy means another one. Throws an Error of one line if the proxy is none that
 * can be used.
 */
function tunnelTo(url: string): Agent | undefined {
  // Few hosts are ever asked. Looking through the environment takes a tenth of the request's time.
  const host = /^https?:\/\/[^/?#]*/.exec(url)?.[0] ?? url;
  if (!ways.has(host)) ways.set(host, wayTo(host));
  return ways.get(host);
}

function wayTo(host: string): Agent | undefined {
  const proxy = isLoopback(new URL(host).hostname) ? '' : getProxyForUrl(host);
  if (proxy === '') return undefined;
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol))
    throw new Error('HTTPS_PROXY or ALL_PROXY must be the address of a proxy, such as http://proxy.example:8080.');
  const tunnel = tunnels.get(proxy) ?? new HttpsProxyAgent(proxy, { keepAlive: true });
  tunnels.set(proxy, tunnel);
  return tunnel;
}

/**
 * Sends a request over a connection that is kept for the next one. It follows no redirect: the token in the headers is
 * for this host, and one could lead from https to http. `fetch` does the same for three times the time of the processor,
 * and without a proxy.
 */
export function sendRequest(url: string, { body, withinMs, ...options }: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? sendSecure : sendPlain;
    const headers = { ...options.headers, 'accept-encoding': 'gzip' };
    const request = send(url, { ...options, headers, agent: tunnelTo(url), timeout: CONNECTED_WITHIN_MS });
    // What destroys a request during the response, the response does not tell.
    let reason: Error | null = null;
    const failed = (error: unknown) => new Error('fetch failed', { cause: reason ?? error });
    const giveUp = (what: string) => {
      reason = new Error(what);
      request.destroy(reason);
      reject(failed(reason));
    };
    const timer = setTimeout(() => giveUp(`no whole answer within ${withinMs / 1_000} s`), withinMs);
    request
      .once('close', () => clearTimeout(timer))
      .once('timeout', () => request.socket?.connecting && giveUp('no connection'))
      // What a proxy answers in place of a tunnel is no answer of the host.
      .once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
        if (statusCode !== 200) giveUp(`the proxy refused the tunnel, status ${statusCode}`);
      })
      .once('error', (error) => reject(failed(error)))
      .once('response', (response) => {
        const { statusCode: status = 0, headers } = response;
        if (status >= 300 && status < 400) giveUp(`unexpected redirect, status ${status}`);
        const text = () => textOf(response).catch((error: unknown) => Promise.reject(failed(error)));
        resolve({ status, headers, text });
      })
      .end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const body = await new Promise<Buffer>((resolve, reject) => {
    const parts: Buffer[] = [];
    response
      .on('data', (part: Buffer) => parts.push(part))
      .once('end', () => resolve(Buffer.concat(parts)))
      .once('error', reject);
  });
  const isZipped = response.headers['content-encoding'] === 'gzip' && body.length > 0;
  return UTF8.decode(isZipped ? await unzip(body) : body);
}
