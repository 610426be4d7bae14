import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import relay, { type ConcreteRequest, type FetchFunction } from 'relay-runtime';
import { importAll, importRecord } from '../graphql/asking.js';
import { startTestServer, type TestServer } from '../harness.js';
import { compileForRelay, projectOf } from './projects.js';

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

describe('A client that keeps objects by their ids, told which of them are values of their call', () => {
  const called = (number: number, name: string | null, caller: string | null) =>
    importRecord(number, {
      organizer: { user: { id: ADA, displayName: name } },
      participants: [{ phone: { id: '+1425555****', displayName: caller } }],
    });
  // The last call comes first.
  const expected = [
    [null, null],
    ['Ada Lovelace', 'caller 2'],
    ['Ada Byron', 'caller 1'],
  ];
  const namesOf = ({ callRecords: { nodes } }: Names) =>
    nodes.map(({ organizer, participants }) => [
      organizer.user.displayName,
      ...participants.map(({ phone }) => phone.displayName),
    ]);

  beforeAll(async () => {
    await importAll(server, [
      called(1, 'Ada Byron', 'caller 1'),
      called(2, 'Ada Lovelace', 'caller 2'),
      called(3, null, null),
    ]);
  });

  test('Apollo Client shows the names that people had in each call', async () => {
    const typePolicies = { UserIdentity: { keyFields: false }, Identity: { keyFields: false } } as const;
    const client = apolloClient(server.token, new InMemoryCache({ typePolicies }));
    const { data } = await client.query<Names>({ query: gql(NAMES), variables: { person: ADA } });
    expect(namesOf(data as Names)).toEqual(expected);
  });

  test('Relay shows the names that people had in each call', async () => {
    const environment = new relay.Environment({
      network: relay.Network.create(ask),
      store: new relay.Store(new relay.RecordSource()),
      getDataID: (value, type) => (['UserIdentity', 'Identity'].includes(type) ? undefined : value.id),
    });
    const query = await compiledForRelay();
    const data = await relay.fetchQuery(environment, query, { person: ADA }).toPromise();
    expect(namesOf(data as Names)).toEqual(expected);
  });

  const ask: FetchFunction = async ({ text }, variables) =>
    JSON.parse((await server.ask(text as string, variables)).text) as never;
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

function apolloClient(token: string, cache: InMemoryCache): ApolloClient {
  const headers = { authorization: `Bearer ${token}` };
  return new ApolloClient({ cache, link: new HttpLink({ uri: `${server.url}/graphql`, headers }) });
}

/** The query as Relay's compiler makes it of schema.graphql. */
async function compiledForRelay(): Promise<ConcreteRequest> {
  const folder = await projectOf('relay');
  try {
    await writeFile(join(folder, 'src/names.ts'), `graphql\`${NAMES}\`;`);
    await compileForRelay(folder);
    const compiled = (await import(join(folder, 'src/__generated__/namesQuery.graphql.ts'))) as Record<string, unknown>;
    return compiled.default as ConcreteRequest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
