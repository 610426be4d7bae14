import { join } from 'node:path';
import { COLLECTION, call } from '../support/calling.js';
import { type Answer, startTestServer, temporaryFolder, type TestServer } from '../support/harness.js';
import { QUICK, startPostgres } from '../support/postgres.js';
import { dataOf, guid, importRecord, storePayloads } from '../support/asking.js';

const [ANNA, BEN, CARL] = [1, 2, 3].map((number) => `abcdef0${number}-0000-4000-8000-00000000000${number}`) as [
  string,
  string,
  string,
];
const TIMES = { startDateTime: '2026-01-15T12:00:00Z', endDateTime: '2026-01-15T12:01:00Z' };

const person = (id: string) => ({
  '@odata.type': '#microsoft.graph.callRecords.participantEndpoint',
  associatedIdentity: { id },
});
const retired = (id: string) => ({ ...person(''), associatedIdentity: null, identity: { user: { id } } });
const session = (id: string, caller: object, callee: object = {}) => {
  const segments = [{ id, ...TIMES, caller: person(CARL), media: [] }];
  return { id, ...TIMES, caller, callee, segments };
};

const PAYLOADS = [
  // Everybody takes part in both calls; in the second one Ben has no session, and the third one was never fetched.
  [
    session('s0', person(ANNA)),
    session('s1', person(BEN)),
    session('s2', person(CARL), retired(ANNA.toUpperCase())),
    session('s3', person(ANNA.toUpperCase())),
    session('s4', { ...person(CARL), name: `"${ANNA}"` }),
  ],
  [session('s5', person(ANNA))],
  undefined,
].map((sessions, index) => ({
  ...importRecord(index + 1, { participants: [ANNA, BEN, CARL].map((id) => ({ user: { id } })) }),
  sessions,
}));

async function sqlite(): Promise<{ settings: Record<string, string>; stop: () => Promise<unknown> }> {
  return { settings: {}, stop: async () => undefined };
}

async function postgres(): Promise<Awaited<ReturnType<typeof sqlite>>> {
  const database = await startPostgres(QUICK);
  const settings = {
    DATABASE_URL: await database.create(),
    ALLOW_LOSSY_COMMITS: 'true',
    DEVELOPMENT_KEY_FILE: join(await temporaryFolder(), 'development-key.json'),
  };
  return { settings, stop: () => database.stop() };
}

const CONNECTION =
  'sessions(first: $first, after: $after) { totalCount edges { cursor node { sessionId } } pageInfo { hasNextPage hasPreviousPage endCursor } }';
const LIST = `query ($first: Int, $after: String) { callRecords(orderBy: { direction: ASC }) { nodes { ${CONNECTION} } } }`;
const REFERENCES = `query ($first: Int, $after: String, $ids: [_Any!]!) { _entities(representations: $ids) { ... on CallRecord { ${CONNECTION} } } }`;

interface Connection {
  totalCount: number;
  edges: { node: { sessionId: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
}
const idsOf = (connection: Connection | null) => connection && connection.edges.map(({ node }) => node.sessionId);

describe.each([
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
])('With %s', (_engine, open) => {
  let server: TestServer;
  let stop: () => Promise<unknown>;
  let anna: string;
  let ben: string;
  beforeAll(async () => {
    const opened = await open();
    stop = opened.stop;
    server = await startTestServer(opened.settings);
    [anna, ben] = await Promise.all([server.mint({ user: ANNA }), server.mint({ user: BEN })]);
    await storePayloads(server, PAYLOADS);
  });
  afterAll(async () => {
    await server.end();
    await stop();
  });

  const list = async (token: string): Promise<(Connection | null)[]> =>
    dataOf(await server.ask(LIST, {}, token)).callRecords.nodes.map(
      (node: { sessions: Connection | null }) => node.sessions,
    );
  const one = async (token: string, first: number, after: string | null): Promise<Connection> => {
    const query = `query ($first: Int, $after: String) { callRecord(id: "${guid(1)}") { ${CONNECTION} } }`;
    return dataOf(await server.ask(query, { first, after }, token)).callRecord.sessions as Connection;
  };

  test('An application sees all sessions, a person those in which that person is caller or callee', async () => {
    const seen = async (token: string) => (await list(token)).map((all) => [all?.totalCount, idsOf(all)]);
    expect(await seen(server.token)).toEqual([
      [5, ['s0', 's1', 's2', 's3', 's4']],
      [1, ['s5']],
      [undefined, null],
    ]);
    expect(await seen(anna)).toEqual([
      [3, ['s0', 's2', 's3']],
      [1, ['s5']],
      [undefined, null],
    ]);
    expect(await seen(ben)).toEqual([
      [1, ['s1']],
      [0, []],
      [undefined, null],
    ]);
  });

  test('The same is seen by reference, and again from what is cached for an application', async () => {
    const ids = PAYLOADS.map((_payload, index) => ({ __typename: 'CallRecord', id: guid(index + 1) }));
    const ask = (token: string): Promise<Answer> => server.ask(REFERENCES, { ids }, token);
    for (let time = 0; time < 3; time++) {
      for (const token of [server.token, ben, anna]) {
        const entities = dataOf(await ask(token))._entities as { sessions: Connection | null }[];
        expect(entities.map(({ sessions }) => sessions)).toEqual(await list(token));
      }
    }
  });

  test("A person's pages hold that person's sessions alone, and say no more of others", async () => {
    const pages: [string[] | null, boolean, boolean][] = [];
    let after: string | null = null;
    do {
      const page: Connection = await one(anna, 2, after);
      pages.push([idsOf(page), page.pageInfo.hasPreviousPage, page.pageInfo.hasNextPage]);
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(pages).toEqual([
      [['s0', 's2'], false, true],
      [['s3'], true, false],
    ]);
  });

  test('The REST door shows the same sessions, with their number and their pages', async () => {
    const get = async (path: string, token: string) =>
      (await call(server, 'GET', `${COLLECTION}${path}`, { token, headers: { prefer: 'odata.maxpagesize=50' } })).json;
    const record = `/${guid(1)}`;
    const ids = (value: { id: string }[]) => value.map(({ id }) => id);
    expect(ids((await get(`${record}?$expand=sessions`, anna)).sessions)).toEqual(['s0', 's2', 's3']);
    const listed = await get('?$expand=sessions&$orderby=startDateTime', ben);
    expect(listed.value.map(({ sessions }: { sessions?: { id: string }[] }) => sessions && ids(sessions))).toEqual([
      ['s1'],
      [],
      undefined,
    ]);
    const page = await get(`${record}/sessions?$top=2&$count=true`, anna);
    expect([ids(page.value), page['@odata.count']]).toEqual([['s0', 's2'], 3]);
    expect(ids((await get(`${record}/sessions?$count=true`, server.token)).value)).toHaveLength(5);
    const count = (token: string) => call(server, 'GET', `${COLLECTION}${record}/sessions/$count`, { token });
    expect([(await count(anna)).text, (await count(server.token)).text]).toEqual(['3', '5']);
  });

  test.each(['sessions/s1', 'sessions/s1/segments', 'sessions/s1/segments/0', 'sessions/s1/segments/$count'])(
    'The REST door does not know of …/%s for a person who is not in that session',
    async (path) => {
      const status = async (token: string) =>
        (await call(server, 'GET', `${COLLECTION}/${guid(1)}/${path}`, { token })).status;
      expect([await status(server.token), await status(ben)]).toEqual([200, 200]);
      expect(await status(await server.mint({ user: CARL }))).toBe(404);
    },
  );
});
