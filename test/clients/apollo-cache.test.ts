import { ApolloClient, gql, HttpLink, InMemoryCache, type TypePolicies } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { typePolicies } from '../../src/clients.js';
import { guid, importAll, importRecord } from '../support/asking.js';
import { startTestServer, type TestServer } from '../support/harness.js';

const LIST = gql`
  query List($first: Int, $after: String, $last: Int, $before: String, $type: [CallType!]) {
    callRecords(first: $first, after: $after, last: $last, before: $before, filter: { type: $type }) {
      edges {
        cursor
        node {
          id
        }
      }
      nodes {
        id
      }
      pageInfo {
        startCursor
        endCursor
        hasPreviousPage
        hasNextPage
      }
    }
  }
`;
const NODES = gql`
  query Nodes($after: String) {
    callRecords(first: 2, after: $after) {
      nodes {
        id
      }
      pageInfo {
        endCursor
      }
    }
  }
`;
const ONE = gql`
  query One($id: ID!) {
    callRecord(id: $id) {
      id
    }
  }
`;

interface List {
  callRecords: {
    edges: { cursor: string; node: { id: string } }[];
    nodes: { id: string }[];
    pageInfo: { startCursor: string; endCursor: string; hasPreviousPage: boolean; hasNextPage: boolean };
  };
}

let server: TestServer;
let requests: number;
beforeAll(async () => {
  server = await startTestServer();
  // The newest is number 6, and comes first.
  await importAll(
    server,
    [1, 2, 3, 4, 5, 6].map((number) => importRecord(number, { type: number === 6 ? 'unknown' : 'peerToPeer' })),
  );
});
afterAll(() => server.end());
beforeEach(() => {
  requests = 0;
});

function connect(policies: TypePolicies = typePolicies): ApolloClient {
  const counting: typeof fetch = (input, init) => {
    requests++;
    return fetch(input, init);
  };
  const headers = { authorization: `Bearer ${server.token}` };
  const link = new HttpLink({ uri: `${server.url}/graphql`, headers, fetch: counting });
  return new ApolloClient({ cache: new InMemoryCache({ typePolicies: policies }), link });
}

const ask = async (client: ApolloClient, variables: object, query = LIST) =>
  ((await client.query<List>({ query, variables, fetchPolicy: 'network-only' })).data as List).callRecords;

/** The numbers of the records in both lists, which must be the same, and whether there are more on either side. */
function listed(list: List['callRecords']): [boolean, number[], boolean] {
  const numbers = list.nodes.map(({ id }) => Number(id.slice(-12)));
  expect(list.edges.map(({ node }) => Number(node.id.slice(-12)))).toEqual(numbers);
  expect(list.edges[0]?.cursor).toBe(list.pageInfo.startCursor);
  expect(list.edges.at(-1)?.cursor).toBe(list.pageInfo.endCursor);
  return [list.pageInfo.hasPreviousPage, numbers, list.pageInfo.hasNextPage];
}

describe('With the type policies, Apollo’s cache', () => {
  test('joins the pages that follow one another, and begins anew with the first one', async () => {
    const client = connect();
    const first = await ask(client, { first: 2 });
    expect(listed(first)).toEqual([false, [6, 5], true]);
    const second = await ask(client, { first: 2, after: first.pageInfo.endCursor });
    expect(listed(second)).toEqual([false, [6, 5, 4, 3], true]);
    expect(listed(await ask(client, { first: 9, after: second.pageInfo.endCursor }))).toEqual([
      false,
      [6, 5, 4, 3, 2, 1],
      false,
    ]);
    expect(listed(await ask(client, { first: 2, after: first.pageInfo.endCursor }))).toEqual([
      false,
      [6, 5, 4, 3],
      true,
    ]);
    expect(listed(await ask(client, { first: 3 }))).toEqual([false, [6, 5, 4], true]);
  });

  test('joins the pages that come before', async () => {
    const client = connect();
    const last = await ask(client, { first: null, last: 2 });
    expect(listed(last)).toEqual([true, [2, 1], false]);
    const before = { first: null, last: 3, before: last.pageInfo.startCursor };
    expect(listed(await ask(client, before))).toEqual([true, [5, 4, 3, 2, 1], false]);
  });

  test('keeps the lists of other filters apart', async () => {
    const client = connect();
    await ask(client, { first: 2 });
    expect(listed(await ask(client, { first: 2, type: ['unknown'] }))).toEqual([false, [6], false]);
    expect(listed(await ask(client, { first: 2, type: ['peerToPeer'] }))).toEqual([false, [5, 4], true]);
    const { data } = await client.query<List>({ query: LIST, variables: { first: 2 }, fetchPolicy: 'cache-only' });
    expect(listed((data as List).callRecords)).toEqual([false, [6, 5], true]);
  });

  test('joins pages of nodes alone, of which relayStylePagination keeps the last', async () => {
    const pagesOf = async (client: ApolloClient) => {
      const { pageInfo } = await ask(client, {}, NODES);
      return (await ask(client, { after: pageInfo.endCursor }, NODES)).nodes.map(({ id }) => id);
    };
    expect(await pagesOf(connect())).toEqual([guid(6), guid(5), guid(4), guid(3)]);
    const relayStyle = { Query: { fields: { callRecords: relayStylePagination(['filter', 'orderBy']) } } };
    expect(await pagesOf(connect(relayStyle))).toEqual([guid(4), guid(3)]);
  });

  test('leaves out of lists what it has evicted, as after a delete', async () => {
    const client = connect();
    await ask(client, { first: 3 });
    client.cache.evict({ id: `CallRecord:${guid(5)}` });
    const { data } = await client.query<List>({ query: LIST, variables: { first: 3 }, fetchPolicy: 'cache-only' });
    expect((data as List).callRecords.edges.map(({ node }) => node.id)).toEqual([guid(6), guid(4)]);
    expect((data as List).callRecords.nodes.map(({ id }) => id)).toEqual([guid(6), guid(4)]);
  });

  test('finds a record by its id, of any case, that a list has brought, and asks for others', async () => {
    const client = connect();
    await ask(client, { first: 2 });
    const find = async (id: string) => (await client.query({ query: ONE, variables: { id } })).data;
    expect(await find(guid(6, 0).toUpperCase())).toMatchObject({ callRecord: { id: guid(6) } });
    expect(requests).toBe(1);
    expect(await find(guid(1))).toMatchObject({ callRecord: { id: guid(1) } });
    expect(await find(guid(99))).toMatchObject({ callRecord: null });
    expect(requests).toBe(3);
  });
});
