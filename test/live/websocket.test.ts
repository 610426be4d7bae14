import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import WebSocket from 'ws';
import { guid, importAll, importRecord } from '../support/asking.js';
import { Executor } from '../../src/graphql/core/executor.js';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { CHANGES, FOLLOW, follow, mintExpiring, socketClient, socketUrl } from '../support/following.js';

const PROTOCOL = 'graphql-transport-ws';
const ALLOWED = 'https://app.example';

let server: TestServer;
beforeAll(async () => {
  const settings = { MAX_SUBSCRIPTIONS: '2', CORS_ORIGINS: ALLOWED, MAX_BODY_BYTES: '4096' };
  server = await startTestServer(settings, { live: { checkpointAfterMs: 300 } });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => server.end());

const create = async (changes: object = {}, to = server) => {
  const { data } = await to.ask(CREATE, { input: createInput(changes) });
  return data.createCallRecord.id as string;
};

/** A connection without a client's library; messages are read as they come. */
async function connect({ protocol = PROTOCOL, headers = {}, to = server } = {}) {
  const socket = new WebSocket(socketUrl(to), protocol, { headers });
  const messages: { type: string; id?: string; payload?: unknown }[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as never));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  const pinged = new Promise((resolve) => socket.once('ping', resolve));
  await once(socket, 'open');
  const send = (message: object) => socket.send(JSON.stringify(message));
  const received = async (type: string) => {
    for (;;) {
      const found = messages.find((message) => message.type === type);
      if (found) return found;
      await once(socket, 'message');
    }
  };
  const begin = async (token = server.token) => {
    send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await received('connection_ack');
  };
  return { socket, messages, closed, pinged, send, received, begin };
}
type Connection = Awaited<ReturnType<typeof connect>>;

describe('A subscription over a WebSocket', () => {
  test('It begins with a checkpoint, tells each change once it is committed, and goes on from a cursor', async () => {
    const client = socketClient(server, server.token);
    const follower = follow(client);
    const [first] = await follower.events(1);
    expect(first).toMatchObject({ kind: 'CHECKPOINT', callRecordId: null, callRecord: null });
    const id = await create();
    await follower.changes(1);
    await server.ask(`mutation { deleteCallRecord(id: "${id}") }`);
    const changes = await follower.changes(2);
    expect(changes.map(({ kind, callRecordId, callRecord }) => [kind, callRecordId, callRecord?.version])).toEqual([
      ['CREATED', id, 1],
      ['DELETED', id, undefined],
    ]);
    const resumed = follow(client, { after: changes[0]?.cursor });
    expect(await resumed.changes(1)).toEqual(changes.slice(1));
    const { data } = await server.ask(CHANGES, { after: changes[0]?.cursor });
    expect(data.callRecordChanges.changes).toEqual(changes.slice(1));
    await client.dispose();
  });

  test('A checkpoint with a cursor that has moved on comes while nothing matches', async () => {
    const client = socketClient(server, server.token);
    const follower = follow(client, { filter: { type: ['groupCall'] } });
    await follower.events(1);
    await create();
    const events = await follower.events(3);
    expect(events.map(({ kind }) => kind)).toEqual(['CHECKPOINT', 'CHECKPOINT', 'CHECKPOINT']);
    expect(events[2]?.cursor).not.toBe(events[0]?.cursor);
    await client.dispose();
  });

  test('A record that it saw the filter keep out is CREATED when it comes in, and DELETED when it leaves', async () => {
    const client = socketClient(server, server.token);
    const follower = follow(client, { filter: { type: ['groupCall'] } });
    await follower.events(1);
    const put = (version: number, changes = {}) => importAll(server, [importRecord(1, { version, ...changes })]);
    const group = { type: 'groupCall', joinWebUrl: 'https://teams.example/1' };
    await put(1);
    await put(2);
    await put(3, group);
    expect(await follower.changes(1)).toMatchObject([{ kind: 'CREATED', callRecord: { version: 3 } }]);
    await put(4);
    await follower.changes(2);
    await put(5);
    await put(6, group);
    expect((await follower.changes(3)).map(({ kind }) => kind)).toEqual(['CREATED', 'DELETED', 'CREATED']);
    await client.dispose();
  });

  test('It ends with CURSOR_EXPIRED and BAD_USER_INPUT as the query does, and queries and mutations run, too', async () => {
    const client = socketClient(server, server.token);
    const codeOf = async (after: string) => JSON.stringify(await follow(client, { after }).ended);
    expect(await codeOf('')).toContain('BAD_USER_INPUT');
    expect(await codeOf(Buffer.from('C|99999999').toString('base64url'))).toContain('CURSOR_EXPIRED');
    const one = async (query: string, variables: object) => {
      for await (const result of client.iterate({ query, variables: { ...variables } })) return result;
      throw new Error('There was no result.');
    };
    // A number that JSON.parse would round.
    const { data } = await one(CREATE, { input: { ...createInput(), version: '9007199254740993' } });
    expect(data?.['createCallRecord']).toMatchObject({ version: '9007199254740993' });
    const read = await one('query($id: ID!) { callRecord(id: $id) { version } }', {
      id: (data?.['createCallRecord'] as { id: string }).id,
    });
    expect(read).toEqual({ data: { callRecord: { version: '9007199254740993' } } });
    await client.dispose();
  });

  test('More of them than a caller may have are RATE_LIMITED, and the places of those that end are free', async () => {
    const client = socketClient(server, server.token);
    const first = follow(client);
    const second = follow(client);
    await Promise.all([first.events(1), second.events(1)]);
    expect(JSON.stringify(await follow(client).ended)).toContain('RATE_LIMITED');
    const other = socketClient(server, await server.mint({ roles: ['CallRecords.Read.All'], user: 'somebody' }));
    await follow(other).events(1);
    first.stop();
    await first.ended;
    let third = follow(client);
    // The end of the first one is on its way.
    while ((await Promise.race([third.ended, third.events(1).then(() => null)])) !== null) third = follow(client);
    expect(third.told).toHaveLength(1);
    await Promise.all([client.dispose(), other.dispose()]);
  });
});

describe('A WebSocket', () => {
  const init = { type: 'connection_init' };
  const subscribe = { id: '1', type: 'subscribe', payload: { query: FOLLOW } };
  test.each<[string, number, (connection: Connection) => Promise<void> | void]>([
    ['without a token', 4401, ({ send }) => send(init)],
    ['with a forged token', 4401, ({ send }) => send({ ...init, payload: { authorization: 'Bearer a.b.c' } })],
    ['that subscribes before its init is acknowledged', 4401, ({ send }) => send(subscribe)],
    ['that is initialised twice', 4429, async ({ begin, send }) => (await begin(), send(init))],
    [
      'that uses an id twice at once',
      4409,
      async ({ begin, send }) => (await begin(), send(subscribe), send(subscribe)),
    ],
    ['with a message that is none', 4400, ({ send }) => send({ type: 'nonsense' })],
    ['with text that is no JSON', 4400, ({ socket }) => socket.send('{')],
    ['with a message beyond MAX_BODY_BYTES', 1009, ({ socket }) => socket.send(' '.repeat(5_000))],
  ])('%s is closed with %i', async (_what, code, act) => {
    const connection = await connect();
    await act(connection);
    expect((await connection.closed).code).toBe(code);
  });

  test('of another protocol is closed with 4406, and a silent one with 4408', async () => {
    const other = new WebSocket(socketUrl(server), 'graphql-ws');
    const [error] = (await once(other, 'error')) as [Error];
    expect(error.message).toContain('subprotocol');
    expect((await (await connect()).closed).code).toBe(4408);
  });

  test('may bring its token as a header, too, answers pings, and is pinged', async () => {
    const connection = await connect({ headers: { authorization: `Bearer ${server.token}` } });
    connection.send(init);
    await connection.received('connection_ack');
    connection.send({ type: 'ping', payload: { a: 1 } });
    expect(await connection.received('pong')).toEqual({ type: 'pong', payload: { a: 1 } });
    connection.socket.close();
    // Of its own: one that pings so often cuts off clients that a busy machine keeps from answering.
    const own = await startTestServer({}, { live: { keepAliveMs: 200 } });
    await (
      await connect({ to: own })
    ).pinged;
    await own.end();
  });

  test('is closed with 4401 when its token expires', async () => {
    const connection = await connect();
    const { token, go } = await mintExpiring(server);
    connection.send({ ...init, payload: { authorization: `Bearer ${token}` } });
    expect((await connection.closed).code).toBe(4401);
    go();
    expect(connection.messages[0]?.type).toBe('connection_ack');
  });

  test('has errors of a document in a message of its own, and failures of it leave the others alone', async () => {
    const connection = await connect();
    await connection.begin();
    connection.send({ id: 'bad', type: 'subscribe', payload: { query: 'subscription { nothing }' } });
    const { id, payload } = await connection.received('error');
    const error = { locations: [{ line: 1, column: 16 }], extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } };
    expect([id, payload]).toMatchObject(['bad', [error]]);
    connection.send(subscribe);
    expect(await connection.received('next')).toMatchObject({ id: '1' });
    connection.send({ id: '1', type: 'complete' });
    connection.socket.close();
  });

  const upgrade = async (headers: object, path = '/graphql') => {
    const request = http.get(`${server.url}${path}`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': PROTOCOL,
        ...headers,
      },
    });
    const answer = new Promise<http.IncomingMessage>((resolve) => {
      request.once('response', resolve);
      request.once('upgrade', (response, socket) => (socket.destroy(), resolve(response)));
    });
    const { statusCode, headers: told } = await answer;
    request.destroy();
    return { statusCode, told };
  };

  test('opens for pages of its own and of allowed origins alone, at /graphql, with a request-id', async () => {
    expect((await upgrade({ origin: 'https://other.example' })).statusCode).toBe(403);
    expect((await upgrade({}, '/other')).statusCode).toBe(404);
    for (const origin of [ALLOWED, server.url]) {
      const { statusCode, told } = await upgrade({ origin });
      expect([statusCode, told['request-id']]).toEqual([101, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    }
  });

  test('is not what a request asks for that offers HTTP/2: it is answered as it is', async () => {
    const body = JSON.stringify({ query: '{ __typename }' });
    const request = http.request(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
        'content-type': 'application/json',
        'content-length': String(body.length),
        authorization: `Bearer ${server.token}`,
      },
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const text = (await response.toArray()).join('');
    expect([response.statusCode, text.trim()]).toEqual([200, '{"data":{"__typename":"Query"}}']);
  });
});

describe('A server with subscribers', () => {
  test('closes a reader that does not read with 4408, which it finds when it reads on', async () => {
    const own = await startTestServer({}, { live: { readsWithinMs: 300, keepAliveMs: 60_000 } });
    const connection = await connect({ to: own });
    await connection.begin(own.token);
    // Of each record most of a megabyte: the buffers of a system may take 36 of these.
    const urls = Array.from({ length: 100 }, (_, index) => `u${index}: joinWebUrl`);
    const query = `subscription { callRecordChanged { cursor callRecord { ${urls.join(' ')} } } }`;
    connection.send({ id: '1', type: 'subscribe', payload: { query } });
    await connection.received('next');
    connection.socket.pause();
    const closes = jest.spyOn(WebSocket.prototype, 'close');
    const joinWebUrl = `https://teams.example/${'x'.repeat(8_000)}`;
    await importAll(
      own,
      Array.from({ length: 80 }, (_, number) => importRecord(number, { joinWebUrl })),
    );
    while (!closes.mock.calls.some(([code]) => code === 4408)) await wait(5);
    closes.mockRestore();
    connection.socket.resume();
    expect((await connection.closed).code).toBe(4408);
    expect(connection.messages.filter(({ type }) => type === 'next').length).toBeLessThan(80);
    await own.end();
  });

  test('closes them with 1001 when it shuts down', async () => {
    const own = await startTestServer();
    const connection = await connect({ to: own });
    await connection.begin(own.token);
    connection.send({ id: '1', type: 'subscribe', payload: { query: FOLLOW } });
    await connection.received('next');
    await own.end();
    expect((await connection.closed).code).toBe(1001);
  });

  test('executes a change once for those who ask the same and see the same', async () => {
    const own = await startTestServer();
    const tokens = [own.token, own.token, await own.mint({ user: guid(7) }), await own.mint({ user: guid(7) })];
    const clients = tokens.map((token) => socketClient(own, token));
    const followers = clients.flatMap((client) => Array.from({ length: 5 }, () => follow(client)));
    await Promise.all(followers.map((one) => one.events(1)));
    const executed = jest.spyOn(Executor.prototype, 'executeEvent');
    await create({ participants: [{ user: { id: guid(7), displayName: 'Ada' } }] }, own);
    const told = await Promise.all(followers.map((one) => one.changes(1)));
    const executions = executed.mock.calls.length;
    executed.mockRestore();
    for (const client of clients) await client.dispose();
    await own.end();
    expect(new Set(told.map((changes) => JSON.stringify(changes))).size).toBe(1);
    expect(executions).toBe(2);
  });

  test('reads the log once for all of them, and nothing while nothing happens', async () => {
    const own = await startTestServer();
    const clients = Array.from({ length: 3 }, () => socketClient(own, own.token));
    const followers = clients.flatMap((client) => Array.from({ length: 10 }, () => follow(client)));
    await Promise.all(followers.map((one) => one.events(1)));
    const sql: string[] = [];
    const end = own.store.onStatement((event) => sql.push(event.sql));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(sql).toEqual([]);
    await create({}, own);
    await Promise.all(followers.map((one) => one.changes(1)));
    end();
    expect(sql.filter((one) => /from .?call_records/.test(one))).toHaveLength(1);
    expect(sql.length).toBeLessThan(followers.length);
    for (const client of clients) await client.dispose();
    await own.end();
  });
});
