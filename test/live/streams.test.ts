import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { createClient } from 'graphql-sse';
import { importAll, importRecord } from '../support/asking.js';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { FOLLOW, Follower, mintExpiring, type Told } from '../support/following.js';

let server: TestServer;
beforeAll(async () => {
  const settings = { MAX_SUBSCRIPTIONS: '3', CORS_ORIGINS: 'https://app.example' };
  server = await startTestServer(settings, { live: { keepAliveMs: 100 } });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => server.end());

const SSE = 'text/event-stream';
const MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json';

const create = async () => {
  const { data } = await server.ask(CREATE, { input: createInput() });
  return data.createCallRecord.id as string;
};
const remove = (id: string) => server.ask(`mutation { deleteCallRecord(id: "${id}") }`);

interface Following {
  follower: Follower;
  stop: () => Promise<void> | void;
}
type Variables = { [name: string]: unknown };

function withSse(variables: Variables, token = server.token): Following {
  const client = createClient({
    url: `${server.url}/graphql`,
    headers: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  return { follower: new Follower(client.iterate({ query: FOLLOW, variables })), stop: () => client.dispose() };
}

function withApollo(variables: Variables, token = server.token): Following {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri: `${server.url}/graphql`, headers: { authorization: `Bearer ${token}` } }),
  });
  const query = gql(FOLLOW);
  const results = client.subscribe<{ callRecordChanged: Told }>({ query, variables, fetchPolicy: 'no-cache' });
  const waiting: unknown[] = [];
  let wake: (() => void) | null = null;
  let isOver = false;
  const say = (event: unknown) => {
    waiting.push(event);
    wake?.();
  };
  const subscription = results.subscribe({
    next: ({ data, error }) => say({ data, errors: error }),
    error: (error: unknown) => say({ errors: error }),
    complete: () => {
      isOver = true;
      wake?.();
    },
  });
  async function* events() {
    for (;;) {
      if (waiting.length > 0) yield waiting.shift();
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return { follower: new Follower(events()), stop: () => subscription.unsubscribe() };
}

/** The pieces of an answer, as text. */
function readerOf({ body }: Response) {
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const read = async () => {
    const { done, value } = await reader.read();
    return { done, value: decoder.decode(value, { stream: !done }) };
  };
  return { read };
}

/** A stream as it comes. */
async function open(accept: string, body: object, token = server.token, to = server) {
  const ended = new AbortController();
  const response = await fetch(`${to.url}/graphql`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
    signal: ended.signal,
  });
  const reader = readerOf(response);
  let text = '';
  let isEnd = false;
  const read = async () => {
    const { done, value } = await reader.read();
    isEnd = done;
    text += value;
  };
  return {
    response,
    stop: () => ended.abort(),
    until: async (part: string | RegExp) => {
      while (text.search(part) < 0 && !isEnd) await read();
      return text;
    },
    whole: async () => {
      while (!isEnd) await read();
      return text;
    },
  };
}

describe.each([
  ['graphql-sse', withSse],
  ["Apollo Client's HttpLink", withApollo],
])('A subscription of %s', (_client, start) => {
  test('It begins with a checkpoint, tells each change once, and goes on from the cursor of the last one', async () => {
    const { follower, stop } = start({});
    await follower.events(1);
    const id = await create();
    const [created] = await follower.changes(1);
    expect([follower.told[0]?.kind, created]).toMatchObject([
      'CHECKPOINT',
      { kind: 'CREATED', callRecordId: id, callRecord: { version: 1 } },
    ]);
    await stop();
    await remove(id);
    const resumed = start({ after: created?.cursor });
    expect(await resumed.follower.changes(1)).toMatchObject([{ kind: 'DELETED', callRecordId: id }]);
    await resumed.stop();
  });

  test('It ends with the code of what is wrong, and when its token expires with UNAUTHENTICATED', async () => {
    expect(JSON.stringify(await start({ after: '' }).follower.ended)).toContain('BAD_USER_INPUT');
    const { token, go } = await mintExpiring(server);
    const { follower } = start({}, token);
    expect(JSON.stringify(await follower.ended)).toContain('UNAUTHENTICATED');
    go();
    expect(follower.told[0]?.kind).toBe('CHECKPOINT');
  });

  test('More of them than a caller may have are RATE_LIMITED', async () => {
    const token = await server.mint({ roles: ['CallRecords.Read.All'], user: `${_client}` });
    const others = [start({}, token), start({}, token), start({}, token)];
    await Promise.all(others.map(({ follower }) => follower.events(1)));
    expect(JSON.stringify(await start({}, token).follower.ended)).toContain('RATE_LIMITED');
    for (const { stop } of others) await stop();
  });
});

describe.each<[string, string, RegExp, [string, string]]>([
  ['Server-Sent Events', SSE, /^text\/event-stream/, [':\n\n', 'event: complete\ndata: \n\n']],
  ['a multipart answer', MULTIPART, /^multipart\/mixed/, ['\r\n\r\n{}\r\n--graphql', '--graphql--\r\n']],
])('An operation that is answered by %s', (_name, accept, type, [keepAlive, complete]) => {
  test('Its head comes at once, and something while nothing happens', async () => {
    const { response, until, stop } = await open(accept, { query: FOLLOW });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(type);
    expect(response.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    await until('CHECKPOINT');
    expect((await until(new RegExp(`CHECKPOINT[^]*${keepAlive.replace(/[{}]/g, '\\$&')}`))).includes(keepAlive)).toBe(
      true,
    );
    stop();
  });

  test('A query has one result, and errors of a document are one, too', async () => {
    const query = await (await open(accept, { query: '{ __typename }' })).whole();
    expect(query).toContain('{"data":{"__typename":"Query"}}');
    expect(query.endsWith(complete)).toBe(true);
    const failed = await (await open(accept, { query: 'subscription { nothing }' })).whole();
    expect(failed).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(failed.endsWith(complete)).toBe(true);
  });

  test('Without a token it is 401, whatever it accepts', async () => {
    const { response } = await open(accept, { query: FOLLOW }, 'x');
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"']);
  });

  test('It ends without its last part when the server shuts down, so that clients come back', async () => {
    const own = await startTestServer();
    const { until, whole } = await open(accept, { query: FOLLOW }, own.token, own);
    await until('CHECKPOINT');
    await Promise.all([own.end(), whole()]);
    expect((await whole()).includes(complete)).toBe(false);
  });
});

describe('What a client accepts', () => {
  const typeFor = async (accept: string) => {
    const { response, stop } = await open(accept, { query: '{ __typename }' });
    stop();
    return response.headers.get('content-type');
  };

  test('JSON stays JSON where it is preferred to a stream, or anything will do', async () => {
    for (const accept of ['*/*', 'application/json, text/event-stream;q=0.9', 'multipart/mixed, application/json'])
      expect(await typeFor(accept)).toMatch(/^application\/json/);
  });

  test('A subscription is told what it needs by an answer that is no stream', async () => {
    const { errors } = await server.ask(FOLLOW);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', violations: [{ rule: 'transport' }] } });
  });

  test('A subscription may be asked for by GET, too, with variables, and is metered', async () => {
    await importAll(server, [importRecord(1)]);
    const query = new URLSearchParams({ query: FOLLOW, variables: JSON.stringify({ after: 'Q3ww' }) });
    const ended = new AbortController();
    const response = await fetch(`${server.url}/graphql?${query}`, {
      headers: { accept: SSE, authorization: `Bearer ${server.token}`, origin: 'https://app.example' },
      signal: ended.signal,
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    const reader = readerOf(response);
    let text = '';
    while (!text.includes('CREATED')) text += (await reader.read()).value;
    const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
    // The server may yet have to see that those before have ended.
    while (!/callrecords_subscriptions\{transport="sse"\} [01]\b/.test(await metrics())) await wait(5);
    expect(await metrics()).toContain('callrecords_subscriptions{transport="sse"} 1\n');
    ended.abort();
  });
});
