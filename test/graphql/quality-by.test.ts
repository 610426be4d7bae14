import { startTestServer, type TestServer } from '../support/harness.js';
import { codes, dataOf, importRecord, problem, storePayloads } from '../support/asking.js';

const [ANNA, BEN] = ['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b'];
const people = [ANNA, BEN].map((id) => ({ user: { id } }));
const end = (id: string, platform: string) => ({ associatedIdentity: { id }, userAgent: { platform } });
const GOOD = { packetUtilization: 900, averageJitter: 'PT0.01S' };
const POOR = { packetUtilization: 900, averageJitter: 'PT0.04S', averageRoundTripTime: 'PT0.6S' };
const MUTED = { packetUtilization: 10 };

/** A session of somebody on a Wi-Fi with the other end on a cable. */
const session = (caller: object, callee: object, streams: object[], more: object = {}) => {
  const networks = { callerNetwork: { subnet: '10.0.1.0' }, calleeNetwork: { subnet: '10.0.2.0' } };
  return { caller, callee, segments: [{ media: [{ label: 'main-audio', ...networks, streams }] }], ...more };
};
const service = { userAgent: { role: 'mediaController' } };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const meeting = [
    session(end(ANNA, 'windows'), service, [GOOD, POOR]),
    session(end(BEN, 'unknown'), service, [GOOD, GOOD, MUTED]),
    session(end(BEN, 'iOS'), service, [POOR], { isTest: true }),
  ];
  await storePayloads(server, [
    { ...importRecord(1, { type: 'groupCall', participants: people }), sessions: meeting },
    {
      ...importRecord(2, { type: 'peerToPeer', participants: people }),
      sessions: [session(end(ANNA, 'windows'), end(BEN, 'macOS'), [POOR])],
    },
    {
      ...importRecord(3, { type: 'groupCall', participants: people }),
      sessions: [session(end(BEN, 'web'), {}, [MUTED])],
    },
  ]);
});
afterAll(() => server.end());

const MEMBERS = '{ value goodStreams poorStreams unclassifiedStreams poorShare }';
const ask = (member: string, args = '', token = server.token) =>
  server.ask(`{ callRecordStatistics${args} { groups: qualityBy(${member}) ${MEMBERS} } }`, {}, token);
const groupsOf = async (member: string, args = '', token = server.token) => {
  const { groups } = dataOf(await ask(member, args, token)).callRecordStatistics as {
    groups: Record<string, unknown>[];
  };
  return groups.map(({ value, goodStreams, poorStreams, unclassifiedStreams, poorShare }) => [
    ...[value, goodStreams, poorStreams, unclassifiedStreams, poorShare],
  ]);
};

describe('The quality of streams by what they have in common', () => {
  test('counts the side of the caller in a group call and either side in a call between two, and no test', async () => {
    expect(await groupsOf('dimension: SUBNET, minimumStreams: 0')).toEqual([
      ['10.0.1.0', 3, 2, 2, 0.4],
      ['10.0.2.0', 0, 1, 0, 1],
    ]);
  });

  test('comes with most poor streams first, then by value, what is not known as null at last, and no share of nothing', async () => {
    expect(await groupsOf('dimension: CLIENT_PLATFORM, minimumStreams: 0')).toEqual([
      ['windows', 1, 2, 0, 2 / 3],
      ['macOS', 0, 1, 0, 1],
      ['web', 0, 0, 1, null],
      [null, 2, 0, 1, 0],
    ]);
  });

  test('counts a stream that is poor by two measurements for each, and those that are not for null', async () => {
    expect(await groupsOf('dimension: POOR_REASON, minimumStreams: 0')).toEqual([
      ['JITTER', 0, 3, 0, 1],
      ['ROUND_TRIP', 0, 3, 0, 1],
      [null, 3, 0, 2, 0],
    ]);
  });

  test('leaves out groups of fewer streams than asked for, of 10 unless told, and gives as many as asked for', async () => {
    expect(await groupsOf('dimension: SUBNET')).toEqual([]);
    expect(await groupsOf('dimension: CLIENT_PLATFORM, minimumStreams: 3')).toHaveLength(2);
    expect(await groupsOf('dimension: CLIENT_PLATFORM, minimumStreams: 0, first: 1')).toHaveLength(1);
    expect(await groupsOf('dimension: CLIENT_PLATFORM, minimumStreams: 0, first: 0')).toEqual([]);
  });

  test('is of the calls that match', async () => {
    expect(await groupsOf('dimension: MEDIA_KIND, minimumStreams: 0', '(filter: { type: [peerToPeer] })')).toEqual([
      ['AUDIO', 0, 2, 0, 1],
    ]);
  });

  test('is for a delegated caller of the own sessions alone', async () => {
    const token = await server.mint({ user: BEN });
    expect(await groupsOf('dimension: CLIENT_PLATFORM, minimumStreams: 0', '', token)).toEqual([
      ['macOS', 0, 1, 0, 1],
      ['windows', 0, 1, 0, 1],
      ['web', 0, 0, 1, null],
      [null, 2, 0, 1, 0],
    ]);
  });

  test('is refused for numbers out of range, by path and rule', async () => {
    const rulesOf = async (args: string) => problem(await ask(`dimension: SUBNET, ${args}`)).rules;
    expect(await rulesOf('first: 101')).toEqual({ first: 'maximum' });
    expect(await rulesOf('first: -1')).toEqual({ first: 'minimum' });
    expect(await rulesOf('minimumStreams: -1')).toEqual({ minimumStreams: 'minimum' });
    expect(await rulesOf('first: 101, minimumStreams: -1')).toEqual({ first: 'maximum', minimumStreams: 'minimum' });
    expect(codes(await ask('first: 1'))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });
});
