import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.js';
import { CLOSED, document, newNonce, type Page, policy, sendPage, settingsElement } from './html-page.js';
import { registerFiles } from './page-files.js';
import { headersFor, type MintToken } from './page-token.js';

/** How people sign in on the page: by OpenID Connect, with an authorization code and PKCE. */
export interface SignIn {
  issuer: string;
  clientId: string;
  /** The scopes to ask for, separated by spaces. */
  scope: string;
}

export interface CallsPageSettings {
  /** Path of the GraphQL endpoint on this server. */
  endpoint: string;
  /** See `ExplorerSettings`. */
  mintToken: MintToken | null;
  /** Null if people enter a token themselves. */
  signIn: SignIn | null;
  /** The path that fills the store with generated calls; null except in development. */
  fill: string | null;
}

/** How people sign in; null if the settings do not say. */
export function signInOf({ authIssuer, pageClientId, pageScope }: Config): SignIn | null {
  if (authIssuer === null || pageClientId === null) return null;
  return { issuer: authIssuer, clientId: pageClientId, scope: pageScope };
}

const TITLE = 'Call records';

/** Adds the page of call records at `/calls`, and its files below that path. Throws if they have not been built. */
export function registerCallsPage(app: FastifyInstance, settings: CallsPageSettings): void {
  const shared = registerFiles(app, '/calls', 'calls').filter((name) => name.startsWith('chunk-'));
  app.get('/calls', async (request, reply) => {
    const { mintToken, ...rest } = settings;
    return sendPage(reply, callsPage({ ...rest, headers: await headersFor(request, mintToken) }, shared));
  });
}

/**
 * The page. Its policy allows requests to this server alone, and to the issuer if people sign in with one. `shared`:
 * the files that its script imports, which the browser fetches at the same time.
 */
function callsPage(settings: Omit<CallsPageSettings, 'mintToken'> & { headers: object }, shared: string[]): Page {
  const nonce = newNonce();
  const head = `<meta name="color-scheme" content="light dark" />
    <link rel="stylesheet" href="/calls/main.css" />
    ${shared.map((name) => `<link nonce="${nonce}" rel="modulepreload" href="/calls/${name}" />`).join('')}
    <script nonce="${nonce}" type="module" src="/calls/main.js"></script>`;
  const body = `<div id="app"><p class="starting">${TITLE}</p></div>
    <noscript>This page needs JavaScript; the same data is at <a href="/explorer">the explorer</a>.</noscript>
    ${settingsElement(settings)}`;
  const issuer = settings.signIn ? ` ${new URL(settings.signIn.issuer).origin}` : '';
  const contentSecurityPolicy = policy({
    ...CLOSED,
    'script-src': `'nonce-${nonce}'`,
    'style-src': "'self'",
    'img-src': "'self' data:",
    'connect-src': `'self'${issuer}`,
    'require-trusted-types-for': "'script'",
  });
  return { html: document(head, body, TITLE), contentSecurityPolicy };
}
