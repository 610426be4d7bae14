import { type IncomingHttpHeaders, request as rawRequest } from 'node:http';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { guid, importAll, importRecord } from '../support/asking.js';
import { createInput, REQUEST_ID, startTestServer, type TestServer } from '../support/harness.js';
import { call, COLLECTION, errorOf, get } from '../support/calling.js';

const PEER = '99999999-0000-4000-8000-000000000001';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await importAll(server, [importRecord(1), importRecord(2, { organizer: { user: { id: PEER } } })]);
});
afterAll(() => server.end());

/** A request that fetch would not send. */
function raw(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; body: string; headers: IncomingHttpHeaders }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const all = { authorization: `Bearer ${server.token}`, ...headers };
    rawRequest({ method, hostname, port, path, headers: all }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

describe('Who asks', () => {
  test.each<[string, string | null, string]>([
    ['No token', null, 'Bearer'],
    ['A token that is none', 'abc', 'Bearer error="invalid_token"'],
  ])('%s is 401 with WWW-Authenticate', async (_what, token, challenge) => {
    for (const path of [COLLECTION, `/communications/callRecords/${guid(1)}`, '/v1.0/me']) {
      const answer = await call(server, 'GET', path, { token });
      expect(errorOf(answer)).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' });
      expect(answer.headers.get('www-authenticate')).toBe(challenge);
    }
  });

  test('A token that has expired is 401', async () => {
    const token = await server.mint({ roles: ['CallRecords.Read.All'], expiresInSeconds: -120 });
    expect(errorOf(await call(server, 'GET', COLLECTION, { token })).status).toBe(401);
  });

  test('A reader who writes is 403, naming the role that is missing', async () => {
    const token = await server.mint({ roles: ['CallRecords.Read.All'] });
    for (const [method, url] of [
      ['POST', COLLECTION],
      ['DELETE', `${COLLECTION}/${guid(1)}`],
    ] as const) {
      const answer = errorOf(await call(server, method, url, { token, body: createInput() }));
      expect(answer).toMatchObject({ status: 403, code: 'Forbidden' });
      expect(answer.message).toContain('CallRecords.ReadWrite.All');
    }
    expect(
      errorOf(await call(server, 'GET', COLLECTION, { token: await server.mint({ roles: ['Mail.Read'] }) })).status,
    ).toBe(403);
  });

  test('A person sees the records of their own calls: in lists, counts, by id, participants; others are 404', async () => {
    const token = await server.mint({ user: PEER });
    const list = await call(server, 'GET', `${COLLECTION}?$count=true`, { token });
    expect(list.json).toMatchObject({ '@odata.count': 1, value: [{ id: guid(2) }] });
    const asked = await call(server, 'GET', `${COLLECTION}?$filter=id%20eq%20'${guid(1)}'`, { token });
    expect(asked.json.value).toEqual([]);
    expect((await call(server, 'GET', `${COLLECTION}/${guid(2)}`, { token })).status).toBe(200);
    for (const path of [guid(1), `${guid(1)}/participants_v2`])
      expect(errorOf(await call(server, 'GET', `${COLLECTION}/${path}`, { token }))).toMatchObject({
        status: 404,
        code: 'NotFound',
      });
  });
});

describe('The HTTP layer answers in the envelope too', () => {
  test.each(['/v1.0/users', '/communications', '/communications/calls', `${COLLECTION}x`, `${COLLECTION}//`])(
    '%s is 404',
    async (path) => expect(errorOf(await get(server, path))).toMatchObject({ status: 404, code: 'NotFound' }),
  );

  test.each([
    ['PUT', COLLECTION, 'GET, HEAD, POST'],
    ['DELETE', COLLECTION, 'GET, HEAD, POST'],
    ['PATCH', `/communications/callRecords/${guid(1)}`, 'GET, HEAD, DELETE'],
    ['POST', `${COLLECTION}('${guid(1)}')`, 'GET, HEAD, DELETE'],
    ['POST', `${COLLECTION}/${guid(1)}/participants_v2`, 'GET, HEAD'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    const answer = await call(server, method, path, { body: '{}' });
    expect(errorOf(answer)).toMatchObject({ status: 405, code: 'MethodNotAllowed' });
    expect(answer.headers.get('allow')).toBe(allow);
  });

  test.each([
    ['POST', '/v1.0/users', 404],
    ['POST', `${COLLECTION}/${guid(1)}`, 405],
    ['PUT', COLLECTION, 405],
    ['DELETE', `${COLLECTION}/${guid(77)}`, 404],
  ])('%s %s is %i whatever its body is', async (method, path, status) => {
    for (const type of ['text/plain', 'application/json'])
      expect(errorOf(await call(server, method, path, { body: '<x>', headers: { 'content-type': type } })).status).toBe(
        status,
      );
  });

  test('A method that hardly anyone uses is 405 too', async () => {
    expect(await raw(COLLECTION, {}, 'TRACE')).toMatchObject({ status: 405 });
  });

  test('A body over MAX_BODY_BYTES is 413', async () => {
    const answer = await call(server, 'POST', COLLECTION, { body: { x: 'x'.repeat(2_100_000) } });
    expect(errorOf(answer)).toMatchObject({ status: 413, code: 'RequestEntityTooLarge' });
  });

  test('A path that cannot be decoded is 400', async () => {
    const { status, body, headers } = await raw(`${COLLECTION}/%zz`);
    const innerError = { 'request-id': headers['request-id'], 'client-request-id': headers['client-request-id'] };
    expect([status, JSON.parse(body)]).toMatchObject([400, { error: { code: 'BadRequest', innerError } }]);
    expect(innerError['client-request-id']).toMatch(REQUEST_ID);
  });

  test('A Host header that is no host is 400: it would come back in links', async () => {
    const { status, body } = await raw(COLLECTION, { host: 'a"b<c>' });
    expect(status).toBe(400);
    expect(body).not.toContain('a"b');
  });

  test('While the database is locked by another process a create is 503 with Retry-After, and reads go on', async () => {
    const locked = await startTestServer();
    const other = new Database(join(locked.folder, 'callrecords.sqlite'));
    try {
      other.exec('begin immediate');
      const [write, read] = await Promise.all([
        call(locked, 'POST', COLLECTION, { body: createInput() }),
        get(locked, COLLECTION),
      ]);
      expect(errorOf(write)).toMatchObject({ status: 503, code: 'ServiceUnavailable' });
      expect(write.headers.get('retry-after')).toBe('1');
      expect(write.text).not.toMatch(/SQLITE|locked/);
      expect(read.status).toBe(200);
    } finally {
      other.close();
      await locked.end();
    }
  });

  test('What goes wrong on our side is 500 and says nothing of why', async () => {
    const broken = await startTestServer();
    const other = new Database(join(broken.folder, 'callrecords.sqlite'));
    try {
      await importAll(broken, [importRecord(1)]);
      other.exec("update call_records set participants = 'damaged'");
      const answer = errorOf(await get(broken, COLLECTION));
      expect(answer).toMatchObject({ status: 500, code: 'InternalServerError' });
      expect(answer.message).not.toMatch(/JSON|damaged/);
    } finally {
      other.close();
      await broken.end();
    }
  });
});

describe('The rate limit is that of GraphQL', () => {
  test('A caller who spent it there is 429 with Retry-After here', async () => {
    const limited = await startTestServer({ RATE_LIMIT: '2' });
    try {
      // A second may end between the two requests; then another caller, whose budget here is untouched, tries again.
      for (let caller = 1; ; caller++) {
        const token = await limited.mint({ user: guid(caller) });
        const spent = await limited.ask('{ callRecords(first: 50) { nodes { id } } }', {}, token);
        expect(spent.status).toBe(200);
        const answer = await call(limited, 'GET', `${COLLECTION}?$top=0`, { token });
        if (answer.status !== 429 && caller < 20) continue;
        expect(errorOf(answer)).toMatchObject({ status: 429, code: 'TooManyRequests' });
        expect(answer.headers.get('retry-after')).toBe('1');
        return;
      }
    } finally {
      await limited.end();
    }
  });
});

describe('Request ids', () => {
  const MINE = '0f2c1e6e-1d2b-4f0a-9a53-0c5d5a5b1c11';

  test.each([COLLECTION, '/v1.0/none', `${COLLECTION}?$search=1`])(
    "%s echoes the client's client-request-id, and has a request-id of its own",
    async (path) => {
      const answer = await get(server, path, { 'client-request-id': MINE, 'request-id': MINE });
      expect(answer.headers.get('client-request-id')).toBe(MINE);
      expect(answer.headers.get('request-id')).toMatch(REQUEST_ID);
      expect(answer.headers.get('request-id')).not.toBe(MINE);
      if (answer.status !== 200) expect(answer.json.error.innerError['client-request-id']).toBe(MINE);
    },
  );

  test('A client-request-id that is no GUID, or absent, is replaced by the request-id', async () => {
    for (const headers of [{ 'client-request-id': 'x'.repeat(50) }, {}]) {
      const answer = await get(server, COLLECTION, headers as Record<string, string>);
      expect(answer.headers.get('client-request-id')).toBe(answer.headers.get('request-id'));
    }
  });
});

describe('Links', () => {
  const next = async (headers: Record<string, string>, path = `${COLLECTION}?$top=1`) =>
    (JSON.parse((await raw(path, headers)).body) as { '@odata.nextLink': string })['@odata.nextLink'];

  test('Links use the Host and the path that the client used; forwarded headers do not count', async () => {
    const headers = { host: 'records.example:8443', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    expect(await next(headers)).toMatch(
      /^http:\/\/records\.example:8443\/v1\.0\/communications\/callRecords\?\$top=1&/,
    );
    expect(await next(headers, '/communications/callRecords?$top=1')).toMatch(
      /^http:\/\/records\.example:8443\/communications/,
    );
  });

  test('With TRUST_PROXY links use what the proxy says', async () => {
    const behind = await startTestServer({ TRUST_PROXY: 'true' });
    try {
      await importAll(behind, [importRecord(1), importRecord(2)]);
      const headers = { 'x-forwarded-host': 'graph.example', 'x-forwarded-proto': 'https' };
      const answer = await get(behind, `${COLLECTION}?$top=1`, headers);
      expect(answer.json['@odata.nextLink']).toMatch(/^https:\/\/graph\.example\/v1\.0\/communications\/callRecords\?/);
    } finally {
      await behind.end();
    }
  });
});

test.each([
  [COLLECTION, 'GET, HEAD, POST'],
  [`/communications/callRecords('${guid(1)}')`, 'GET, HEAD, DELETE'],
  [`${COLLECTION}/${guid(1)}/sessions`, 'GET, HEAD'],
])('OPTIONS of %s, without a token, is 204 and says what is offered there', async (path, allow) => {
  const answer = await call(server, 'OPTIONS', path, { token: null });
  expect([answer.status, answer.text, answer.headers.get('allow')]).toEqual([204, '', allow]);
  expect(answer.headers.get('request-id')).toMatch(REQUEST_ID);
});

describe('Other origins', () => {
  test('An origin that is allowed may delete, and reads the headers of this door', async () => {
    const open = await startTestServer({ CORS_ORIGINS: 'https://app.example' });
    try {
      const preflight = await fetch(`${open.url}${COLLECTION}/x`, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example', 'access-control-request-method': 'DELETE' },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, DELETE');
      const graphql = await fetch(`${open.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
      });
      expect(graphql.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST');
      const answer = await get(open, COLLECTION, { origin: 'https://app.example' });
      expect(answer.headers.get('access-control-expose-headers')).toContain('client-request-id');
      expect(answer.headers.get('vary')).toBe('Origin, Accept, Authorization, Prefer, Accept-Encoding');
    } finally {
      await open.end();
    }
  });
});
