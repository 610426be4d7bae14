import { IdentityKind } from '../../src/domain/identity.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { clear, dataOf, guid, importAll, importRecord } from '../support/asking.js';

/** The order in which Graph's entities take their id from the first identity that is set. */
const ORDER = [
  ...['user', 'phone', 'guest', 'azureCommunicationServicesUser', 'application', 'applicationInstance', 'onPremises'],
  ...['encrypted', 'device', 'assertedIdentity'],
];
const NAMES = new Map(Object.entries(IdentityKind).map(([name, kind]) => [kind as string, name]));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => clear(server));
afterAll(() => server.end());

/** What is answered of each set of a record, compiled and by graphql-js, which alone answers where an account is asked for. */
async function setsOf(participants: object[], selection: string): Promise<object[]> {
  await importAll(server, [importRecord(1, { organizer: participants[0], participants })]);
  const ask = async (more: string) => {
    const query = `{ callRecord(id: "${guid(1)}") { organizer { ${selection} } participants { ${selection} ${more} } } }`;
    const { organizer, participants: sets } = dataOf(await server.ask(query)).callRecord;
    expect(sets[0]).toMatchObject(organizer);
    return sets as { user?: unknown }[];
  };
  const compiled = await ask('');
  const executed = await ask('user { account { id } }');
  expect(executed).toMatchObject(compiled);
  return compiled;
}

describe('An identity set', () => {
  test('tells the kind of the identity that is set and the identity, whatever its kind', async () => {
    const sets = ORDER.map((kind) => ({ [kind]: { id: `id of ${kind}`, displayName: kind, tenantId: 't' } }));
    expect(await setsOf(sets, 'kind identity { __typename id displayName tenantId }')).toEqual(
      ORDER.map((kind) => ({
        kind: NAMES.get(kind),
        identity: { __typename: 'Identity', id: `id of ${kind}`, displayName: kind, tenantId: 't' },
      })),
    );
  });

  test('with several identities tells the first in the order in which Graph gives an entity its id', async () => {
    const whole = (kinds: string[]) => Object.fromEntries(kinds.map((kind) => [kind, { id: kind }]));
    // However they are written, each set lacks one more of those that come first.
    const sets = ORDER.map((_kind, index) => whole(ORDER.slice(index).reverse()));
    expect(await setsOf(sets, 'kind identity { id }')).toEqual(
      ORDER.map((kind) => ({ kind: NAMES.get(kind), identity: { id: kind } })),
    );
  });

  test('tells neither where no identity is set', async () => {
    expect(await setsOf([{ user: null, endpointType: 'default' }, {}], 'kind identity { id } endpointType')).toEqual([
      { kind: null, identity: null, endpointType: 'default' },
      { kind: null, identity: null, endpointType: null },
    ]);
  });

  test('tells an identity beside the member it stands in, under any number of names', async () => {
    const user = { id: guid(1, 1), displayName: 'Ada', userPrincipalName: 'ada@contoso.example' };
    const selection = 'a: user { id userPrincipalName } kind b: identity { displayName } k: kind c: identity { id }';
    expect(await setsOf([{ user }], selection)).toEqual([
      {
        a: { id: user.id, userPrincipalName: user.userPrincipalName },
        kind: 'USER',
        b: { displayName: 'Ada' },
        k: 'USER',
        c: { id: user.id },
      },
    ]);
  });
});
