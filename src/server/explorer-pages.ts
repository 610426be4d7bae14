import { CLOSED, document, newNonce, type Page, policy, settingsElement } from './html-page.js';

/** An example operation; `variables` is the JSON text for the variables editor. */
export interface ExplorerOperation {
  name: string;
  document: string;
  variables?: string;
}

/** The settings that a page's script reads from its settings element. */
export interface PageSettings {
  endpoint: string;
  headers: { authorization?: string };
  operations: ExplorerOperation[];
}

const APOLLO = 'https://*.apollographql.com';
const APOLLO_SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com';

const SANDBOX_STYLE = `
      html, body { margin: 0; height: 100%; font: 16px system-ui, sans-serif; }
      #sandbox { position: absolute; inset: 0; }
      #sandbox iframe { width: 100%; height: 100%; border: 0; }
      #pages + #token-note + #sandbox { top: 4.5rem; }
      #pages { position: absolute; inset: 0 0 auto; height: 2rem; padding: 0 1rem; line-height: 2rem; font-size: 14px; }
      #sandbox { top: 2rem; }
      #token-note { position: absolute; inset: 2rem 0 auto; margin: 0; height: 2.5rem; padding: 0 1rem; line-height: 2.5rem;
        overflow: auto; white-space: nowrap; background: #fff3cd; color: #533f03; font-size: 14px; }
      #loading { top: 2rem; }
      #token-note ~ #loading { top: 4.5rem; }
      #loading, noscript { position: relative; display: block; margin: 0; padding: 2rem; text-align: center; }
    `;

const TOKEN_NOTE = `<p id="token-note" role="note">This page has no token. Put yours under Headers, as
      <code>Authorization: Bearer …</code></p>
    `;

/** The GraphiQL page, which sends nothing to any other host. */
export function explorerPage(settings: PageSettings): Page {
  const nonce = newNonce();
  const head = `<link rel="stylesheet" href="/explorer/explorer.css" />`;
  const body = `<div id="explorer"></div>
    <noscript>The explorer needs JavaScript.</noscript>
    ${scripts(settings, nonce, 'explorer.js')}`;
  const contentSecurityPolicy = policy({
    ...CLOSED,
    'script-src': `'nonce-${nonce}'`,
    'worker-src': "'self'",
    // Monaco positions its lines with style attributes and adds style elements, so a nonce is not enough.
    'style-src': "'self' 'unsafe-inline'",
    'font-src': "'self' data:",
    'img-src': "'self' data:",
    'connect-src': "'self'",
  });
  return { html: document(head, body), contentSecurityPolicy };
}

/** The Apollo Sandbox page. Its script goes to /explorer if Apollo's host cannot be reached. */
export function sandboxPage(settings: PageSettings): Page {
  const nonce = newNonce();
  const head = `<style nonce="${nonce}">${SANDBOX_STYLE}</style>`;
  const body = `<p id="loading">Loading Apollo Sandbox… <a href="/explorer">open the local explorer instead</a></p>
    <noscript>Apollo Sandbox and the <a href="/explorer">local explorer</a> need JavaScript.</noscript>
    <nav id="pages" aria-label="Pages"><a href="/calls">Call records</a>, to look rather than to query</nav>
    ${settings.headers.authorization ? '' : TOKEN_NOTE}<div id="sandbox"></div>
    ${scripts(settings, nonce, 'sandbox.js')}`;
  const contentSecurityPolicy = policy({
    ...CLOSED,
    'script-src': `'nonce-${nonce}' ${APOLLO_SCRIPT}`,
    'style-src': `'nonce-${nonce}' ${APOLLO}`,
    'frame-src': APOLLO,
    'img-src': `'self' data: ${APOLLO}`,
    'manifest-src': APOLLO,
    'connect-src': `'self' ${APOLLO}`,
  });
  return { html: document(head, body), contentSecurityPolicy };
}

function scripts(settings: PageSettings, nonce: string, file: string): string {
  return `${settingsElement(settings)}
    <script nonce="${nonce}" src="/explorer/${file}"></script>`;
}
