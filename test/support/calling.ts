import { parseJson } from '../../src/platform/json.js';
import { createInput, REQUEST_ID, type TestServer } from './harness.js';

export const COLLECTION = '/v1.0/communications/callRecords';

/** An answer of the REST door. */
export interface RestAnswer {
  status: number;
  headers: Headers;
  /** The body as it came. */
  text: string;
  /** The body, 64-bit integers with all their digits. */
  // Tests read answers of every shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

export interface Calling {
  body?: unknown;
  headers?: Record<string, string>;
  token?: string | null;
}

/** Sends a request to a path or an absolute URL; an object as the body goes out as JSON. */
export async function call(
  server: TestServer,
  method: string,
  url: string,
  { body, headers, token = server.token }: Calling = {},
): Promise<RestAnswer> {
  const response = await fetch(new URL(url, server.url), {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body:
      body === undefined || typeof body === 'string' || body instanceof Uint8Array
        ? (body as string)
        : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text.startsWith('{') ? parseJson(text) : null,
  };
}

export const get = (server: TestServer, url: string, headers: Record<string, string> = {}): Promise<RestAnswer> =>
  call(server, 'GET', url, { headers });

/** The URL of the collection with query options, percent-encoded. */
export function listUrl(options: Record<string, string>): string {
  const pairs = Object.entries(options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${COLLECTION}?${pairs.join('&')}`;
}

/** Creates a record; gives the answer, which must be 201. */
export async function create(server: TestServer, changes: object = {}, calling: Calling = {}): Promise<RestAnswer> {
  const answer = await call(server, 'POST', COLLECTION, { body: createInput(changes), ...calling });
  expect([answer.status, answer.text]).toEqual([201, answer.text]);
  return answer;
}

/** The envelope of an error, checked for what every one of them has. */
export function errorOf(answer: RestAnswer): {
  status: number;
  code: string;
  message: string;
  target?: string;
  details: Record<string, string>;
} {
  const { error, ...rest } = answer.json;
  expect(rest).toEqual({});
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(error.innerError).toEqual({
    date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    'request-id': answer.headers.get('request-id'),
    'client-request-id': expect.stringMatching(REQUEST_ID),
  });
  const details = (error.details ?? []) as { code: string; target: string }[];
  return {
    status: answer.status,
    code: error.code as string,
    message: error.message as string,
    target: error.target as string | undefined,
    details: Object.fromEntries(details.map(({ target, code }) => [target, code])),
  };
}
