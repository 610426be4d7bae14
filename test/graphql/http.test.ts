import { request as rawRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { serverAudits } from 'graphql-http';
import { readConfig } from '../../src/config.js';
import {
  type Answer,
  CREATE,
  createInput,
  post,
  REQUEST_ID,
  startTestServer,
  type TestServer,
} from '../support/harness.js';
import { clear, codes, dataOf, importAll, importRecord, totalCount } from '../support/asking.js';

const SANDBOX = 'https://studio.apollographql.com';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const send = (path: string, init: RequestInit = {}, token: string | null = server.token): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    ...init,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...(init.headers as object) },
  });
const sendBody = (body: string | Uint8Array, contentType = 'application/json'): Promise<Answer> =>
  post(`${server.url}/graphql`, body as string, server.token, { 'content-type': contentType });

describe('GraphQL over HTTP, audited by graphql-http', () => {
  const audits = serverAudits({
    url: () => `${server.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${server.token}`);
      return fetch(url, { ...init, headers });
    },
  });

  test('There are 61 audits', () => expect(audits).toHaveLength(61));

  test.each(audits.map(({ id, name, fn }) => [id, name, fn] as const))('%s: %s', async (_id, _name, fn) => {
    const result = await fn();
    expect({ status: result.status, reason: 'reason' in result ? result.reason : undefined }).toEqual({ status: 'ok' });
  });
});

describe('A body that cannot be read', () => {
  test('A body of 10 MB is PAYLOAD_TOO_LARGE (413)', async () => {
    const answer = await sendBody(JSON.stringify({ query: `{ __typename } #${'x'.repeat(10_000_000)}` }));
    expect(answer.status).toBe(413);
    expect(codes(answer)).toEqual(['PAYLOAD_TOO_LARGE']);
    expect(answer.errors?.[0]?.message).toContain('MAX_BODY_BYTES');
    expect(answer.headers.get('request-id')).toMatch(REQUEST_ID);
  });

  test('A body just below MAX_BODY_BYTES is read', async () => {
    const answer = await sendBody(JSON.stringify({ query: `{ __typename } #${'x'.repeat(2_000_000)}` }));
    expect(dataOf(answer)).toEqual({ __typename: 'Query' });
  });

  const utf8 = (...bytes: number[]) => Buffer.concat([Buffer.from('{"query":"{ __typename } #'), Buffer.from(bytes)]);
  const nested = (levels: number) =>
    `{"query":"{ __typename }","variables":${'{"a":'.repeat(levels)}1${'}'.repeat(levels + 1)}`;
  async function expectRefused(answer: Answer, status: number, message: RegExp): Promise<void> {
    expect(answer.status).toBe(status);
    expect(answer.errors?.[0]?.message).toMatch(message);
    expect(codes(answer)).toEqual(['BAD_USER_INPUT']);
    expect(answer.headers.get('request-id')).toMatch(REQUEST_ID);
  }

  test.each<[string, string | Uint8Array, RegExp]>([
    ['Broken JSON', '{"query":', /not JSON/],
    ['An empty body', '', /not JSON/],
    ['Malformed UTF-8', Buffer.concat([utf8(0xc3, 0x28), Buffer.from('"}')]), /not UTF-8/],
    ['JSON of more than 32 levels', nested(32), /32 levels/],
    ['JSON of 100,000 levels', nested(100_000), /levels/],
  ])('%s is refused with 400, and the answer says why', async (_what, body, message) =>
    expectRefused(await sendBody(body), 400, message),
  );

  test.each([
    ['application/json; charset=latin1', /latin1/],
    ['text/plain', /application\/json/],
    ['application/graphql', /application\/json/],
    ['application/x-www-form-urlencoded', /application\/json/],
  ])('%s is refused with 415, and the answer says why', async (contentType, message) =>
    expectRefused(await sendBody('{"query":"{ __typename }"}', contentType), 415, message),
  );

  test.each(['gzip', 'GZIP', 'br'])(
    'A body in the encoding %s is refused with 415, and the answer says so',
    async (encoding) => {
      const body = gzipSync('{"query":"{ __typename }"}');
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const answer = await post(`${server.url}/graphql`, body as never, server.token, headers);
      await expectRefused(answer, 415, new RegExp(`Content-Encoding "${encoding}" is not supported`));
    },
  );

  test('A body that is said to be in no encoding is read', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'Identity' };
    expect(dataOf(await post(`${server.url}/graphql`, '{"query":"{ __typename }"}', server.token, headers))).toEqual({
      __typename: 'Query',
    });
  });

  test('JSON of 32 levels, and UTF-8 beyond ASCII, are read', async () => {
    expect(dataOf(await sendBody(nested(31)))).toEqual({ __typename: 'Query' });
    const snowman = Buffer.concat([utf8(0xe2, 0x98, 0x83), Buffer.from('"}')]);
    expect(dataOf(await sendBody(snowman, 'application/json; charset="UTF-8"'))).toEqual({ __typename: 'Query' });
  });

  const persisted = (persistedQuery: unknown) =>
    JSON.stringify({ query: '{ __typename }', extensions: { persistedQuery } });
  test.each([
    ['no query', '{}'],
    ['a batch', '[{"query":"{ __typename }"}]'],
    ['variables that are a string', '{"query":"{ __typename }","variables":"x"}'],
    ['the hash of another text', persisted({ version: 1, sha256Hash: '0'.repeat(64) })],
    ['a persisted query of another version', persisted({ version: 2, sha256Hash: '0'.repeat(64) })],
    ['a persisted query that is no object', persisted('x')],
  ])('A body with %s is BAD_REQUEST', async (_what, body) => {
    const answer = await sendBody(body);
    expect([answer.status, codes(answer)]).toEqual([400, ['BAD_REQUEST']]);
  });

  test('A subscription, of which there are none, is refused as a fault of the request', async () => {
    const answer = await sendBody('{"query":"subscription { x }"}');
    expect(answer.status).toBe(400);
    expect(new Set(codes(answer))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
  });

  test('Batches of operations are refused', async () => {
    const answer = await sendBody('[{"query":"{ __typename }"},{"query":"{ __typename }"}]');
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.message).toMatch(/batching/);
  });
});

describe('What is refused before it reaches Apollo', () => {
  const GRAPHQL = 'application/graphql-response+json; charset=utf-8';
  const JSON_TYPE = 'application/json; charset=utf-8';
  const json = { 'content-type': 'application/json' };
  const huge = JSON.stringify({ query: `{ __typename } #${'x'.repeat(3_000_000)}` });
  const refusals: [string, number, RequestInit, boolean][] = [
    ['A request without a token', 401, { method: 'POST', body: '{"query":"{ __typename }"}', headers: json }, false],
    ['A body that is no JSON', 400, { method: 'POST', body: '{', headers: json }, true],
    ['A body that is too large', 413, { method: 'POST', body: huge, headers: json }, true],
    ['A body of another type', 415, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }, true],
    ['A method that is not offered', 405, { method: 'DELETE' }, true],
  ];
  const refuse = async (init: RequestInit, withToken: boolean, accept: string) => {
    const headers = { ...(init.headers as object), accept };
    const response = await send('/graphql', { ...init, headers }, withToken ? server.token : null);
    return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
  };

  test.each(refusals)('%s (%i) is answered in the media type that Accept prefers', async (_what, status, init, ok) => {
    const types = {
      'application/graphql-response+json': GRAPHQL,
      'application/graphql-response+json,application/json;q=0.9': GRAPHQL,
      'application/json;q=0.9, application/graphql-response+json;q=0.8': JSON_TYPE,
      'application/json': JSON_TYPE,
      '*/*': JSON_TYPE,
      'text/html': JSON_TYPE,
    };
    for (const [accept, type] of Object.entries(types)) {
      const { body, ...head } = await refuse(init, ok, accept);
      expect({ accept, ...head }).toEqual({ accept, status, type });
      expect(body).toHaveProperty('errors.0.extensions.code');
    }
  });
});

describe('What a cache on the way may do with an answer', () => {
  const query = '{"query":"{ callRecords { totalCount } }"}';
  const headers = { 'content-type': 'application/json' };
  const requests: [string, string, RequestInit][] = [
    ['A query by GET', '?query=%7B__typename%7D', {}],
    ['A query by POST', '', { method: 'POST', body: query, headers }],
    ['A query by POST from a page', '', { method: 'POST', body: query, headers: { ...headers, origin: SANDBOX } }],
    ['A request without a token', '?query=%7B__typename%7D', { headers: { authorization: 'none' } }],
    ['A method that is not offered', '', { method: 'PUT' }],
  ];

  test.each(requests)('%s is answered for nobody else and never again', async (_what, search, init) => {
    for (let time = 0; time < 3; time++) {
      const answer = await send(`/graphql${search}`, init);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('vary')).toBe('Origin, Accept, Authorization, Accept-Encoding');
    }
  });
});

describe('Paths and methods', () => {
  test.each(['/nope', '/graphql/extra', '/v2', '/.env', '/db/callrecords.sqlite'])('%s is 404', async (path) => {
    const response = await send(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('request-id')).toMatch(REQUEST_ID);
  });

  test.each(['PUT', 'PATCH', 'DELETE'])('%s /graphql is 405 and says what is allowed', async (method) => {
    const response = await send('/graphql', { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
    expect(response.headers.get('request-id')).toMatch(REQUEST_ID);
  });

  test('OPTIONS that is no preflight is answered without content', async () => {
    expect((await send('/graphql', { method: 'OPTIONS' }, null)).status).toBe(204);
  });

  test('A query may come by GET, with its variables', async () => {
    const query = encodeURIComponent('query ($id: ID!) { callRecord(id: $id) { id } }');
    const response = await send(`/graphql?query=${query}&variables=${encodeURIComponent('{"id":"x"}')}`);
    expect(await response.json()).toEqual({ data: { callRecord: null } });
  });

  test('A mutation by GET is 405 and changes nothing', async () => {
    await importAll(server, [importRecord(1)]);
    const { id } = importRecord(1) as { id: string };
    const query = encodeURIComponent(`mutation { deleteCallRecord(id: "${id}") }`);
    const response = await send(`/graphql?query=${query}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await totalCount(server)).toBe(1);
    await clear(server);
  });

  test('What a form of another site can send is refused: without a token it is not even looked at', async () => {
    const forms: [string, RequestInit][] = [
      ['/graphql?query=%7B__typename%7D', {}],
      ['/graphql', { method: 'POST', body: '{"query":"{__typename}"}', headers: { 'content-type': 'text/plain' } }],
    ];
    for (const [path, init] of forms) expect((await send(path, init, null)).status).toBe(401);
  });

  test('Every answer has a request-id of its own, also when the client sends one', async () => {
    const headers = { 'request-id': 'mine' };
    const ids = await Promise.all(
      ['/health/live', '/nope', '/graphql', '/metrics'].map(async (path) => {
        return (await send(path, { headers }, null)).headers.get('request-id');
      }),
    );
    for (const id of ids) expect(id).toMatch(REQUEST_ID);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('A request whose target is no URL is refused and the server lives', async () => {
    const { hostname, port } = new URL(server.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      rawRequest({ hostname, port, path: '/%zz' }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(400);
    expect((await send('/health/live')).status).toBe(200);
  });
});

describe('Other origins', () => {
  const allowed = async (at: TestServer, origin: string) => {
    const preflight = await fetch(`${at.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
    const answer = await fetch(`${at.url}/graphql?query=%7B__typename%7D`, {
      headers: { origin, authorization: `Bearer ${at.token}` },
    });
    return [preflight, answer].map(({ headers }) => headers.get('access-control-allow-origin'));
  };

  test.each(['https://evil.example', 'null', 'https://studio.apollographql.com.evil.example', 'http://localhost:3000'])(
    '%s may not read by default',
    async (origin) => expect(await allowed(server, origin)).toEqual([null, null]),
  );

  test('Apollo Sandbox may read in development, and sees the request-id and what a token lacked', async () => {
    expect(await allowed(server, SANDBOX)).toEqual([SANDBOX, SANDBOX]);
    const response = await send('/graphql', { headers: { origin: SANDBOX } }, null);
    const exposed = response.headers.get('access-control-expose-headers')?.split(', ');
    expect(exposed).toEqual(expect.arrayContaining(['request-id', 'www-authenticate']));
  });

  test.each(['*', 'https://*.example.com', 'https://*', 'a.example', 'https://a.example/', 'wss://a.example', 'null'])(
    'CORS_ORIGINS=%s, which no page can have, stops the start',
    (origin) => {
      const read = () => readConfig({ CORS_ORIGINS: `https://a.example, ${origin}` });
      expect(read).toThrow(/^CORS_ORIGINS=.*: expected origins such as https:\/\/app\.example/);
    },
  );

  test('With CORS_ORIGINS those may read and no others; in production Apollo Sandbox may not', async () => {
    const origins = 'https://a.example, https://b.example';
    const production = await startTestServer({
      CORS_ORIGINS: origins,
      NODE_ENV: 'production',
      ALLOW_DEVELOPMENT_KEY: 'true',
    });
    try {
      expect(await allowed(production, 'https://b.example')).toEqual(['https://b.example', 'https://b.example']);
      expect(await allowed(production, SANDBOX)).toEqual([null, null]);
      expect(await allowed(production, 'https://c.example')).toEqual([null, null]);
    } finally {
      await production.end();
    }
  });
});

describe('Health and metrics', () => {
  test.each(['/health/live', '/health/ready'])('%s is 200 without a token', async (path) => {
    const response = await send(path, {}, null);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  test('/metrics tells durations by route and status without a token, and nothing personal', async () => {
    await server.ask('{ callRecord(id: "secret-id") { id } }');
    const response = await send('/metrics', {}, null);
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(/http_request_duration_seconds_count\{route="\/graphql",status="200"\} [1-9]/);
    expect(text).not.toContain('secret-id');
  });
});

describe('While another process holds the lock of the database', () => {
  test('Writes and /health/ready are 503 with Retry-After, reads go on, and afterwards all is as before', async () => {
    const locked = await startTestServer();
    const other = new Database(join(locked.folder, 'callrecords.sqlite'));
    try {
      other.exec('begin immediate');
      const [write, ready, live] = await Promise.all([
        locked.ask(CREATE, { input: createInput() }),
        fetch(`${locked.url}/health/ready`),
        fetch(`${locked.url}/health/live`),
      ]);
      expect([write.status, codes(write)]).toEqual([503, ['SERVICE_UNAVAILABLE']]);
      expect(write.headers.get('retry-after')).toBe('1');
      expect(write.text).not.toMatch(/SQLITE|locked/);
      expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '1']);
      expect(live.status).toBe(200);
      expect(await totalCount(locked)).toBe(0);
      other.exec('rollback');
      dataOf(await locked.ask(CREATE, { input: createInput() }));
      // What was found is remembered for a moment.
      while ((await fetch(`${locked.url}/health/ready`)).status !== 200) await wait(50);
    } finally {
      other.close();
      await locked.end();
    }
  });
});
