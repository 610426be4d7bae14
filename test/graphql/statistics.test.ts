import { startTestServer, type TestServer } from '../support/harness.js';
import {
  codes,
  dataOf,
  guid,
  importAll,
  importRecord,
  problem,
  statementsOf,
  storePayloads,
} from '../support/asking.js';

const [ANNA, BEN] = ['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b'];
const anna = { user: { id: ANNA, displayName: 'Anna Müller' } };
const ben = { user: { id: BEN, displayName: 'Ben' } };
const phone = { phone: { id: '+14255550123' } };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await importAll(server, [
    importRecord(1, {
      ...{ type: 'groupCall', modalities: ['audio', 'video'], organizer: anna, participants: [anna, ben, anna] },
      ...{ startDateTime: '2026-03-28T23:30:00Z', endDateTime: '2026-03-28T23:30:00.0000001Z' },
    }),
    importRecord(2, {
      ...{ type: 'peerToPeer', modalities: ['audio'], organizer: anna, participants: [ben, phone] },
      ...{ startDateTime: '2026-03-29T21:59:59.9999999Z', endDateTime: '2026-03-29T23:00:00Z' },
    }),
    importRecord(3, {
      ...{ type: 'peerToPeer', modalities: ['audio'], participants: [{ guest: { displayName: 'Guest' } }] },
      ...{ organizer: { user: { id: ANNA.toUpperCase(), displayName: 'Anna Smith' } } },
      ...{ startDateTime: '2026-03-31T10:00:00Z', endDateTime: '2026-03-31T10:01:00Z' },
    }),
  ]);
  await storePayloads(server, [
    importRecord(4, {
      ...{ type: 'townHall', modalities: ['audio', 'hologram', 'smell'], organizer: ben, participants: [] },
      ...{ startDateTime: '2026-03-31T10:00:00Z', endDateTime: '2026-03-31T10:00:00Z' },
    }),
  ]);
});
afterAll(() => server.end());

const ask = async (selection: string, args = '', token = server.token) =>
  dataOf(await server.ask(`{ callRecordStatistics${args} { ${selection} } }`, {}, token)).callRecordStatistics;

describe('Statistics', () => {
  test('tell the number and the duration of calls, exactly', async () => {
    expect(
      await ask('count totalDurationSeconds averageDurationSeconds maximumDurationSeconds distinctParticipants'),
    ).toEqual({
      ...{ count: 4, totalDurationSeconds: 3_660.0000002, averageDurationSeconds: 915.00000005 },
      ...{ maximumDurationSeconds: 3_600.0000001, distinctParticipants: 3 },
    });
  });

  test('tell nothing of no calls', async () => {
    const selection = `count totalDurationSeconds averageDurationSeconds maximumDurationSeconds distinctParticipants
      byType { count } byModality { count } topOrganizers { count } topParticipants { count } buckets { count }`;
    expect(await ask(selection, '(filter: { id: [] }, interval: DAY)')).toEqual({
      ...{ count: 0, totalDurationSeconds: 0, averageDurationSeconds: null, maximumDurationSeconds: null },
      ...{ distinctParticipants: 0, byType: [], byModality: [], topOrganizers: [], topParticipants: [], buckets: [] },
    });
  });

  test('count calls by type and by media, most first, and what no schema knows as unknownFutureValue', async () => {
    expect(await ask('byType { type count } byModality { modality count }')).toEqual({
      byType: [
        { type: 'peerToPeer', count: 2 },
        { type: 'groupCall', count: 1 },
        { type: 'unknownFutureValue', count: 1 },
      ],
      byModality: [
        { modality: 'audio', count: 4 },
        { modality: 'video', count: 1 },
        { modality: 'unknownFutureValue', count: 1 },
      ],
    });
  });

  test('name those in most calls as their latest call does, who is named twice in a call once', async () => {
    const set = '{ kind identity { id displayName } user { id account { id } } }';
    expect(
      await ask(`topOrganizers { organizer ${set} count totalDurationSeconds }
        topParticipants(first: 2) { participant ${set} count totalDurationSeconds }`),
    ).toEqual({
      topOrganizers: [
        {
          organizer: {
            kind: 'USER',
            identity: { id: ANNA.toUpperCase(), displayName: 'Anna Smith' },
            user: { id: ANNA.toUpperCase(), account: { id: ANNA } },
          },
          ...{ count: 3, totalDurationSeconds: 3_660.0000002 },
        },
        {
          organizer: { kind: 'USER', identity: ben.user, user: { id: BEN, account: { id: BEN } } },
          ...{ count: 1, totalDurationSeconds: 0 },
        },
      ],
      topParticipants: [
        {
          participant: { kind: 'USER', identity: ben.user, user: { id: BEN, account: { id: BEN } } },
          ...{ count: 2, totalDurationSeconds: 3_600.0000002 },
        },
        {
          participant: { kind: 'PHONE', identity: { id: '+14255550123', displayName: null }, user: null },
          ...{ count: 1, totalDurationSeconds: 3_600.0000001 },
        },
      ],
    });
  });

  test('count calls by local time, days without calls included', async () => {
    const buckets = 'buckets { start count totalDurationSeconds }';
    expect(await ask(buckets, '(interval: DAY, timeZone: "Europe/Berlin")')).toEqual({
      buckets: [
        { start: '2026-03-28T23:00:00Z', count: 2, totalDurationSeconds: 3_600.0000002 },
        { start: '2026-03-29T22:00:00Z', count: 0, totalDurationSeconds: 0 },
        { start: '2026-03-30T22:00:00Z', count: 2, totalDurationSeconds: 60 },
      ],
    });
    expect(await ask('buckets { start count }', '(interval: MONTH)')).toEqual({
      buckets: [{ start: '2026-03-01T00:00:00Z', count: 4 }],
    });
    expect(await ask('buckets { start }')).toEqual({ buckets: [] });
  });

  test('count calls over the range that the filter has for their start, its end not beyond it', async () => {
    const during = (range: string) =>
      ask('buckets { start count }', `(interval: WEEK, filter: { and: [{ startDateTime: { ${range} } }] })`);
    const weeks = ['2026-03-16', '2026-03-23', '2026-03-30', '2026-04-06'].map((day) => `${day}T00:00:00Z`);
    const counts = [0, 2, 2, 0].map((count, index) => ({ start: weeks[index], count }));
    expect(await during('gte: "2026-03-16T00:00:00Z", lt: "2026-04-13T00:00:00Z"')).toEqual({ buckets: counts });
    expect(await during('gt: "2026-03-15T23:59:59.9999999Z"')).toEqual({ buckets: counts.slice(0, 3) });
    expect(await during('lte: "2026-04-06T00:00:00Z"')).toEqual({ buckets: counts.slice(1) });
    expect(await during('gte: "2026-04-07T00:00:00Z", lte: "2026-04-06T00:00:00Z"')).toEqual({ buckets: [] });
  });

  test('count from the first to the last call that matches where the range is open', async () => {
    const filter = '{ participantCount: { eq: 2 } }';
    const day = { start: '2026-03-29T00:00:00Z', count: 1, goodCalls: 0, poorCalls: 0, unclassifiedCalls: 0 };
    expect(
      await ask('buckets { start count goodCalls poorCalls unclassifiedCalls }', `(filter: ${filter}, interval: DAY)`),
    ).toEqual({ buckets: [day] });
  });

  test('count calls by hour of the week, by duration and by participants', async () => {
    const told = await ask(
      'hoursOfWeek { dayOfWeek hour count } byDuration { from to count } byParticipantCount { from to count }',
      '(timeZone: "Asia/Kathmandu")',
    );
    const { hoursOfWeek, byDuration, byParticipantCount } = told as Record<string, { from: number; count: number }[]>;
    expect(hoursOfWeek).toHaveLength(168);
    expect(hoursOfWeek?.filter(({ count }) => count > 0)).toEqual([
      { dayOfWeek: 1, hour: 3, count: 1 },
      { dayOfWeek: 2, hour: 15, count: 2 },
      { dayOfWeek: 7, hour: 5, count: 1 },
    ]);
    expect(byDuration?.map(({ from, count }) => [from, count])).toEqual([
      ...[
        [0, 2],
        [60, 1],
        [300, 0],
        [900, 0],
        [1_800, 0],
        [3_600, 1],
        [7_200, 0],
      ],
    ]);
    expect(byDuration?.at(-1)).toEqual({ from: 7_200, to: null, count: 0 });
    expect(byParticipantCount?.map(({ from, count }) => [from, count])).toEqual([
      ...[
        [0, 1],
        [1, 1],
        [2, 1],
        [3, 1],
        [5, 0],
        [10, 0],
        [25, 0],
        [100, 0],
      ],
    ]);
  });

  test('are for a delegated caller those of the own calls, names included', async () => {
    const token = await server.mint({ user: BEN });
    expect(
      await ask('count distinctParticipants topOrganizers { organizer { identity { displayName } } count }', '', token),
    ).toEqual({
      ...{ count: 3, distinctParticipants: 3 },
      topOrganizers: [
        { organizer: { identity: { displayName: 'Anna Müller' } }, count: 2 },
        { organizer: { identity: { displayName: 'Ben' } }, count: 1 },
      ],
    });
    expect(await ask('count', '', await server.mint({ user: guid(9) }))).toEqual({ count: 0 });
    const nobody = await server.mint({ roles: ['Other'] });
    expect(codes(await server.ask('{ callRecordStatistics { count } }', {}, nobody))).toEqual(['FORBIDDEN']);
  });

  test('take one statement for all that the rows of records tell, and none for what is not asked for', async () => {
    const all = `count averageDurationSeconds byType { count } byModality { count } buckets { count }
      hoursOfWeek { count } byDuration { count } byParticipantCount { count }`;
    const count = async (selection: string) =>
      (await statementsOf(server, () => ask(selection, '(interval: HOUR)'))).sql.length;
    expect(await count(all)).toBe(1);
    expect(await count('__typename')).toBe(0);
    expect(await count('distinctParticipants')).toBe(1);
    // Of everything, those who may be in most calls are looked for first.
    expect(await count('topOrganizers { count }')).toBe(3);
    const some = '(filter: { type: [groupCall] })';
    const { sql } = await statementsOf(server, () => ask('topOrganizers { count }', some));
    expect(sql).toHaveLength(2);
  });
});

describe('What statistics are asked for', () => {
  const problemOf = async (args: string, selection = 'count') =>
    problem(await server.ask(`{ callRecordStatistics${args} { ${selection} } }`));

  test('is refused by path and rule: a zone that is none, together with a filter that is too large', async () => {
    const members = Array.from({ length: 101 }, () => '{ type: [groupCall] }').join();
    const found = await problemOf(`(timeZone: "Mars/Olympus", filter: { or: [${members}] })`);
    expect(found).toMatchObject({ code: 'BAD_USER_INPUT', rules: { timeZone: 'timeZone', filter: 'maximum' } });
  });

  test('is refused with their number where there are more than 10,000 buckets', async () => {
    const range = '{ startDateTime: { gte: "2025-01-01T00:00:00Z", lt: "2026-02-21T16:00:00Z" } }';
    const args = (to: string) => `(interval: HOUR, filter: ${range.replace('16:00', to)})`;
    expect(await ask('buckets { start }', args('16:00'))).toHaveProperty('buckets.length', 10_000);
    const answer = await server.ask(`{ callRecordStatistics${args('16:01')} { buckets { start } } }`);
    expect(problem(answer)).toMatchObject({ code: 'BAD_USER_INPUT', rules: { interval: 'maximum' } });
    expect(answer.errors?.[0]?.message).toMatch(/10001/);
    const ages =
      '(interval: HOUR, filter: { startDateTime: { gte: "0001-01-01T00:00:00Z", lt: "9999-01-01T00:00:00Z" } })';
    expect(await problemOf(ages, 'buckets { start }')).toMatchObject({ rules: { interval: 'maximum' } });
    expect(await ask('count', ages)).toEqual({ count: 4 });
  });

  test('is refused where more than 100 or fewer than no groups are', async () => {
    for (const [first, rule] of [
      [101, 'maximum'],
      [-1, 'minimum'],
    ])
      for (const member of ['topOrganizers', 'topParticipants'])
        expect(await problemOf('', `${member}(first: ${first}) { count }`)).toMatchObject({ rules: { first: rule } });
    expect(await ask('topParticipants(first: 0) { count }')).toEqual({ topParticipants: [] });
  });

  test('costs points for what is selected, in the plan as in the run', async () => {
    const limited = await startTestServer({ RATE_LIMIT: '25' });
    try {
      const run = (selection: string) => limited.ask(`{ callRecordStatistics { ${selection} } }`);
      const three = 'distinctParticipants a: topOrganizers { count } b: topOrganizers { count }';
      expect(codes(await run(three))).toEqual(['QUERY_TOO_COMPLEX']);
      expect(codes(await run('count distinctParticipants topOrganizers { count }'))).toEqual([]);
      expect(codes(await run('count'))).toEqual(['RATE_LIMITED']);
    } finally {
      await limited.end();
    }
  });
});
