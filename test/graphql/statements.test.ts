import { startTestServer, type TestServer } from '../support/harness.js';
import { clear, dataOf, guid, importAll, importRecord } from '../support/asking.js';

const MANY = 50;

let server: TestServer;
beforeAll(async () => {
  // Every record is taken to have 10 participants, and each of them a page of calls.
  server = await startTestServer({ MAX_RECORDS: '100000' });
});
afterEach(() => clear(server));
afterAll(() => server.end());

/** Each record with an organizer and participants of its own. */
const fill = (count: number) =>
  importAll(
    server,
    Array.from({ length: count }, (_, index) =>
      importRecord(index + 1, {
        organizer: { user: { id: guid(index, 1) } },
        participants: [{ user: { id: guid(index, 1) } }, { user: { id: guid(index, 2) } }],
      }),
    ),
  );

/** The SQL that a request runs, and its data. */
async function statements(query: string, variables: object = {}, token = server.token) {
  const sql: string[] = [];
  const end = server.store.onStatement((event) => sql.push(event.sql));
  try {
    return { data: dataOf(await server.ask(query, variables, token)), sql };
  } finally {
    end();
  }
}

const LISTS: [string, string, number][] = [
  ['ids', '{ callRecords { nodes { id } } }', 1],
  [
    'records with their people',
    '{ callRecords { nodes { id organizer { user { id } } participants { user { id } } } } }',
    1,
  ],
  ['records and totalCount', '{ callRecords { totalCount edges { node { id participants { user { id } } } } } }', 2],
  [
    'records with the calls of each participant',
    `{ callRecords { nodes { participants { user { account {
      callRecords { totalCount nodes { id } pageInfo { hasPreviousPage hasNextPage } } } } } } } }`,
    3,
  ],
  [
    'records with the calls of each participant, and the people of those calls',
    `{ callRecords { nodes { organizer { user { account { callRecords { nodes { participants { user { id } } } } } } }
      participants { user { account { callRecords { nodes { participants { user { id } } } } } } } } } }`,
    2,
  ],
];

describe('The statements of a list', () => {
  test.each(LISTS)('A list of %s runs the same statements for 1 record as for 50', async (_what, query, count) => {
    await fill(1);
    const one = await statements(query);
    expect(one.data.callRecords.nodes ?? one.data.callRecords.edges).toHaveLength(1);
    await fill(MANY);
    const many = await statements(query);
    expect(many.data.callRecords.nodes ?? many.data.callRecords.edges).toHaveLength(MANY);
    expect(many.sql).toEqual(one.sql);
    expect(many.sql).toHaveLength(count);
  });

  test('What lies before a page costs one statement for all users, whatever their number', async () => {
    const query = `query ($after: String) { callRecords { nodes { participants { user { account {
      callRecords(after: $after) { nodes { id } pageInfo { hasPreviousPage } } } } } } } }`;
    await fill(1);
    const after = (await statements('{ callRecords { pageInfo { endCursor } } }')).data.callRecords.pageInfo.endCursor;
    const one = await statements(query, { after });
    await fill(MANY);
    expect((await statements(query, { after })).sql).toEqual(one.sql);
    expect(one.sql).toHaveLength(3);
  });

  test('totalCount and hasPreviousPage cost a statement only when they are asked for', async () => {
    await fill(3);
    const { data } = await statements('{ callRecords(first: 1) { pageInfo { endCursor } } }');
    const variables = { after: data.callRecords.pageInfo.endCursor };
    const ask = (selection: string) =>
      statements(`query ($after: String) { callRecords(after: $after) { ${selection} } }`, variables);
    expect((await ask('nodes { id } pageInfo { hasNextPage endCursor }')).sql).toHaveLength(1);
    expect((await ask('nodes { id } pageInfo { hasPreviousPage }')).sql).toHaveLength(2);
    expect((await ask('nodes { id } totalCount')).sql).toHaveLength(2);
  });

  test('Organizer and participants are read only when they are asked for', async () => {
    await fill(1);
    const columns = async (selection: string) =>
      (await statements(`{ callRecords { nodes { ${selection} } } }`)).sql.join().includes('"participants"');
    expect(await columns('id participantCount')).toBe(false);
    expect(await columns('id ... on CallRecord { participants { user { id } } }')).toBe(true);
  });
});

describe('The statements of records by id', () => {
  test('Many aliases of callRecord in one request share one statement', async () => {
    await fill(30);
    const aliases = Array.from({ length: 30 }, (_, index) => `r${index}: callRecord(id: "${guid(index + 1)}") { id }`);
    const { data, sql } = await statements(`{ ${aliases.join('\n')} }`);
    expect(sql).toHaveLength(1);
    expect(data).toMatchObject({ r0: { id: guid(1) }, r29: { id: guid(30) } });
  });

  test.each(['CallRecord', 'User'])(
    '_entities takes as many statements for 50 %s references as for 1',
    async (name) => {
      await fill(MANY);
      const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on CallRecord { id organizer { user { id } } participants { user { id } } }
      ... on User { id callRecords { totalCount nodes { id } } } } }`;
      const representations = Array.from({ length: MANY }, (_, index) => ({
        __typename: name,
        id: name === 'User' ? guid(index, 1) : guid(index + 1),
      }));
      const one = await statements(query, { representations: representations.slice(0, 1) });
      const many = await statements(query, { representations });
      expect(many.data._entities.map(({ id }: { id: string }) => id)).toEqual(representations.map(({ id }) => id));
      expect(many.sql).toHaveLength(one.sql.length);
      expect(one.sql).toHaveLength(name === 'User' ? 2 : 1);
    },
  );
});

describe('A thousand references', () => {
  const QUERY = `query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename
    ... on CallRecord { id type participants { user { id } } } ... on User { id } } }`;
  const references = Array.from({ length: 1000 }, (_, index) =>
    index % 3 === 0
      ? { __typename: 'User', id: guid(index % 7, 1) }
      : { __typename: 'CallRecord', id: guid((index * 7) % 300) },
  );

  test('to records and users, with duplicates and unknown ids, cost one statement and are answered in order', async () => {
    await fill(200);
    const { data, sql } = await statements(QUERY, { representations: references });
    const isStored = (id: string) => Number(id.slice(-12)) >= 1 && Number(id.slice(-12)) <= 200;
    expect(
      data._entities.map(
        (entity: { __typename: string; id: string } | null) => entity && [entity.__typename, entity.id],
      ),
    ).toEqual(
      references.map(({ __typename, id }) => (__typename === 'User' || isStored(id) ? [__typename, id] : null)),
    );
    expect(sql).toHaveLength(1);
  });

  test('to users alone cost none', async () => {
    const users = references.map(({ id }) => ({ __typename: 'User', id }));
    const { data, sql } = await statements(QUERY, { representations: users });
    expect(data._entities).toEqual(users);
    expect(sql).toEqual([]);
  });

  test('read organizer and participants only when they are asked for', async () => {
    await fill(1);
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on CallRecord {
      SELECTION } } }`;
    const columns = async (selection: string) => {
      const representations = [{ __typename: 'CallRecord', id: guid(1) }];
      const { sql } = await statements(query.replace('SELECTION', selection), { representations });
      return ['"organizer"', '"participants"'].map((name) => sql.join().includes(name));
    };
    expect(await columns('participantCount')).toEqual([false, false]);
    expect(await columns('... on Node { ... on CallRecord { participants { endpointType } } }')).toEqual([false, true]);
  });

  test('to records that a person may not see are null, and cost one statement too', async () => {
    await fill(3);
    const token = await server.mint({ user: guid(1, 1) });
    const representations = [1, 2, 3, 2].map((number) => ({ __typename: 'CallRecord', id: guid(number) }));
    const { data, sql } = await statements(QUERY, { representations }, token);
    const second = expect.objectContaining({ id: guid(2) });
    expect(data._entities).toEqual([null, second, null, second]);
    expect(sql).toHaveLength(1);
  });
});

describe('References of a gateway', () => {
  const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on CallRecord { id type participants { user { id } } } ... on User { id } } }`;
  const entities = (representations: object[]) => server.ask(ENTITIES, { representations });

  test('A record is found by its id in any case; one that does not exist is null', async () => {
    await importAll(server, [importRecord(1, { id: 'abcdef00-0000-4000-8000-0000000000aa' })]);
    const ids = ['ABCDEF00-0000-4000-8000-0000000000AA', guid(9)];
    const { _entities } = dataOf(await entities(ids.map((id) => ({ __typename: 'CallRecord', id }))));
    expect(_entities).toMatchObject([{ id: ids[0]?.toLowerCase(), type: 'peerToPeer' }, null]);
  });

  test.each([
    { __typename: 'CallRecord' },
    { __typename: 'CallRecord', id: 5 },
    { __typename: 'User', id: null },
    { __typename: 'Identity', id: 'x' },
    { id: guid(1) },
  ])('The reference %j is BAD_USER_INPUT, naming its place, and leaves the others alone', async (reference) => {
    const answer = await entities([reference, { __typename: 'User', id: guid(1, 1) }]);
    const violations = [{ path: ['representations', 0], rule: 'representation' }];
    expect(answer.errors).toMatchObject([
      { path: ['_entities', 0], extensions: { code: 'BAD_USER_INPUT', violations } },
    ]);
    expect(answer.data._entities).toEqual([null, { id: guid(1, 1) }]);
  });
});
