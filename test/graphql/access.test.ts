import { join } from 'node:path';
import { exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, loadDevelopmentKey } from '../../src/auth/development-key.js';
import { CREATE, createInput, post, RECORD, startTestServer, type TestServer } from '../support/harness.js';
import { clear, codes, dataOf, guid, IMPORT, importAll, importRecord, totalCount } from '../support/asking.js';

const [ANNA, BEN] = ['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b'];
const user = (id: string) => ({ user: { id } });
const READ = 'query ($id: ID!) { callRecord(id: $id) { id } }';
const LIST = '{ callRecords { totalCount nodes { id } } }';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

describe('Without a token that counts', () => {
  const claims = (): JWTPayload => ({
    iss: DEVELOPMENT_ISSUER,
    aud: DEVELOPMENT_AUDIENCE,
    sub: 'x',
    roles: ['CallRecords.ReadWrite.All'],
    exp: Math.floor(Date.now() / 1000) + 600,
  });
  const developmentKey = () => loadDevelopmentKey(join(server.folder, 'development-key.json'));
  const sign = async (changes: JWTPayload, key?: Parameters<SignJWT['sign']>[0], alg = 'ES256') => {
    const own = await developmentKey();
    return new SignJWT({ ...claims(), ...changes })
      .setProtectedHeader({ alg, kid: own.kid })
      .sign(key ?? own.privateKey);
  };
  const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;
  const broken = (token: string) => token.replace(/\.([^.])/, (_all, first: string) => `.${first === 'e' ? 'f' : 'e'}`);

  const tokens: [string, () => string | Promise<string>][] = [
    ['no JWT', () => 'nonsense'],
    ['whose payload was changed after it was signed', () => broken(server.token)],
    ['without its signature', () => server.token.replace(/[^.]+$/, '')],
    ['that expired two minutes ago', () => sign({ exp: seconds(-120) })],
    ['that is valid only in two minutes', () => sign({ nbf: seconds(120) })],
    ['without exp', () => sign({ exp: undefined })],
    ['of another issuer', () => sign({ iss: 'https://evil.example' })],
    ['for another audience', () => sign({ aud: 'other' })],
    ['signed with another key under our key id', async () => sign({}, (await generateKeyPair('ES256')).privateKey)],
    ['of the algorithm none', () => new UnsecuredJWT(claims()).encode()],
    [
      'signed symmetrically with the public key as the secret',
      async () => sign({}, new TextEncoder().encode(await exportSPKI((await developmentKey()).publicKey)), 'HS256'),
    ],
    [
      'of the development key of another server',
      async () => {
        const other = await startTestServer();
        await other.end();
        return other.token;
      },
    ],
  ];

  async function expectUnauthenticated(token: string | undefined, challenge: string): Promise<void> {
    const before = await totalCount(server);
    const body = JSON.stringify({ query: CREATE, variables: { input: createInput() } });
    const answer = await post(`${server.url}/graphql`, body, token);
    expect(answer.status).toBe(401);
    expect(codes(answer)).toEqual(['UNAUTHENTICATED']);
    expect(answer.headers.get('www-authenticate')).toBe(challenge);
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    if (token) expect(answer.text).not.toContain(token);
    expect(await totalCount(server)).toBe(before);
  }

  test('No token at all is UNAUTHENTICATED (401) with WWW-Authenticate, and nothing is written', () =>
    expectUnauthenticated(undefined, 'Bearer'));

  test.each(tokens)('A token %s is UNAUTHENTICATED (401), and nothing is written', async (_what, token) =>
    expectUnauthenticated(await token(), 'Bearer error="invalid_token"'),
  );

  test('The same claims, signed rightly, count', async () => {
    dataOf(await server.ask(LIST, {}, await sign({})));
    dataOf(await server.ask(LIST, {}, await sign({ exp: seconds(-30), nbf: seconds(30) })));
  });

  test('Even introspection, and a document that does not parse, need a token', async () => {
    for (const query of ['{ __schema { queryType { name } } }', '{', '{ nope }']) {
      expect((await server.ask(query, {}, 'x')).status).toBe(401);
    }
  });
});

describe('Roles', () => {
  const WRITES: [string, string, object][] = [
    ['createCallRecord', CREATE, { input: createInput() }],
    ['importCallRecords', IMPORT, { records: [importRecord(1)] }],
    ['deleteCallRecord', 'mutation { deleteCallRecord(id: "x") }', {}],
  ];

  test.each(WRITES)(
    '%s by a reader is FORBIDDEN (403), naming the role that is missing',
    async (_name, query, variables) => {
      for (const request of [{ roles: ['CallRecords.Read.All'] }, { user: ANNA }, {}]) {
        const answer = await server.ask(query, variables, await server.mint(request));
        expect([answer.status, codes(answer)]).toEqual([403, ['FORBIDDEN']]);
        expect(answer.errors?.[0]?.message).toContain('CallRecords.ReadWrite.All');
      }
      expect(await totalCount(server)).toBe(0);
    },
  );

  test.each([
    LIST,
    '{ callRecord(id: "x") { id } }',
    '{ _entities(representations: [{ __typename: "CallRecord", id: "x" }]) { __typename } }',
    '{ _entities(representations: [{ __typename: "User", id: "x" }]) { ... on User { callRecords { totalCount } } } }',
  ])('%s without any role is FORBIDDEN (403), naming the role that is missing', async (query) => {
    for (const roles of [[], ['CallRecords.Read'], ['callrecords.read.all']]) {
      const answer = await server.ask(query, {}, await server.mint({ roles }));
      expect([answer.status, codes(answer)]).toEqual([403, ['FORBIDDEN']]);
      expect(answer.errors?.[0]?.message).toContain('CallRecords.Read.All');
    }
  });

  test('A refused field beside one that is answered leaves 200, so that gateways pass on what there is', async () => {
    const query = '{ __typename callRecord(id: "x") { id } }';
    const { status, data, errors } = await server.ask(query, {}, await server.mint({ roles: [] }));
    expect({ status, data }).toEqual({ status: 200, data: { __typename: 'Query', callRecord: null } });
    expect(errors).toMatchObject([{ path: ['callRecord'], extensions: { code: 'FORBIDDEN' } }]);
  });

  test('A refused request has no data beside its status, be its fields nullable or not', async () => {
    const token = await server.mint({ roles: [] });
    for (const query of ['{ callRecord(id: "x") { id } }', LIST, '{ nodes(ids: ["x", "y"]) { id } }']) {
      expect(await server.ask(query, {}, token)).toMatchObject({ status: 403, data: null });
    }
  });

  test('CallRecords.Read.All reads, CallRecords.ReadWrite.All reads and writes', async () => {
    dataOf(await server.ask(LIST, {}, await server.mint({ roles: ['CallRecords.Read.All'] })));
    const writer = await server.mint({ roles: ['CallRecords.ReadWrite.All'] });
    const { createCallRecord } = dataOf(await server.ask(CREATE, { input: createInput() }, writer));
    expect(dataOf(await server.ask(READ, { id: createCallRecord.id }, writer)).callRecord).not.toBeNull();
    await clear(server);
  });

  test('Two callers may use the same idempotency key: each has its own record', async () => {
    const variables = { input: createInput(), idempotencyKey: 'shared' };
    const other = await server.mint({ roles: ['CallRecords.ReadWrite.All'], user: ANNA });
    const [mine, theirs] = [await server.ask(CREATE, variables), await server.ask(CREATE, variables, other)];
    expect(dataOf(mine).createCallRecord.id).not.toBe(dataOf(theirs).createCallRecord.id);
    await clear(server);
  });
});

describe('A delegated token', () => {
  let anna: string;
  beforeAll(async () => {
    anna = await server.mint({ user: ANNA });
    await importAll(server, [
      importRecord(1, { organizer: user(ANNA.toUpperCase()), participants: [user(BEN)] }),
      importRecord(2, { organizer: user(BEN), participants: [user(BEN), user(ANNA)] }),
      importRecord(3, { organizer: user(BEN), participants: [user(BEN)] }),
    ]);
  });
  afterAll(() => clear(server));
  const ask = async (query: string, variables: object = {}, token = anna) =>
    dataOf(await server.ask(query, variables, token));
  const own = { totalCount: 2, nodes: [{ id: guid(2) }, { id: guid(1) }] };

  test('In lists and totalCount are only calls that its user organized or took part in', async () => {
    expect((await ask(LIST)).callRecords).toEqual(own);
    expect((await ask(LIST, {}, await server.mint({ user: ANNA.toUpperCase() }))).callRecords).toEqual(own);
    expect((await ask(LIST, {}, await server.mint({ user: guid(77) }))).callRecords).toEqual({
      totalCount: 0,
      nodes: [],
    });
  });

  test('By id the calls of others are null, as if they did not exist', async () => {
    expect(await ask(READ, { id: guid(2) })).toEqual({ callRecord: { id: guid(2) } });
    expect(await ask(READ, { id: guid(3) })).toEqual({ callRecord: null });
    expect(await ask(READ, { id: guid(4) })).toEqual({ callRecord: null });
  });

  test("Below another's account are only the calls they share", async () => {
    const query = `query ($id: ID!) { callRecord(id: $id) { participants { user { account {
      callRecords { totalCount nodes { id } } } } } } }`;
    const { participants } = (await ask(query, { id: guid(1) })).callRecord;
    expect(participants[0].user.account.callRecords).toEqual(own);
    const all = await ask(query, { id: guid(1) }, server.token);
    expect(all.callRecord.participants[0].user.account.callRecords.totalCount).toBe(3);
  });

  test('Through federation the calls of others are null, too, and a user has only shared calls', async () => {
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on CallRecord { id } ... on User { callRecords { totalCount nodes { id } } } } }`;
    const representations = [1, 2, 3].map((number) => ({ __typename: 'CallRecord', id: guid(number) }));
    const entities = await ask(query, { representations: [...representations, { __typename: 'User', id: BEN }] });
    expect(entities._entities).toEqual([{ id: guid(1) }, { id: guid(2) }, null, { callRecords: own }]);
  });

  test.each([
    { id: [guid(3)] },
    { organizer: { id: [BEN] }, not: { participant: { id: [ANNA] } } },
    { or: [{ id: [guid(3)] }] },
  ])('The filter %j does not reach the calls of others', async (filter) => {
    const query = 'query ($filter: CallRecordFilter) { callRecords(filter: $filter) { totalCount nodes { id } } }';
    expect((await ask(query, { filter })).callRecords).toEqual({ totalCount: 0, nodes: [] });
    expect((await ask(query, { filter }, server.token)).callRecords.totalCount).toBe(1);
  });

  test('Whole records that it may see are the same as for everybody', async () => {
    const query = `query ($id: ID!) { callRecord(id: $id) { ...Record } } ${RECORD}`;
    expect(await ask(query, { id: guid(1) })).toEqual(await ask(query, { id: guid(1) }, server.token));
  });

  test('With an application role besides, the role counts and all is seen', async () => {
    const both = await server.mint({ user: ANNA, roles: ['CallRecords.Read.All'] });
    expect((await ask(LIST, {}, both)).callRecords.totalCount).toBe(3);
  });
});
