import { readFile } from 'node:fs/promises';
import type { GraphQLSchema } from 'graphql';
import { isLosslessNumber } from 'lossless-json';
import { parseJson } from '../../src/platform/json.js';
import { buildCallRecordsSchema } from '../../src/graphql/schema.js';
import { post, startTestServer, type TestServer } from '../support/harness.js';
import { clear, dataOf, guid, importRecord, problem, statementsOf, storePayloads } from '../support/asking.js';
import { wholeFragments } from './whole-selection.js';

const MANY = 50;
const [ANNA, BEN] = [guid(1, 1), guid(2, 1)] as const;

let server: TestServer;
let schema: GraphQLSchema;
let whole: string;
beforeAll(async () => {
  server = await startTestServer({ RATE_LIMIT: '0' });
  schema = await buildCallRecordsSchema();
  whole = wholeFragments(schema, 'SessionConnection');
});
afterEach(() => clear(server));
afterAll(() => server.end());

async function fixture(name: string): Promise<{ id: string; sessions: object[] }> {
  return parseJson(await readFile(new URL(`../fixtures/graph/${name}.json`, import.meta.url), 'utf8')) as never;
}

const person = (id: string) => ({
  '@odata.type': '#microsoft.graph.callRecords.participantEndpoint',
  associatedIdentity: { id, displayName: `Person ${id.at(-1)}` },
});
const TIMES = { startDateTime: '2026-01-15T12:00:00Z', endDateTime: '2026-01-15T12:00:10.5Z' };
const session = (number: number, changes: object = {}) => ({
  id: guid(number, 5),
  ...TIMES,
  modalities: ['audio'],
  caller: person(ANNA),
  callee: { '@odata.type': 'microsoft.graph.callRecords.serviceEndpoint' },
  segments: [],
  ...changes,
});
const withSessions = (number: number, sessions: object[], changes: object = {}) => ({
  ...importRecord(number, { participants: [ANNA, BEN].map((id) => ({ user: { id } })) }),
  sessions,
  ...changes,
});

const withLegacy = (identity: object) => ({ associatedIdentity: { id: ANNA }, identity });

type Variables = { [name: string]: unknown };
/** By graphql-js, as a gateway that asks for a trace has it. */
const byGraphqlJs = (query: string, variables: Variables = {}, token = server.token) =>
  post(`${server.url}/graphql`, JSON.stringify({ query, variables }), token, {
    'apollo-federation-include-trace': 'ftv1',
  });

/** What both executors answer, which is the same. */
async function ask(query: string, variables: Variables = {}, token = server.token) {
  const compiled = await server.ask(query, variables, token);
  const again = await server.ask(query, variables, token);
  const { data, errors } = await byGraphqlJs(query, variables, token);
  expect({ data: compiled.data, errors: compiled.errors }).toEqual({ data, errors });
  expect(again.text).toBe(compiled.text);
  return compiled;
}
const wholeOf = async (id: string) => {
  const query = `query ($id: ID!) { callRecord(id: $id) { sessions { ...All_SessionConnection } } } ${whole}`;
  return dataOf(await ask(query, { id })).callRecord.sessions;
};
const sessionsOf = async (id: string, selection: string) =>
  dataOf(await ask(`query ($id: ID!) { callRecord(id: $id) { ${selection} } }`, { id })).callRecord;

/** What GraphQL makes of members beside renaming them. */
const COMPUTED = new Set(['durationSeconds', 'quality', 'poorReasons', 'kind', 'identity', 'tokens']);
const isComputed = (name: string) => COMPUTED.has(name) || /^(average\w+Seconds|__typename)$/.test(name);

/** Compares what was answered to the JSON of Graph, member for member. */
function expectSame(answered: unknown, sent: unknown, path: string): void {
  if (Array.isArray(answered)) {
    const list = (sent ?? []) as unknown[];
    expect([path, answered.length]).toEqual([path, list.length]);
    answered.forEach((one, index) => expectSame(one, list[index], `${path}.${index}`));
  } else if (typeof answered === 'object' && answered !== null) {
    for (const [name, value] of Object.entries(answered)) {
      const member = /^(session|segment)Id$/.test(name) ? 'id' : name;
      if (!isComputed(name)) expectSame(value, (sent as Variables)[member], `${path}.${name}`);
    }
  } else {
    expect([path, answered]).toEqual([path, answered === 'unknownFutureValue' ? answered : leafOf(sent)]);
  }
}

const NON_FINITE = new Set<unknown>(['NaN', 'INF', '-INF']);

/** What a value of Graph's reads as: an Int64 with all its digits, nothing where it was not measured. */
function leafOf(sent: unknown): unknown {
  if (!isLosslessNumber(sent)) return NON_FINITE.has(sent) ? null : (sent ?? null);
  const digits = sent.toString();
  return /^-?\d+$/.test(digits) && !Number.isSafeInteger(Number(digits)) ? digits : Number(digits);
}

describe('The tree of a call', () => {
  test.each(['10-full-depth', '04-pstn-inbound', '09-nulls-everywhere', '07-version-1', '07-version-2'])(
    'Each member of %s reads as Graph sent it',
    async (name) => {
      const record = await fixture(name);
      await storePayloads(server, [record]);
      const sessions = await wholeOf(record.id);
      expect(sessions.nodes).toHaveLength(record.sessions.length);
      expect(sessions.totalCount).toBe(record.sessions.length);
      expectSame(sessions.nodes, record.sessions, 'sessions');
    },
  );

  const CALLER = 'query ($id: ID!) { callRecord(id: $id) { sessions { nodes { caller {';
  const callerOf = async (caller: object | null, selection: string) => {
    await storePayloads(server, [withSessions(1, [session(1, { caller })])]);
    const query = `${CALLER} __typename ${selection} } } } } }`;
    const { callRecord } = dataOf(await ask(query, { id: guid(1) }));
    await clear(server);
    return callRecord.sessions.nodes[0].caller;
  };

  test.each([
    ['#microsoft.graph.callRecords.participantEndpoint', 'ParticipantEndpoint'],
    ['microsoft.graph.callRecords.participantEndpoint', 'ParticipantEndpoint'],
    ['#microsoft.graph.callRecords.serviceEndpoint', 'ServiceEndpoint'],
    ['#microsoft.graph.callRecords.endpoint', 'OtherEndpoint'],
    ['#microsoft.graph.callRecords.hologramEndpoint', 'OtherEndpoint'],
    [null, 'OtherEndpoint'],
    [undefined, 'OtherEndpoint'],
  ])('An endpoint with @odata.type %s is a %s', async (odataType, type) => {
    expect(await callerOf({ '@odata.type': odataType, name: 'x' }, '')).toEqual({ __typename: type });
  });

  const IDENTITY = '... on ParticipantEndpoint { identity { kind user { id userPrincipalName } phone { id } } }';
  test.each([
    ['a GUID', { associatedIdentity: { id: ANNA, userPrincipalName: 'a@x' } }, 'USER'],
    ['a number', { associatedIdentity: { id: '+442079460182' } }, 'PHONE'],
    ['teamsvisitor:', { associatedIdentity: { id: 'teamsvisitor:1' } }, 'GUEST'],
    ['8:acs:', { associatedIdentity: { id: '8:acs:a_b' } }, 'AZURE_COMMUNICATION_SERVICES_USER'],
    ['an id that the retired identity has as an application', withLegacy({ application: { id: ANNA } }), 'APPLICATION'],
    ['an id that the retired identity does not have', withLegacy({ application: { id: BEN } }), 'USER'],
    ['nothing but the retired identity', { identity: { phone: { id: '1001' } } }, 'PHONE'],
  ])('The identity of an endpoint with %s is put under its kind', async (_what, members, kind) => {
    const caller = { '@odata.type': '#microsoft.graph.callRecords.participantEndpoint', ...members };
    expect((await callerOf(caller, IDENTITY)).identity.kind).toBe(kind);
  });

  test('Members of enumerations that nobody knows yet read as unknownFutureValue, a direction as null', async () => {
    const record = await fixture('08-unknown-enum-members');
    await storePayloads(server, [record]);
    const { nodes } = await wholeOf(record.id);
    const [{ modalities, failureInfo, caller, callee, segments }] = nodes;
    const future = 'unknownFutureValue';
    expect([modalities, failureInfo.stage, callee.userAgent.role]).toEqual([[future], future, future]);
    expect(caller.userAgent).toMatchObject({ platform: future, productFamily: 'azureCommunicationServices' });
    expect(caller.feedback).toEqual({
      ...{ __typename: 'UserFeedback', rating: future, text: null },
      tokens: [
        { __typename: 'FeedbackToken', name: 'HologramJitter', value: true },
        { __typename: 'FeedbackToken', name: 'Echo', value: false },
      ],
    });
    const [{ kind, callerNetwork, streams }] = segments[0].media;
    const network = ['connectionType', 'networkTransportProtocol', 'wifiBand', 'wifiRadioType'] as const;
    expect([kind, ...network.map((name) => callerNetwork[name])]).toEqual([null, future, future, future, future]);
    expect(streams[0]).toMatchObject({ audioCodec: future, videoCodec: future });
  });

  test('Media tell their kind, and with it their streams how good they are and why', async () => {
    const audio = { packetUtilization: 501, averageJitter: 'PT0.031S', averageRoundTripTime: 'PT0.4S' };
    const streams = [audio, { ...audio, averageJitter: 'PT0.03S' }, { ...audio, packetUtilization: 500 }];
    const media = [
      { streams, label: 'main-audio' },
      { label: 'applicationsharing-video', streams: [{ averageVideoFrameRate: 2 }, { averageVideoFrameRate: 1.9 }] },
      { label: null, streams: [{ videoCodec: 'h264', averageVideoFrameRate: 6.5 }] },
    ];
    await storePayloads(server, [withSessions(1, [session(1, { segments: [{ id: 's', ...TIMES, media }] })])]);
    const selection =
      'segments { media { kind streams { quality poorReasons averageJitterSeconds averageRoundTripTimeSeconds } } }';
    const { sessions } = await sessionsOf(
      guid(1),
      `sessions { nodes { quality { class goodStreams poorStreams unclassifiedStreams poorReasons } ${selection} } }`,
    );
    const [{ quality, segments }] = sessions.nodes;
    const verdicts = segments[0].media.map(({ kind, streams: all }: { kind: string; streams: Variables[] }) => [
      kind,
      ...all.map((one) => [one.quality, ...(one.poorReasons as string[])].join(' ')),
    ]);
    expect(verdicts).toEqual([
      ['AUDIO', 'POOR JITTER', 'GOOD', 'UNCLASSIFIED'],
      ['SCREEN_SHARING', 'GOOD', 'POOR FRAME_RATE'],
      ['VIDEO', 'POOR FRAME_RATE'],
    ]);
    expect(segments[0].media[0].streams[0]).toMatchObject({
      averageJitterSeconds: 0.031,
      averageRoundTripTimeSeconds: 0.4,
    });
    expect(quality).toEqual({
      ...{ class: 'POOR', goodStreams: 2, poorStreams: 3, unclassifiedStreams: 1 },
      poorReasons: ['JITTER', 'FRAME_RATE'],
    });
  });
});

describe('The sessions of a record', () => {
  const NODES = 'nodes { sessionId durationSeconds }';
  const PAGE = `query ($id: ID!, $first: Int, $after: String) { callRecord(id: $id) { sessions(first: $first, after: $after) {
    totalCount edges { cursor node { sessionId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const five = [1, 2, 3, 4, 4].map((number) => session(number));

  test('They are null where they were never fetched, and empty where there are none', async () => {
    await storePayloads(server, [importRecord(1), withSessions(2, [])]);
    expect((await sessionsOf(guid(1), `sessions { totalCount ${NODES} }`)).sessions).toBeNull();
    expect((await sessionsOf(guid(2), `sessions { totalCount ${NODES} }`)).sessions).toEqual({
      totalCount: 0,
      nodes: [],
    });
  });

  test('They come in pages, in the order of Graph, one id twice where Graph has it twice', async () => {
    await storePayloads(server, [withSessions(1, five)]);
    const seen: string[] = [];
    let after: string | null = null;
    for (const [size, hasNextPage] of [
      [2, true],
      [2, true],
      [1, false],
    ] as const) {
      const variables: Variables = { id: guid(1), first: 2, after };
      const { sessions } = dataOf(await ask(PAGE, variables)).callRecord;
      expect([sessions.totalCount, sessions.edges.length, sessions.pageInfo]).toEqual([
        5,
        size,
        {
          ...{ hasNextPage, hasPreviousPage: after !== null },
          ...{ startCursor: sessions.edges[0].cursor, endCursor: sessions.edges.at(-1).cursor },
        },
      ]);
      seen.push(...sessions.edges.map(({ node }: { node: { sessionId: string } }) => node.sessionId));
      after = sessions.pageInfo.endCursor as string;
    }
    expect(seen).toEqual(five.map(({ id }) => id));
  });

  test('A page of none tells how many there are and whether there are any', async () => {
    await storePayloads(server, [withSessions(1, five)]);
    const { sessions } = dataOf(await ask(PAGE, { id: guid(1), first: 0 })).callRecord;
    const pageInfo = { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null };
    expect(sessions).toEqual({ totalCount: 5, edges: [], pageInfo });
  });

  test.each([
    ['a negative number of them', { first: -1 }, { first: 'minimum' }],
    ['more than a page holds', { first: 501 }, { first: 'maximum' }],
    ['what follows a cursor that is none', { after: 'x' }, { after: 'cursor' }],
    ['both', { first: 501, after: 'x' }, { first: 'maximum', after: 'cursor' }],
  ])('To ask for %s is an error that names each argument', async (_what, variables, rules) => {
    await storePayloads(server, [withSessions(1, five)]);
    const answer = await ask(PAGE, { id: guid(1), ...variables });
    expect(problem(answer)).toMatchObject({ code: 'BAD_USER_INPUT', rules });
    expect(answer.data).toEqual({ callRecord: { sessions: null } });
  });

  test('A cursor of one record is none of another', async () => {
    await storePayloads(server, [withSessions(1, five), withSessions(2, five)]);
    const { sessions } = dataOf(await ask(PAGE, { id: guid(1), first: 1 })).callRecord;
    const answer = await ask(PAGE, { id: guid(2), after: sessions.pageInfo.endCursor });
    expect(problem(answer)).toMatchObject({ code: 'BAD_USER_INPUT', rules: { after: 'cursor' } });
  });

  test('They stand in what an operation may reach: a page of 50 records by default, not one of 500', async () => {
    const page = (first: number) => `{ callRecords(first: ${first}) { nodes { sessions { totalCount } } } }`;
    expect((await server.ask(page(50))).errors).toBeUndefined();
    const answer = await server.ask(page(500));
    expect(problem(answer)).toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
    expect(answer.errors?.[0]?.message).toContain('callRecords.nodes.sessions, with 30000 records');
  });

  test.each([
    ['everything below them', 'sessions { ...All_SessionConnection }'],
    ['their number alone', 'sessions { totalCount }'],
    ['no more than whether there are more', 'sessions(first: 1) { pageInfo { hasNextPage } }'],
  ])('One statement reads them for 1 record and for 50, with %s', async (_what, selection) => {
    const query = `{ callRecords { nodes { id ${selection} } } } ${selection.includes('All_') ? whole : ''}`;
    for (const count of [1, MANY]) {
      const sessions = (index: number) => [session(index), session(index + 1)];
      await storePayloads(
        server,
        Array.from({ length: count }, (_, index) => withSessions(index, sessions(index))),
      );
      for (const run of [() => server.ask(query), () => byGraphqlJs(query)]) {
        const { result, sql } = await statementsOf(server, run);
        expect(dataOf(result).callRecords.nodes).toHaveLength(count);
        expect(sql.map((one) => one.includes('call_record_sessions'))).toEqual([false, true]);
      }
    }
  });

  test('They are not read where they are not selected', async () => {
    await storePayloads(server, [withSessions(1, five)]);
    const { sql } = await statementsOf(server, () => server.ask('{ callRecords { nodes { id type } } }'));
    expect(sql.filter((one) => one.includes('call_record_sessions'))).toEqual([]);
  });
});

describe('Sessions that are not as Graph has them', () => {
  const shown = async (sessions: object[], selection: string) => {
    await storePayloads(server, [withSessions(1, sessions)]);
    return (await sessionsOf(guid(1), `version sessions { totalCount nodes { ${selection} } }`)).sessions;
  };

  test.each([
    ['an id', { id: undefined }],
    ['an id, which is null', { id: null }],
    ['a start', { startDateTime: undefined }],
    ['an end that is a time', { endDateTime: 'yesterday' }],
  ])('One without %s is left out, and counted, whatever is selected', async (_what, changes) => {
    for (const selection of ['sessionId startDateTime endDateTime durationSeconds', 'isTest', '__typename']) {
      const sessions = await shown([session(1), session(2, changes), session(3)], selection);
      expect([sessions.totalCount, sessions.nodes.length]).toEqual([3, 2]);
      await clear(server);
    }
  });

  test('A segment without an id or a time is left out of its session', async () => {
    const segments = [{ id: 'a', ...TIMES }, TIMES, { id: 'b' }, { id: 'c', ...TIMES }];
    const { nodes } = await shown([session(1, { segments })], 'segments { segmentId durationSeconds media { label } }');
    const whole = { durationSeconds: 10.5, media: [] };
    expect(nodes[0].segments).toEqual([
      { segmentId: 'a', ...whole },
      { segmentId: 'c', ...whole },
    ]);
  });

  test('One that ends before it starts lasts less than no time', async () => {
    const changes = { startDateTime: TIMES.endDateTime, endDateTime: TIMES.startDateTime };
    expect((await shown([session(1, changes)], 'durationSeconds')).nodes).toEqual([{ durationSeconds: -10.5 }]);
  });

  test('What a type cannot hold reads as null', async () => {
    const stream = {
      ...{ averageJitter: 'soon', averageRoundTripTime: 'P1Y', packetUtilization: '12', averageVideoFrameRate: '25' },
      ...{ averagePacketLossRate: 'NaN', averageBandwidthEstimate: 1.5, streamDirection: 'up' },
    };
    const media = [{ label: 'main-audio', callerNetwork: { port: 2 ** 40, linkSpeed: 'INF' }, streams: [stream] }];
    const selection = `segments { media { callerNetwork { port linkSpeed } streams { averageJitter averageJitterSeconds
      averageRoundTripTime packetUtilization averageVideoFrameRate averagePacketLossRate averageBandwidthEstimate streamDirection } } }`;
    const { nodes } = await shown([session(1, { segments: [{ id: 's', ...TIMES, media }] })], selection);
    expect(nodes[0].segments[0].media[0]).toEqual({
      callerNetwork: { port: null, linkSpeed: null },
      streams: [
        {
          ...{ averageJitter: null, averageJitterSeconds: null, averageRoundTripTime: null, packetUtilization: 12 },
          ...{ averageVideoFrameRate: null, averagePacketLossRate: null, averageBandwidthEstimate: null },
          streamDirection: null,
        },
      ],
    });
  });

  test('Members that nest 40 levels deep are passed over', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as object;
    const { nodes } = await shown(
      [session(1, { deep, caller: { ...person(ANNA), deep } })],
      'sessionId caller { __typename }',
    );
    expect(nodes).toEqual([{ sessionId: guid(1, 5), caller: { __typename: 'ParticipantEndpoint' } }]);
  });

  test('A record of 10,000 sessions reads a page at a time, a media of 5,000 streams as a whole', async () => {
    const streams = Array.from({ length: 5_000 }, (_, index) => ({ streamId: String(index) }));
    const segments = [{ id: 's', ...TIMES, media: [{ label: 'x', streams }] }];
    const many = Array.from({ length: 10_000 }, (_, index) =>
      session(index, { segments: index === 0 ? segments : [] }),
    );
    const { totalCount, nodes } = await shown(many, 'segments { media { streams { streamId quality } } }');
    expect([totalCount, nodes.length, nodes[0].segments[0].media[0].streams.length]).toEqual([10_000, 60, 5_000]);
  });
});
