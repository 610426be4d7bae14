import { type Answer, CREATE, createInput, post, startTestServer, type TestServer } from '../support/harness.js';
import { codes, dataOf, problem } from '../support/asking.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const send = (body: object, headers: Record<string, string> = {}) =>
  post(`${server.url}/graphql`, JSON.stringify(body), server.token, headers);

/** All of an answer but what is another one each time. */
function lasting({ status, headers, text }: Answer) {
  const fields = Object.fromEntries(headers);
  return { status, text, headers: { ...fields, 'request-id': undefined, date: undefined } };
}

describe('An operation that has been sent before', () => {
  const page = '{ callRecords { nodes { id version } totalCount } }';

  test.each(['*/*', 'application/json', 'application/graphql-response+json'])(
    'To a client that accepts %s it is answered as the first time, head and body',
    async (accept) => {
      const first = await send({ query: page }, { accept });
      expect(first.headers.get('content-type')).toMatch(/^application\/.*json/);
      for (let time = 0; time < 3; time++)
        expect(lasting(await send({ query: page }, { accept }))).toEqual(lasting(first));
    },
  );

  test('Of several in a document the one that is named is executed', async () => {
    const query = 'query A { callRecord(id: "a") { id } } query B { b: callRecord(id: "b") { id } }';
    for (let time = 0; time < 3; time++) {
      expect(dataOf(await send({ query, operationName: 'A' }))).toEqual({ callRecord: null });
      expect(dataOf(await send({ query, operationName: 'B' }))).toEqual({ b: null });
      for (const operationName of ['C', undefined])
        expect(codes(await send({ query, operationName }))).toEqual(['OPERATION_RESOLUTION_FAILURE']);
    }
  });

  test('Wrong variables are told as the first time, and nothing is created', async () => {
    const wrong: [object, Record<string, string>][] = [
      [{}, { input: 'required' }],
      [
        { input: createInput({ version: 1.5, surprise: 1 }) },
        { 'input.version': 'Int64', 'input.surprise': 'unknown' },
      ],
      [{ input: createInput({ endDateTime: '2001-01-01T00:00:00Z' }) }, { 'input.endDateTime': 'order' }],
      [{ input: createInput(), idempotencyKey: '' }, { idempotencyKey: 'length' }],
    ];
    for (const [variables, rules] of wrong) {
      dataOf(await server.ask(CREATE, { input: createInput() }));
      const before = (await server.store.changes(null, 1_000)).length;
      expect(problem(await server.ask(CREATE, variables))).toMatchObject({ code: 'BAD_USER_INPUT', rules });
      expect(await server.store.changes(null, 1_000)).toHaveLength(before);
    }
  });

  test('A create that conflicts is tried once', async () => {
    const create = (version: number) => server.ask(CREATE, { input: createInput({ version }), idempotencyKey: 'once' });
    const first = dataOf(await create(1));
    expect(dataOf(await create(1))).toEqual(first);
    const sql: string[] = [];
    const end = server.store.onStatement((statement) => sql.push(statement.sql));
    expect(codes(await create(2))).toEqual(['CONFLICT']);
    end();
    expect(sql.filter((text) => text.includes('insert') && text.includes('idempotency_keys'))).toHaveLength(1);
  });

  test('What is sent beside it is looked at', async () => {
    await send({ query: page });
    const persistedQuery = { version: 1, sha256Hash: 'of something else' };
    expect((await send({ query: page, extensions: { persistedQuery } })).text).toContain('does not match');
    expect((await send({ query: page, variables: 'text' })).status).toBe(400);
    const traced = await send({ query: page }, { 'apollo-federation-include-trace': 'ftv1' });
    expect(traced.text).toContain('"ftv1"');
  });

  test('To a caller without the role it is refused', async () => {
    dataOf(await server.ask(CREATE, { input: createInput() }));
    const reader = await server.mint({ roles: ['CallRecords.Read.All'] });
    const refused = await server.ask(CREATE, { input: createInput() }, reader);
    expect([refused.status, ...codes(refused)]).toEqual([403, 'FORBIDDEN']);
  });
});
