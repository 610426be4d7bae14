import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** A page and its Content-Security-Policy, which holds the page's nonce. */
export interface Page {
  html: string;
  contentSecurityPolicy: string;
}

/** The directives of every page: what no page may do. */
export const CLOSED = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** The text of a page; `head` and `body` are HTML. */
export function document(head: string, body: string, title = 'callrecords-graphql'): string {
  // An empty icon saves the request for /favicon.ico.
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="icon" href="data:," />
    ${head}
  </head>
  <body>
    ${body}
  </body>
</html>
`;
}

/** The element from which the script of a page reads its settings. */
export function settingsElement(settings: object): string {
  // Without a `<`, no text in the JSON can end the script element or start a comment in it.
  const json = JSON.stringify(settings).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="settings">${json}</script>`;
}

/** The header `Content-Security-Policy`. */
export function policy(directives: Record<string, string>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
}

/** The nonce of one page's script elements. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

/** Sends a page. No cache may keep it: it may hold a token. */
export function sendPage(reply: FastifyReply, { html, contentSecurityPolicy }: Page): FastifyReply {
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
