import type { IncomingMessage } from 'node:http';
import { refusalType } from '../graphql/core/refusal.js';

export const PATH = '/graphql';
const CONTENT_TYPES = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
]);
/** The content type of the response for each `Accept` header of a plain POST. */
export const ACCEPTED = new Map(
  [undefined, '*/*', 'application/json', 'application/graphql-response+json'].map((accept) => [
    accept,
    refusalType(accept),
  ]),
);

/** Whether a request is a POST of JSON of a known length to `/graphql`, and not from a page of another origin. */
export function isPlainPost({ method, url, headers }: IncomingMessage, maxBodyBytes: number): boolean {
  return (
    method === 'POST' &&
    url === PATH &&
    headers.origin === undefined &&
    CONTENT_TYPES.has(headers['content-type'] ?? '') &&
    ACCEPTED.has(headers.accept) &&
    headers['content-encoding'] === undefined &&
    Number(headers['content-length']) <= maxBodyBytes
  );
}
