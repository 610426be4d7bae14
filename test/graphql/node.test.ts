import { startTestServer, type TestServer } from '../support/harness.js';
import { clear, codes, dataOf, guid, importAll, importRecord, problem } from '../support/asking.js';

const ANNA = 'aaaaaaaa-0000-4000-8000-00000000000a';
const NODE = `query ($id: ID!) { node(id: $id) { __typename id ... on CallRecord { type participants { user { id } } } } }`;
const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ MAX_PAGE_SIZE: '100' });
  await importAll(server, [
    ...Array.from({ length: 50 }, (_, index) => importRecord(index + 1)),
    importRecord(51, { organizer: { user: { id: ANNA } } }),
  ]);
});
afterAll(async () => {
  await clear(server);
  await server.end();
});
const ask = async (query: string, variables: object, token?: string) =>
  dataOf(await server.ask(query, variables, token));

describe('node', () => {
  test('finds a call record by its id in any case, with what is selected of it', async () => {
    expect(await ask(NODE, { id: guid(1).toUpperCase() })).toEqual({
      node: {
        __typename: 'CallRecord',
        id: guid(1),
        type: 'peerToPeer',
        participants: [{ user: { id: '821809f5-0000-0000-0000-3b5136c0e777' } }, { user: null }],
      },
    });
  });

  test.each([guid(99), 'User:1', ''])('is null for %j, which is no record', async (id) => {
    expect(await ask(NODE, { id })).toEqual({ node: null });
  });

  test('is null for a record that the caller may not see', async () => {
    const anna = await server.mint({ user: ANNA });
    expect(await ask(NODES, { ids: [guid(1), guid(51)] }, anna)).toEqual({
      nodes: [null, { __typename: 'CallRecord', id: guid(51) }],
    });
    expect(await ask(NODE, { id: guid(1) }, anna)).toEqual({ node: null });
  });
});

describe('nodes', () => {
  test('finds many records in one statement, in the order of the ids, null where there is none', async () => {
    const sql: string[] = [];
    const end = server.store.onStatement((event) => sql.push(event.sql));
    const numbers = [...Array.from({ length: 49 }, (_, index) => 50 - index), 99, 7, 7];
    const { nodes } = await ask(NODES, { ids: numbers.map((number) => guid(number)) });
    end();
    expect(nodes).toEqual(
      numbers.map((number) => (number === 99 ? null : { __typename: 'CallRecord', id: guid(number) })),
    );
    expect(sql).toHaveLength(1);
  });

  test('takes as many ids as a page may hold records, and no more', async () => {
    const ids = (count: number) => ({ ids: Array.from({ length: count }, (_, index) => guid(index)) });
    expect((await ask(NODES, ids(100))).nodes).toHaveLength(100);
    expect(problem(await server.ask(NODES, ids(101)))).toMatchObject({
      code: 'BAD_USER_INPUT',
      rules: { ids: 'maximum' },
    });
  });

  test('is FORBIDDEN without a role that reads', async () => {
    const token = await server.mint({ roles: [] });
    for (const [query, variables] of [
      [NODE, { id: guid(1) }],
      [NODES, { ids: [guid(1)] }],
    ] as const)
      expect(codes(await server.ask(query, variables, token))).toEqual(['FORBIDDEN']);
  });
});
