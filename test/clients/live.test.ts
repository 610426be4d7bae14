import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache, type TypePolicies } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { cacheExchange, type KeyingConfig } from '@urql/exchange-graphcache';
import { jest } from '@jest/globals';
import relay, { type FetchFunction } from 'relay-runtime';
import { extensionsOf, getDataID, keys, typePolicies, violationsOf } from '../../src/clients.js';
import { importAll, importRecord } from '../support/asking.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { compiledForRelay } from '../support/projects.js';

const ADA = 'aaaaaaaa-0000-4000-8000-00000000000a';
const NAMES = `query namesQuery($person: ID!) {
  callRecords(filter: { organizer: { id: [$person] } }) {
    nodes { id organizer { user { id displayName } } participants { phone { id displayName } } }
  }
}`;

interface Named {
  displayName: string | null;
}
interface Names {
  callRecords: { nodes: { organizer: { user: Named }; participants: { phone: Named }[] }[] };
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

describe('A client that keeps objects by their ids', () => {
  const called = (number: number, name: string | null, caller: string | null) =>
    importRecord(number, {
      organizer: { user: { id: ADA, displayName: name } },
      participants: [{ phone: { id: '+1425555****', displayName: caller } }],
    });
  // The last call comes first.
  const perCall = [
    [null, null],
    ['Ada Lovelace', 'caller 2'],
    ['Ada Byron', 'caller 1'],
  ];

  beforeAll(async () => {
    await importAll(server, [
      called(1, 'Ada Byron', 'caller 1'),
      called(2, 'Ada Lovelace', 'caller 2'),
      called(3, null, null),
    ]);
  });

  const withApollo = async (policies?: TypePolicies) => {
    const client = apolloClient(server.token, new InMemoryCache({ typePolicies: policies }));
    return (await client.query<Names>({ query: gql(NAMES), variables: { person: ADA } })).data;
  };
  const withUrql = async (own?: KeyingConfig) => {
    const client = urqlClient(own);
    return (await client.query<Names>(NAMES, { person: ADA }).toPromise()).data;
  };
  const withRelay = async (own?: typeof getDataID) => {
    const environment = new relay.Environment({
      network: relay.Network.create(askForRelay),
      store: new relay.Store(new relay.RecordSource()),
      getDataID: own,
    });
    return relay
      .fetchQuery(environment, await compiledForRelay('names', NAMES), { person: ADA })
      .toPromise() as Promise<Names>;
  };

  test.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    ['Apollo Client', () => withApollo(), () => withApollo(typePolicies)],
    ['urql with Graphcache', () => withUrql(), () => withUrql(keys)],
    ['Relay', () => withRelay(), () => withRelay(getDataID)],
  ])('%s shows one name in all calls by itself, and that of each call once told', async (_client, byItself, told) => {
    // Graphcache and Relay warn of it.
    const warnings = [jest.spyOn(console, 'warn'), jest.spyOn(console, 'error')];
    for (const warning of warnings) warning.mockImplementation(() => undefined);
    expect(new Set(namesOf(await byItself()).map(String)).size).toBe(1);
    for (const warning of warnings) warning.mockClear();
    expect(namesOf(await told())).toEqual(perCall);
    for (const warning of warnings) {
      expect(warning.mock.calls).toEqual([]);
      warning.mockRestore();
    }
  });
});

describe('Every client tells what is wrong by the same two functions', () => {
  const query =
    'query One($id: ID!, $first: Int) { callRecord(id: $id) { id } callRecords(first: $first) { totalCount } }';
  const variables = { first: 'x' };

  test.each<[string, () => Promise<unknown>]>([
    [
      'Apollo Client',
      () =>
        apolloClient(server.token, new InMemoryCache())
          .query({ query: gql(query), variables })
          .catch((error: unknown) => error),
    ],
    ['urql', async () => (await urqlClient(keys).query(query, variables).toPromise()).error],
    ['a plain fetch', () => server.ask(query, variables)],
  ])('%s', async (_client, failureOf) => {
    const failure = await failureOf();
    expect(extensionsOf(failure).map(({ code }) => code)).toEqual(['BAD_USER_INPUT']);
    expect(violationsOf(failure).map(({ path, rule }) => [path, rule])).toEqual([
      [['id'], 'required'],
      [['first'], 'type'],
    ]);
  });

  test('which tell nothing of a failure without an answer', () => {
    for (const failure of [undefined, null, new TypeError('fetch failed'), { errors: 'none' }, {}])
      expect([extensionsOf(failure), violationsOf(failure)]).toEqual([[], []]);
  });
});

describe('Apollo Client', () => {
  test.each([
    ['UNAUTHENTICATED', 'has no token', () => 'none', ''],
    ['PAYLOAD_TOO_LARGE', 'asks at length', () => server.token, 'x'.repeat(3_000_000)],
  ])('tells %s of who %s', async (code, _what, token, person) => {
    const client = apolloClient(token(), new InMemoryCache());
    const error: unknown = await client.query({ query: gql(NAMES), variables: { person } }).catch((thrown) => thrown);
    expect(CombinedGraphQLErrors.is(error) && error.errors).toMatchObject([{ extensions: { code } }]);
  });
});

function namesOf(data: unknown): (string | null)[][] {
  return (data as Names).callRecords.nodes.map(({ organizer, participants }) => [
    organizer.user.displayName,
    ...participants.map(({ phone }) => phone.displayName),
  ]);
}

function apolloClient(token: string, cache: InMemoryCache): ApolloClient {
  const headers = { authorization: `Bearer ${token}` };
  return new ApolloClient({ cache, link: new HttpLink({ uri: `${server.url}/graphql`, headers }) });
}

function urqlClient(own?: KeyingConfig): Client {
  return new Client({
    url: `${server.url}/graphql`,
    exchanges: [cacheExchange({ keys: own }), fetchExchange],
    fetchOptions: { headers: { authorization: `Bearer ${server.token}` } },
    preferGetMethod: false,
  });
}

const askForRelay: FetchFunction = async ({ text }, variables) =>
  JSON.parse((await server.ask(text as string, variables)).text) as never;

/** The query as Relay's compiler makes it of schema.graphql. */
