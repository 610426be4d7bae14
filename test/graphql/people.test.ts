import { startTestServer, type TestServer } from '../support/harness.js';
import { codes, dataOf, guid, importAll, importRecord, problem } from '../support/asking.js';

const [ANNA, BEN] = ['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b'];
const anna = { user: { id: ANNA, displayName: 'Anna Müller', userPrincipalName: 'Anna@contoso.example' } };
const ben = { user: { id: BEN, displayName: 'Ben' } };
const phone = { phone: { id: '+14255550123' } };

const PERSON = 'kind id displayName userPrincipalName callCount lastCallAt';
const PEOPLE = `query ($search: String!, $first: Int) { people(search: $search, first: $first) { ${PERSON} } }`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await importAll(server, [
    importRecord(1, { organizer: anna, participants: [anna, ben] }),
    importRecord(2, { organizer: { user: { ...anna.user, displayName: 'Anna Smith' } }, participants: [phone] }),
    importRecord(3, { organizer: ben, participants: [phone] }),
  ]);
});
afterAll(() => server.end());

const people = async (search: string, token = server.token) =>
  dataOf(await server.ask(PEOPLE, { search }, token)).people as { id: string }[];

describe('people', () => {
  test('are found by a part of what they are called in their latest call, the most recent calls first', async () => {
    const expected = { kind: 'USER', id: ANNA, userPrincipalName: 'Anna@contoso.example', callCount: 2 };
    expect(await people('SMITH')).toEqual([
      { ...expected, displayName: 'Anna Smith', lastCallAt: '2026-01-15T12:02:00Z' },
    ]);
    expect(await people('muller')).toEqual([]);
    expect(await people('5550')).toEqual([
      {
        ...{ kind: 'PHONE', id: '+14255550123', displayName: null, userPrincipalName: null, callCount: 2 },
        lastCallAt: '2026-01-15T12:03:00Z',
      },
    ]);
    expect((await people('n')).map(({ id }) => id)).toEqual([BEN, ANNA]);
  });

  test('are for a delegated caller those of the own calls, with the names and counts of these', async () => {
    const token = await server.mint({ user: BEN });
    expect(await people('anna', token)).toMatchObject([{ id: ANNA, displayName: 'Anna Müller', callCount: 1 }]);
    expect(await people('smith', token)).toEqual([]);
    expect((await people('0', token)).map(({ id }) => id)).toEqual(['+14255550123', BEN, ANNA]);
    expect(await people('anna', await server.mint({ user: guid(1) }))).toEqual([]);
  });

  test('are at most as many as asked for, up to 100, and none for a blank text', async () => {
    const first = async (limit: number | null) =>
      dataOf(await server.ask(PEOPLE, { search: 'n', first: limit })).people as object[];
    expect(await Promise.all([0, 1, 100, null].map(async (limit) => (await first(limit)).length))).toEqual([
      0, 1, 2, 2,
    ]);
    expect(await people(' ')).toEqual([]);
    for (const [limit, rule] of [
      [101, 'maximum'],
      [-1, 'minimum'],
    ] as const) {
      const answer = await server.ask(PEOPLE, { search: 'n', first: limit });
      expect(problem(answer)).toMatchObject({ code: 'BAD_USER_INPUT', rules: { first: rule } });
    }
  });

  test('take the same statements for one as for many, and one more where calls are counted', async () => {
    const statements = async (search: string, selection: string) => {
      const sql: string[] = [];
      const end = server.store.onStatement((event) => sql.push(event.sql));
      dataOf(await server.ask(`query ($search: String!) { people(search: $search) { ${selection} } }`, { search }));
      end();
      return sql.length;
    };
    expect(await statements('anna', 'id displayName lastCallAt')).toBe(2);
    expect(await statements('anna', 'id callCount')).toBe(3);
    expect(await statements('contoso', 'id callCount')).toBe(3);
    expect(await statements('000', 'id callCount')).toBe(3);
  });
});

describe('me', () => {
  const me = async (token?: string) => dataOf(await server.ask(`{ me { ${PERSON} } }`, {}, token)).me as object | null;

  test('is the person of a delegated token, as in the latest call', async () => {
    expect(await me(await server.mint({ user: ANNA.toUpperCase() }))).toEqual({
      ...{ kind: 'USER', id: ANNA, displayName: 'Anna Smith', userPrincipalName: 'Anna@contoso.example' },
      ...{ callCount: 2, lastCallAt: '2026-01-15T12:02:00Z' },
    });
  });

  test('is there without calls, too', async () => {
    expect(await me(await server.mint({ user: guid(9) }))).toEqual({
      ...{ kind: 'USER', id: guid(9), displayName: null, userPrincipalName: null },
      ...{ callCount: 0, lastCallAt: null },
    });
  });

  test('is null for an application, and neither it nor people is for who may read nothing', async () => {
    expect(await me()).toBeNull();
    const nobody = await server.mint({ roles: ['Other'] });
    for (const query of ['{ me { id } }', '{ people(search: "a") { id } }'])
      expect(codes(await server.ask(query, {}, nobody))).toEqual(['FORBIDDEN']);
  });
});
