import type { FormattedExecutionResult } from 'graphql';
import Negotiator from 'negotiator';
import type { Transport } from './subscriptions.js';

/** How results follow each other in the body of one answer. */
export interface Framing {
  transport: Transport;
  contentType: string;
  /** Before the first result. */
  begin: string;
  /** A result, as JSON on one line. */
  next(json: string): string;
  /** Tells that nothing came. */
  keepAlive: string;
  /** What ended the stream that is no result. */
  failed(result: FormattedExecutionResult): string;
  /** Tells that nothing more comes. */
  complete: string;
}

/** Of graphql-sse's protocol, distinct connections mode. */
const SSE: Framing = {
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  begin: ':\n\n',
  next: (json) => `event: next\ndata: ${json}\n\n`,
  keepAlive: ':\n\n',
  failed: (result) => SSE.next(JSON.stringify(result)),
  complete: 'event: complete\ndata: \n\n',
};

/** A delimiter follows each part at once: only then clients take it for whole. */
const part = (json: string) => `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;

/** Of Apollo's protocol for subscriptions in multipart answers. */
const MULTIPART: Framing = {
  transport: 'multipart',
  contentType: 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0',
  begin: '\r\n--graphql',
  next: (json) => part(`{"payload":${json}}`),
  keepAlive: part('{}'),
  failed: (result) => part(JSON.stringify({ payload: null, ...result })),
  complete: '--\r\n',
};

const MULTIPART_ACCEPTED = /multipart\/mixed\s*;[^,]*subscriptionspec\s*=\s*"?1\.0/i;
const WHOLE = ['application/json', 'application/graphql-response+json'];

/** The framing that a client accepts; null for one that waits for a whole answer. */
export function framingFor(accept: string | undefined): Framing | null {
  if (accept === undefined) return null;
  if (MULTIPART_ACCEPTED.test(accept)) return MULTIPART;
  if (!accept.includes('text/event-stream')) return null;
  const preferred = new Negotiator({ headers: { accept } }).mediaType([...WHOLE, 'text/event-stream']);
  return preferred === 'text/event-stream' ? SSE : null;
}
