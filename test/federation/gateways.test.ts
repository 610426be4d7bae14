import { hosts, stopWatching } from '../support/loopback-only.js';
import { createInput, startTestServer, type TestServer } from '../support/harness.js';
import { clear, codes, dataOf, guid, importAll, importRecord, statementsOf } from '../support/asking.js';
import { printSubgraphSdl } from '../../src/graphql/schema.js';
import { compose } from '../support/composing.js';
import { type Gateway, startApolloGateway, startHiveGateway } from '../support/gateways.js';
import { freePort } from '../support/postgres.js';
import { nameOf, type Neighbour, startMeetings, startUsers } from './neighbours.js';

const MANY = 500;
const person = (number: number) => guid(number, 1).replace('4000', '4abc');
const [ANNA, BEN] = [person(1), person(2)];
const PEOPLE = Array.from({ length: 20 }, (_, index) => person(index));
const user = (id: string) => ({ user: { id } });

let server: TestServer;
let users: Neighbour;
let meetings: Neighbour;
let supergraphSdl: string;
beforeAll(async () => {
  // One after the other: Jest mixes up modules that several of them load lazily at once.
  server = await startTestServer();
  // It comes back at its port later, which nobody may take meanwhile.
  users = await startUsers(PEOPLE, await freePort());
  meetings = await startMeetings();
  const ours = { name: 'callrecords', url: `${server.url}/graphql`, sdl: await printSubgraphSdl() };
  ({ supergraphSdl } = compose([ours, users, meetings]));
});
afterEach(() => clear(server));
afterAll(async () => {
  stopWatching();
  await Promise.all([server.end(), users.stop(), meetings.stop()]);
});

const statements = <Result>(work: () => Promise<Result>) => statementsOf(server, work);

const GATEWAYS: [string, (supergraphSdl: string) => Promise<Gateway>][] = [
  ['Apollo Gateway', startApolloGateway],
  ['Hive Gateway', startHiveGateway],
];

describe.each(GATEWAYS)('Behind %s', (_name, start) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start(supergraphSdl);
  });
  afterAll(() => gateway.stop());
  const ask = async (query: string, variables: object = {}, token = server.token) =>
    dataOf(await gateway.ask(query, variables, token));
  /** Where a subgraph knows no such entity: Hive Gateway also tells of each field that must not be null. */
  const askForMissing = async (query: string, token = server.token) => {
    const { data, errors = [] } = await gateway.ask(query, {}, token);
    expect(errors.every(({ path }) => path && path.length > 3)).toBe(true);
    return data;
  };

  test("The users' subgraph answers for a user, and this one for the user's calls", async () => {
    await importAll(server, [
      importRecord(1, { organizer: user(ANNA), participants: [user(BEN)] }),
      importRecord(2, { organizer: user(BEN), participants: [user(BEN)] }),
    ]);
    const query = `query ($id: ID!) { user(id: $id) { name callRecords(first: 5) {
      totalCount nodes { id durationSeconds } pageInfo { hasNextPage } } } }`;
    expect((await ask(query, { id: ANNA })).user).toEqual({
      name: nameOf(ANNA),
      callRecords: {
        totalCount: 1,
        nodes: [{ id: guid(1), durationSeconds: 60 }],
        pageInfo: { hasNextPage: false },
      },
    });
  });

  test("The calls of all users of a list cost the statements of one user's", async () => {
    await importAll(
      server,
      PEOPLE.map((id, index) => importRecord(index + 1, { organizer: user(id), participants: [] })),
    );
    const query = '{ users { nodes { name callRecords { totalCount nodes { id } } } pageInfo { hasNextPage } } }';
    const { result, sql } = await statements(() => ask(query));
    expect(result.users.nodes.map(({ callRecords }: { callRecords: object }) => callRecords)).toEqual(
      PEOPLE.map((_id, index) => ({ totalCount: 1, nodes: [{ id: guid(index + 1) }] })),
    );
    expect(sql).toHaveLength(2);
  });

  test('From the participants of a call their accounts are reached, null for those the owner does not know', async () => {
    const participants = [user(ANNA), { phone: { id: '+14255550123' } }, user(BEN.toUpperCase()), user(person(99))];
    await importAll(server, [importRecord(1, { organizer: user(BEN), participants })]);
    const query = '{ callRecords { nodes { participants { user { id account { name } } phone { id } } } } }';
    expect((await askForMissing(query)).callRecords.nodes[0].participants).toMatchObject([
      { user: { id: ANNA, account: { name: nameOf(ANNA) } } },
      { user: null, phone: { id: '+14255550123' } },
      { user: { account: { name: nameOf(BEN) } } },
      { user: { account: null } },
    ]);
  });

  test('A meeting gives its records and a record its meeting; a record that is gone is null', async () => {
    await importAll(server, [importRecord(1), importRecord(3)]);
    const query = `{ meetings(first: 3) { nodes { subject host { displayName } callRecords { id type participantCount
      meeting { subject } } } pageInfo { hasNextPage } } }`;
    const { meetings: found } = await askForMissing(query);
    const record = (number: number) => ({
      id: guid(number),
      type: 'peerToPeer',
      participantCount: 2,
      meeting: { subject: `About ${guid(number)}` },
    });
    expect(found.nodes[0]).toEqual({
      subject: 'About all',
      host: { displayName: 'The host' },
      callRecords: [record(1), null, record(3)],
    });
  });

  test(`${MANY} records of a meeting cost one statement and come in the meeting's order`, async () => {
    await importAll(
      server,
      Array.from({ length: MANY }, (_, index) => importRecord(index + 1)),
    );
    const query = `query ($first: Int!) { meetings(first: $first) { nodes { callRecords {
      id version participants { user { displayName } } } } } }`;
    const { result, sql } = await statements(() => ask(query, { first: MANY }));
    const records = result.meetings.nodes[0].callRecords as { id: string; version: number }[];
    expect(records.map(({ id }) => id)).toEqual(Array.from({ length: MANY }, (_, index) => guid(index + 1)));
    expect(records.every(({ version }) => version === 1)).toBe(true);
    expect(sql).toHaveLength(1);
  });

  test('A mutation creates here, and its answer reaches into the other subgraphs', async () => {
    const input = createInput({ organizer: user(ANNA), participants: [user(BEN)], version: '9007199254740993' });
    const mutation = `mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) {
      id version organizer { user { account { name } } } meeting { subject } } }`;
    const { createCallRecord } = await ask(mutation, { input });
    expect(createCallRecord).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      version: '9007199254740993',
      organizer: { user: { account: { name: nameOf(ANNA) } } },
      meeting: { subject: `About ${createCallRecord.id}` },
    });
    expect(dataOf(await server.ask('{ callRecords { totalCount } }')).callRecords.totalCount).toBe(1);
  });

  test('What is wrong with an input comes through with its code and violations', async () => {
    const input = createInput({ endDateTime: '2020-01-01T00:00:00Z' });
    const answer = await gateway.ask(
      'mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) { id } }',
      { input },
      server.token,
    );
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      violations: [{ path: ['input', 'endDateTime'], rule: 'order' }],
    });
  });

  test('What is refused before it runs comes through likewise, though its status is 400', async () => {
    const input = createInput({ startDateTime: 'yesterday' });
    const create = 'mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) { id } }';
    const answer = await gateway.ask(create, { input }, server.token);
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      violations: [{ path: ['input', 'startDateTime'], rule: 'DateTimeOffset' }],
    });
    const deep = `{ callRecords(first: 500) { nodes { organizer { user { account { callRecords(first: 500) { nodes { id } } } } } } } }`;
    expect(codes(await gateway.ask(deep, {}, server.token))).toEqual(['QUERY_TOO_COMPLEX']);
  });

  test("The caller's token is passed on: a person sees only that person's records, whatever the way to them", async () => {
    await importAll(server, [
      importRecord(1, { organizer: user(ANNA), participants: [user(BEN)] }),
      importRecord(2, { organizer: user(BEN), participants: [user(BEN)] }),
    ]);
    const anna = await server.mint({ user: ANNA });
    const query = `{ users { nodes { id callRecords { totalCount } } } callRecords { nodes { id } }
      meetings(first: 2) { nodes { callRecords { id type } } } }`;
    const seen = await askForMissing(query, anna);
    expect(seen.callRecords.nodes).toEqual([{ id: guid(1) }]);
    expect(seen.meetings.nodes[0].callRecords).toEqual([{ id: guid(1), type: 'peerToPeer' }, null]);
    const counts = seen.users.nodes.map(
      ({ callRecords }: { callRecords: { totalCount: number } }) => callRecords.totalCount,
    );
    expect(counts).toEqual(PEOPLE.map((id) => (id === ANNA || id === BEN ? 1 : 0)));
    expect(users.authorizations.at(-1)).toBe(`Bearer ${anna}`);
  });

  test('Without a token there is an UNAUTHENTICATED error for what is asked here, and the rest is answered', async () => {
    const answer = await gateway.ask(
      `{ users { pageInfo { hasNextPage } } callRecord(id: "1") { id } user(id: "${ANNA}") { name callRecords { totalCount } } }`,
    );
    expect(codes(answer)).toContain('UNAUTHENTICATED');
    expect(answer.data).toEqual({
      users: { pageInfo: { hasNextPage: false } },
      callRecord: null,
      user: { name: nameOf(ANNA), callRecords: null },
    });
  });

  test('A token without a role is FORBIDDEN here, and the rest is answered', async () => {
    const token = await server.mint({ roles: [] });
    const query = '{ meetings(first: 1) { nodes { subject callRecords { type } } } }';
    const answer = await gateway.ask(query, {}, token);
    expect(codes(answer)).toContain('FORBIDDEN');
    expect(answer.data.meetings.nodes).toEqual([{ subject: 'About all', callRecords: [null] }]);
  });

  test('node and nodes are not in the supergraph', async () => {
    const { __type } = await ask('{ __type(name: "Query") { fields { name } } }');
    const names = (__type.fields as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['callRecord', 'callRecords', 'meetings', 'users']));
    expect(names).not.toContain('node');
    expect(names).not.toContain('nodes');
    expect(await ask('{ __type(name: "Node") { name } }')).toEqual({ __type: null });
  });

  test('While the owner of User is down, the calls are still answered, accounts being null', async () => {
    await importAll(server, [importRecord(1, { organizer: user(ANNA), participants: [user(BEN)] })]);
    const port = Number(new URL(users.url).port);
    await users.stop();
    try {
      const answer = await gateway.ask(
        '{ callRecords { totalCount nodes { id organizer { user { id account { name } } } } } }',
        {},
        server.token,
      );
      expect(answer.data.callRecords).toEqual({
        totalCount: 1,
        nodes: [{ id: guid(1), organizer: { user: { id: ANNA, account: null } } }],
      });
      expect(answer.errors?.length).toBeGreaterThan(0);
    } finally {
      users = await startUsers(PEOPLE, port);
    }
  });
});

test('While this subgraph is down, the gateway answers for the others', async () => {
  const gone = { name: 'callrecords', url: 'http://127.0.0.1:1/graphql', sdl: await printSubgraphSdl() };
  const { supergraphSdl: withoutUs } = compose([gone, users, meetings]);
  for (const [, start] of GATEWAYS) {
    const gateway = await start(withoutUs);
    try {
      const query = `{ users { pageInfo { hasNextPage } } meetings(first: 1) { nodes { subject callRecords { id type } } }
        user(id: "${ANNA}") { name callRecords { totalCount } } }`;
      const answer = await gateway.ask(query, {}, server.token);
      expect(answer.data.user).toEqual({ name: nameOf(ANNA), callRecords: null });
      expect(answer.data.users).toEqual({ pageInfo: { hasNextPage: false } });
      expect(answer.data.meetings.nodes[0]).toMatchObject({ subject: 'About all', callRecords: [null] });
      expect(answer.errors?.length).toBeGreaterThan(0);
    } finally {
      await gateway.stop();
    }
  }
});

test('Nothing of all this leaves the machine', () => expect([...hosts]).toEqual(['127.0.0.1']));
