import type { FormattedExecutionResult } from 'graphql';
import Negotiator from 'negotiator';
import type { Transport } from './subscriptions.js';

/** How a stream of results is framed in the body of one response. */
export interface Framing {
  transport: Transport;
  contentType: string;
  /** Written before the first result. */
  begin: string;
  /** Frames a result, given as JSON on one line. */
  next(json: string): string;
  /** Written when there was no result for a while. */
  keepAlive: string;
  /** Frames an error that ended the stream and is not a result. */
  failed(result: FormattedExecutionResult): string;
  /** Written after the last result. */
  complete: string;
}

/** graphql-sse's protocol, "distinct connections mode". */
const SSE: Framing = {
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  begin: ':\n\n',
  next: (json) => `event: next\ndata: ${json}\n\n`,
  keepAlive: ':\n\n',
  failed: (result) => SSE.next(JSON.stringify(result)),
  complete: 'event: complete\ndata: \n\n',
};

/** A delimiter follows each part at once: without it, clients do not take the part for complete. */
const part = (json: string) => `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;

/** Apollo's protocol for subscriptions in multipart responses. */
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

/** The framing that a client accepts; null for a client that expects one whole response. */
export function framingFor(accept: string | undefined): Framing | null {
  if (accept === undefined) return null;
  if (MULTIPART_ACCEPTED.test(accept)) return MULTIPART;
  if (!accept.includes('text/event-stream')) return null;
  const preferred = new Negotiator({ headers: { accept } }).mediaType([...WHOLE, 'text/event-stream']);
  return preferred === 'text/event-stream' ? SSE : null;
}
