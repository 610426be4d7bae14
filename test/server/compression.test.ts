import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { generateCallRecords } from '../../src/generate/records.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { parseJson } from '../../src/platform/json.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { COLLECTION } from '../support/calling.js';

const RECORDS = 400;
const LIST = (first: number) =>
  `query List { callRecords(first: ${first}) { nodes { id joinWebUrl participants { user { id displayName } } } } }`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const lines = generateCallRecords({ count: RECORDS, seed: 1, until: '2026-10-31' });
  await server.store.import([...lines].map((line) => readGraphRecord(parseJson(line))));
});
afterAll(() => server.end());

interface Sent {
  method?: string;
  path: string;
  accepts?: string;
  headers?: Record<string, string>;
  body?: object;
}

/** A request with no header but those given: `fetch` adds an `Accept-Encoding`, and takes the coding off. */
function open({ method = 'GET', path, accepts, headers, body }: Sent, to = server) {
  const all = {
    authorization: `Bearer ${to.token}`,
    ...(accepts !== undefined && { 'accept-encoding': accepts }),
    ...(body && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(JSON.stringify(body))),
    }),
    ...headers,
  };
  return request(`${to.url}${path}`, { method, headers: all }).end(body && JSON.stringify(body));
}

const DECODED = { br: brotliDecompressSync, gzip: gunzipSync };

/** The answer as it came, and its text without its coding. */
async function ask(sent: Sent, to = server) {
  const [response] = (await once(open(sent, to), 'response')) as [IncomingMessage];
  const bytes = await buffer(response);
  const coding = response.headers['content-encoding'] as keyof typeof DECODED | undefined;
  const decoded = coding && bytes.length > 0 ? DECODED[coding](bytes) : bytes;
  return { status: response.statusCode, headers: response.headers, coding, bytes, text: decoded.toString() };
}

const query = (document: string): Sent => ({ method: 'POST', path: '/graphql', body: { query: document } });
/** Answers of more than 1 kB, each on a way of its own. */
const ANSWERS: [name: string, sent: Sent][] = [
  ['a POST to /graphql', query(LIST(50))],
  ['a POST to /graphql that is not compiled', query(`${LIST(50).slice(0, -1)} __typename }`)],
  ['a long answer of /graphql', query(LIST(RECORDS))],
  ['a POST from a page', { ...query(LIST(50)), headers: { origin: 'https://studio.apollographql.com' } }],
  ['a GET of /graphql', { path: `/graphql?query=${encodeURIComponent(LIST(50))}` }],
  ['a page of the REST door', { path: `${COLLECTION}?$top=50` }],
  ['a long page of the REST door', { path: `${COLLECTION}?$top=${RECORDS}` }],
  [
    'a batch',
    {
      method: 'POST',
      path: '/v1.0/$batch',
      body: { requests: [{ id: '1', method: 'GET', url: '/communications/callRecords?$top=9' }] },
    },
  ],
  ['the description of the REST door', { path: '/v1.0/openapi.json' }],
  ['/metrics', { path: '/metrics' }],
  ['a file of the explorer', { path: '/explorer/explorer.css' }],
];

describe.each(ANSWERS)('%s', (name, sent) => {
  it.each(['br', 'gzip'] as const)('comes in %s to a client that accepts it, and is the same', async (coding) => {
    const plain = await ask(sent);
    const answer = await ask({ ...sent, accepts: coding });
    expect(plain.coding).toBeUndefined();
    expect(answer.coding).toBe(coding);
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
    expect(answer.bytes.length).toBeLessThan(plain.bytes.length * 0.7);
    // What is counted goes on, and each answer of a batch has an id of its own.
    const told = (body: string) => body.replaceAll(/request-id":"[^"]+"/g, '');
    if (name === '/metrics') expect(answer.text).toContain('http_request_duration_seconds');
    else expect(told(answer.text)).toBe(told(plain.text));
    expect(answer.headers['content-type']).toBe(plain.headers['content-type']);
  });

  it('tells caches that it depends on what the client accepts, once, in whatever coding it comes', async () => {
    for (const accepts of [undefined, 'br', 'identity']) {
      const { headers } = await ask({ ...sent, accepts });
      expect(headers.vary?.split(', ').filter((one) => one === 'Accept-Encoding')).toHaveLength(1);
    }
  });
});

describe('The coding of an answer', () => {
  const long = query(LIST(50));
  const short = query('{ __typename }');

  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['BR', 'br'],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0, gzip;q=0.001', 'gzip'],
    ['gzip, identity;q=0', 'gzip'],
    ['gzip;q=0.5, identity', undefined],
    ['br;q=0, gzip;q=0', undefined],
    ['deflate, zstd', undefined],
    ['identity', undefined],
    ['', undefined],
    // Nothing that is offered is accepted: better as it is than not at all (RFC 9110, 12.5.3).
    ['*;q=0', undefined],
    ['zstd, identity;q=0', undefined],
  ])('for "%s" is %s', async (accepts, coding) => {
    expect((await ask({ ...long, accepts })).coding).toBe(coding);
    expect((await ask({ path: `${COLLECTION}?$top=50`, accepts })).coding).toBe(coding);
  });

  it('is none for 1 kB or less, unless the client refuses that', async () => {
    for (const sent of [short, { path: '/health/live' }, { path: `${COLLECTION}/$count` }]) {
      const plain = await ask({ ...sent, accepts: 'br, gzip' });
      expect(plain.coding).toBeUndefined();
      const answer = await ask({ ...sent, accepts: 'gzip, identity;q=0' });
      expect(answer).toMatchObject({ coding: 'gzip', text: plain.text });
    }
  });

  it.each(['/', '/explorer'])('is none for the page %s, which has a token', async (path) => {
    const page = await ask({ path, accepts: 'br, gzip, identity;q=0' });
    expect(page.text).toContain('Bearer ');
    expect(page.coding).toBeUndefined();
    expect(page.headers.vary ?? '').not.toContain('Accept-Encoding');
  });

  it('is none where COMPRESSION is false', async () => {
    const plain = await startTestServer({ COMPRESSION: 'false' });
    try {
      for (const path of [
        '/graphql?query=%7B__schema%7Btypes%7Bname%20fields%7Bname%7D%7D%7D%7D',
        '/v1.0/openapi.json',
      ]) {
        const answer = await ask({ path, accepts: 'br' }, plain);
        expect(answer.bytes.length).toBeGreaterThan(1_024);
        expect(answer.coding).toBeUndefined();
        expect(answer.headers.vary ?? '').not.toContain('Accept-Encoding');
      }
      const { coding } = await ask({ ...query(`{ ${'a'.repeat(2_000)} }`), accepts: 'br' }, plain);
      expect(coding).toBeUndefined();
    } finally {
      await plain.end();
    }
  });
});

describe('Beside the coding', () => {
  it('HEAD tells what GET would', async () => {
    for (const path of [`${COLLECTION}?$top=50`, '/v1.0/openapi.json', '/explorer/explorer.css']) {
      const sent = { path, accepts: 'br' };
      const [got, head] = [await ask(sent), await ask({ ...sent, method: 'HEAD' })];
      expect(head.bytes).toHaveLength(0);
      for (const name of ['content-encoding', 'content-length', 'content-type', 'etag', 'vary'])
        expect([name, head.headers[name]]).toEqual([name, got.headers[name]]);
    }
  });

  it('an entity tag is weak, and known again whatever coding its answer came in', async () => {
    const [line] = generateCallRecords({ count: 1, seed: 1, until: '2026-10-31' });
    const { id } = JSON.parse(line as string) as { id: string };
    for (const path of [`${COLLECTION}/${id}`, '/explorer/explorer.css']) {
      const { headers } = await ask({ path, accepts: 'gzip' });
      expect(headers.etag).toMatch(/^W\//);
      for (const accepts of [undefined, 'br', 'gzip']) {
        const again = await ask({ path, accepts, headers: { 'if-none-match': String(headers.etag) } });
        expect(again.status).toBe(304);
        expect(again.bytes).toHaveLength(0);
        expect(again.coding).toBeUndefined();
        expect(again.headers.vary).toContain('Accept-Encoding');
      }
    }
  });

  it('errors are told, compressed and counted as others are', async () => {
    const bad = { query: `{ ${Array.from({ length: 10 }, (_, index) => `unknownField${index}`).join(' ')} }` };
    const counted = async () => {
      const { text: metrics } = await ask({ path: '/metrics' });
      return Number(/callrecords_refusals_total\{code="GRAPHQL_VALIDATION_FAILED"\} (\d+)/.exec(metrics)?.[1] ?? 0);
    };
    const pages: Record<string, string>[] = [{}, { origin: 'https://studio.apollographql.com' }];
    for (const headers of pages) {
      const before = await counted();
      const answer = await ask({ method: 'POST', path: '/graphql', body: bad, headers, accepts: 'br' });
      expect(answer).toMatchObject({ status: 400, coding: 'br' });
      expect(answer.text).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(await counted()).toBe(before + 1);
    }
    const posted = await ask({
      method: 'POST',
      path: COLLECTION,
      body: { modalities: Array(20).fill('none') },
      accepts: 'br',
    });
    expect(posted).toMatchObject({ status: 400, coding: 'br' });
    expect(posted.text).toContain('"code":"BadRequest"');
  });

  it('a bound on the answer counts what it is without a coding', async () => {
    const bounded = await startTestServer({ MAX_ANSWER_BYTES: '4096' });
    try {
      const lines = generateCallRecords({ count: 20, seed: 1, until: '2026-10-31' });
      await bounded.store.import([...lines].map((line) => readGraphRecord(parseJson(line))));
      for (const sent of [query(LIST(20)), { path: `${COLLECTION}?$top=20` }]) {
        const { text: answer } = await ask({ ...sent, accepts: 'br' }, bounded);
        expect(answer).toContain('MAX_ANSWER_BYTES');
      }
    } finally {
      await bounded.end();
    }
  });

  it('clients that leave while their answer is compressed trouble nobody', async () => {
    const sent = { ...query(LIST(RECORDS)), accepts: 'br' };
    for (let time = 0; time < 20; time++) {
      const asked = open(sent);
      asked.on('error', () => {});
      setTimeout(() => asked.destroy(), time);
    }
    const [response] = (await once(open({ ...sent, accepts: 'identity' }), 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(response))).toHaveProperty('data');
    expect((await ask(sent)).coding).toBe('br');
  });
});
