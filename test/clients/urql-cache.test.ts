import { cacheExchange, type CacheExchangeOpts } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { Client, fetchExchange, gql, type RequestPolicy } from '@urql/core';
import { keys, resolvers } from '../../src/clients.js';
import { importAll, importRecord } from '../support/asking.js';
import { startTestServer, type TestServer } from '../support/harness.js';

const LIST = gql`
  query List(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $type: [CallType!]
    $isCounted: Boolean = false
  ) {
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
      totalCount @include(if: $isCounted)
      pageInfo {
        startCursor
        endCursor
        hasPreviousPage
        hasNextPage
      }
    }
  }
`;

interface List {
  callRecords: {
    edges: { cursor: string; node: { id: string } }[];
    nodes: { id: string }[];
    totalCount?: number;
    pageInfo: { startCursor: string; endCursor: string; hasPreviousPage: boolean; hasNextPage: boolean };
  };
}

let server: TestServer;
const add = (...numbers: number[]) =>
  importAll(
    server,
    numbers.map((number) => importRecord(number, { type: number === 6 ? 'unknown' : 'peerToPeer' })),
  );
beforeAll(async () => {
  server = await startTestServer();
  // The newest is number 6, and comes first.
  await add(1, 2, 3, 4, 5, 6);
});
afterAll(() => server.end());

function connect(joining: CacheExchangeOpts['resolvers'] = resolvers): Client {
  return new Client({
    url: `${server.url}/graphql`,
    exchanges: [cacheExchange({ keys, resolvers: joining }), fetchExchange],
    fetchOptions: { headers: { authorization: `Bearer ${server.token}` } },
    preferGetMethod: false,
  });
}

async function ask(client: Client, variables: object, requestPolicy: RequestPolicy = 'cache-first') {
  const { data, error } = await client.query<List>(LIST, variables, { requestPolicy }).toPromise();
  if (!data) throw error ?? new Error('Not in the cache.');
  return data.callRecords;
}

/** The numbers of the records in both lists, which must be the same, and whether there are more on either side. */
function listed(list: List['callRecords']): [boolean, number[], boolean] {
  const numbers = list.nodes.map(({ id }) => Number(id.slice(-12)));
  expect(list.edges.map(({ node }) => Number(node.id.slice(-12)))).toEqual(numbers);
  expect(list.edges[0]?.cursor).toBe(list.pageInfo.startCursor);
  expect(list.edges.at(-1)?.cursor).toBe(list.pageInfo.endCursor);
  return [list.pageInfo.hasPreviousPage, numbers, list.pageInfo.hasNextPage];
}

/** Two pages of two, then a record that is newer than all, and the first page once more. */
async function askAnew(client: Client, newest: number) {
  const first = await ask(client, { first: 2 });
  await ask(client, { first: 2, after: first.pageInfo.endCursor });
  await add(newest);
  return ask(client, { first: 2 }, 'network-only');
}

describe('With the resolvers, Graphcache', () => {
  test('joins the pages that follow one another, of whatever length', async () => {
    const client = connect();
    const first = await ask(client, { first: 2 });
    expect(listed(first)).toEqual([false, [6, 5], true]);
    const second = await ask(client, { first: 2, after: first.pageInfo.endCursor });
    expect(listed(second)).toEqual([false, [6, 5, 4, 3], true]);
    const all = await ask(client, { first: 9, after: second.pageInfo.endCursor, isCounted: true });
    expect(listed(all)).toEqual([false, [6, 5, 4, 3, 2, 1], false]);
    expect(all.totalCount).toBe(6);
    expect(listed(await ask(client, { first: 2 }, 'cache-only'))).toEqual([false, [6, 5, 4, 3, 2, 1], false]);
  });

  test('keeps the lists of other filters apart, and what is asked for from the end', async () => {
    const client = connect();
    await ask(client, { first: 2 });
    expect(listed(await ask(client, { first: 2, type: ['unknown'] }))).toEqual([false, [6], false]);
    expect(listed(await ask(client, { first: 2, type: ['peerToPeer'] }))).toEqual([false, [5, 4], true]);
    expect(listed(await ask(client, { last: 2 }))).toEqual([true, [2, 1], false]);
    expect(listed(await ask(client, { first: 2 }, 'cache-only'))).toEqual([false, [6, 5], true]);
  });

  test('asks the server for what it does not have', async () => {
    const client = connect();
    await ask(client, { first: 2 });
    expect(listed(await ask(client, { first: 3 }))).toEqual([false, [6, 5, 4], true]);
  });

  test('loses no record where the first page is asked for again, of which relayPagination loses one', async () => {
    const client = connect();
    const anew = await askAnew(client, 7);
    expect(listed(anew)).toEqual([false, [7, 6], true]);
    const second = await ask(client, { first: 2, after: anew.pageInfo.endCursor });
    expect(listed(second)).toEqual([false, [7, 6, 5, 4], true]);
    const other = connect({ Query: { callRecords: relayPagination() } });
    expect(listed(await askAnew(other, 8))).toEqual([false, [8, 7, 5, 4], true]);
  });
});
