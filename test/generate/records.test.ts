import { generateCallRecords } from '../../src/generate/records.js';
import type { JsonObject } from '../../src/domain/document.js';
import { QualityClass, qualityOfSession, totalOf } from '../../src/domain/quality.js';

interface GeneratedRecord {
  id: string;
  version: number;
  type: string;
  modalities: string[];
  lastModifiedDateTime: string;
  startDateTime: string;
  endDateTime: string;
  joinWebUrl: string | null;
  organizer_v2: { id: string; identity: Record<string, { id: string }> };
  participants_v2: {
    id: string;
    identity: Record<string, { id: string; [property: string]: unknown }>;
    administrativeUnitInfos: unknown[];
  }[];
}

const UNTIL = '2026-10-31';
const lines = [...generateCallRecords({ count: 20_000, seed: 7, until: UNTIL })];
const records = lines.map((line) => JSON.parse(line) as GeneratedRecord);
const participants = records.flatMap((record) => record.participants_v2);
const counts = records.map((record) => record.participants_v2.length);
/** The date-time with all of its seven digits, so that texts compare as times do. */
const padded = (time: string): string =>
  time.replace(/(?:\.(\d+))?Z$/, (_, digits: string = '') => `.${digits.padEnd(7, '0')}Z`);
const share = (condition: (record: GeneratedRecord) => boolean): number =>
  records.filter(condition).length / records.length;

describe('The generated call records', () => {
  test('The same seed gives the same lines, another seed others', () => {
    expect([...generateCallRecords({ count: 500, seed: 7, until: UNTIL })]).toEqual(lines.slice(0, 500));
    const others = new Set([...generateCallRecords({ count: 500, seed: 8, until: UNTIL })]);
    expect(lines.some((line) => others.has(line))).toBe(false);
  });

  test('A smaller count gives the first lines of a larger one', () => {
    for (const count of [0, 1, 999, 1001, 2500]) {
      expect([...generateCallRecords({ count, seed: 7, until: UNTIL })]).toEqual(lines.slice(0, count));
    }
  });

  test('Each line is one record with the members Graph sends after 2026-06-30, and an id of its own', () => {
    const members = [
      'id',
      'version',
      'type',
      'modalities',
      'lastModifiedDateTime',
      'startDateTime',
      'endDateTime',
      'joinWebUrl',
    ];
    const allMembers = [...members, 'organizer_v2', 'participants_v2'].join();
    const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(records.filter((record) => Object.keys(record).join() !== allMembers || !guid.test(record.id))).toEqual([]);
    expect(lines.some((line) => line.includes('\n'))).toBe(false);
    expect(new Set(records.map((record) => record.id)).size).toBe(records.length);
  });

  test('Every kind of identity, modality, call type and endpoint type occurs', () => {
    const kinds = new Set(participants.flatMap((participant) => Object.keys(participant.identity)));
    expect([...kinds].sort()).toEqual(
      [
        'application',
        'applicationInstance',
        'assertedIdentity',
        'azureCommunicationServicesUser',
        'device',
        'encrypted',
        'endpointType',
      ].concat(['guest', 'onPremises', 'phone', 'user']),
    );
    expect([...new Set(records.flatMap((record) => record.modalities))].sort()).toEqual([
      'audio',
      'data',
      'screenSharing',
      'video',
      'videoBasedScreenSharing',
    ]);
    expect([...new Set(records.map((record) => record.type))].sort()).toEqual(['groupCall', 'peerToPeer', 'unknown']);
  });

  test('Ids have the forms of Graph, masked numbers and visitors among them', () => {
    const ids = new Set(participants.map((participant) => participant.id));
    const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
    const forms = [guid, '\\+1425555\\d{4}', '\\+1425555\\*{4}', 'teamsvisitor:[0-9a-f]{32}', `8:acs:${guid}_${guid}`];
    for (const form of forms) expect([...ids].some((id) => new RegExp(`^${form}$`).test(id))).toBe(true);
    const any = new RegExp(`^(?:${forms.join('|')})$`);
    expect([...ids].filter((id) => !any.test(id))).toEqual([]);
  });

  test('The id of a participant is that of its identity, and nobody is in a call twice', () => {
    expect(participants.filter(({ id, identity }) => Object.values(identity)[0]?.id !== id)).toEqual([]);
    expect(participants.filter((participant) => participant.administrativeUnitInfos.length !== 0)).toEqual([]);
    const isDistinct = (record: GeneratedRecord): boolean =>
      new Set(record.participants_v2.map(({ id }) => id)).size === record.participants_v2.length;
    expect(records.every(isDistinct)).toBe(true);
  });

  test('Users have international names and sign-in names in ASCII that are theirs alone; federated ones have no name', () => {
    const users = new Map(participants.flatMap(({ id, identity }) => (identity.user ? [[id, identity.user]] : [])));
    const own = [...users.values()].filter((user) => user.userPrincipalName);
    expect(own.length).toBeGreaterThan(4000);
    expect(own.some((user) => /[^\x00-\x7f]/.test(String(user.displayName)))).toBe(true);
    for (const user of own) expect(user.userPrincipalName).toMatch(/^[a-z-]+\.[a-z-]+@(contoso|fabrikam)\.com$/);
    expect(new Set(own.map((user) => user.userPrincipalName)).size).toBe(own.length);
    const tenants = new Set(own.map((user) => user.tenantId));
    const federated = [...users.values()].filter((user) => user.displayName === null && user.tenantId !== null);
    expect(federated.length).toBeGreaterThan(0);
    expect(federated.some((user) => tenants.has(user.tenantId))).toBe(false);
  });

  test('Few people are in most calls, very many in some: the mean is 3 to 6, the most 61 to 130', () => {
    const mean = participants.length / records.length;
    expect(mean).toBeGreaterThan(3);
    expect(mean).toBeLessThan(6);
    const most = Math.max(...counts);
    expect(most).toBeGreaterThan(60);
    expect(most).toBeLessThanOrEqual(130);
    expect(Math.min(...counts)).toBe(1);
  });

  test('Some users are in many times more calls than most', () => {
    const calls = new Map<string, number>();
    for (const { id } of participants) calls.set(id, (calls.get(id) ?? 0) + 1);
    const sorted = [...calls.values()].sort((a, b) => b - a);
    expect(sorted[0]).toBeGreaterThan(20 * (sorted[2500] ?? 0));
  });

  test('Nearly half of the calls are between two, without a join URL; meetings share theirs when they recur', () => {
    const pairs = records.filter((record) => record.type === 'peerToPeer');
    expect(pairs.length / records.length).toBeCloseTo(0.45, 1);
    expect(pairs.filter((pair) => pair.participants_v2.length !== 2 || pair.joinWebUrl !== null)).toEqual([]);
    const meetings = records.filter((record) => record.type === 'groupCall');
    const form = /^https:\/\/teams\.microsoft\.com\/l\/meetup-join\/19%3ameeting_\w{48}%40thread\.v2\/0\?context=%7b/;
    expect(meetings.filter((meeting) => !form.test(meeting.joinWebUrl ?? ''))).toEqual([]);
    const urls = new Set(meetings.map((meeting) => meeting.joinWebUrl));
    expect(urls.size).toBeLessThan(0.8 * meetings.length);
    expect(new Set(meetings.map((meeting) => `${meeting.joinWebUrl} ${meeting.organizer_v2.id}`)).size).toBe(urls.size);
  });
});

describe('The times of the generated call records', () => {
  test('Most calls start on weekdays in working hours, but not all', () => {
    const working = share(({ startDateTime }) => {
      const start = new Date(startDateTime);
      return start.getUTCDay() % 6 !== 0 && start.getUTCHours() >= 6 && start.getUTCHours() < 19;
    });
    expect(working).toBeGreaterThan(0.75);
    expect(working).toBeLessThan(0.95);
  });

  test.each(['2026-10-31', '2026-11-01', '2026-11-02', '2024-02-29'])(
    'Starts go back from the end of %s, and even few records have some of the week before it',
    (until) => {
      const end = Date.parse(until) + 86_400_000;
      const starts = [...generateCallRecords({ count: 1100, seed: 3, until })].map((line) =>
        Date.parse((JSON.parse(line) as GeneratedRecord).startDateTime),
      );
      expect(Math.max(...starts)).toBeLessThan(end);
      expect(Math.min(...starts)).toBeGreaterThan(end - 671 * 86_400_000);
      const ofTheWeek = (list: number[]) => list.filter((start) => start >= end - 7 * 86_400_000).length;
      expect(ofTheWeek(starts.slice(0, 20))).toBeGreaterThan(5);
      expect(ofTheWeek(starts.slice(1000))).toBeGreaterThan(5);
    },
  );

  test('Starts lie from 2025-01-01 to 2026-10-31 and are spread over all of the months', () => {
    const starts = records.map((record) => padded(record.startDateTime)).sort();
    expect(starts[0]?.slice(0, 7)).toBe('2025-01');
    expect((starts.at(-1)?.slice(0, 10) as string) <= '2026-10-31').toBe(true);
    const months = new Map<string, number>();
    for (const start of starts) months.set(start.slice(0, 7), (months.get(start.slice(0, 7)) ?? 0) + 1);
    expect(months.size).toBe(22);
    expect(Math.min(...months.values())).toBeGreaterThan(records.length / 22 / 2);
  });

  test('A call ends at its start or later, some unanswered ones at once, and is modified after its end', () => {
    const isOrdered = ({ startDateTime, endDateTime, lastModifiedDateTime }: GeneratedRecord): boolean =>
      padded(startDateTime) <= padded(endDateTime) && padded(endDateTime) < padded(lastModifiedDateTime);
    expect(records.filter((record) => !isOrdered(record))).toEqual([]);
    const unanswered = share((record) => record.endDateTime === record.startDateTime);
    expect(unanswered).toBeGreaterThan(0.01);
    expect(unanswered).toBeLessThan(0.1);
  });

  test('Times are in UTC with no to seven digits of a fraction, without zeros at its end', () => {
    const times = records.flatMap((record) => [record.startDateTime, record.endDateTime, record.lastModifiedDateTime]);
    expect(times.filter((time) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,6}[1-9])?Z$/.test(time))).toEqual([]);
    for (const length of ['2025-01-01T00:00:00Z', '2025-01-01T00:00:00.123Z', '2025-01-01T00:00:00.1234567Z']) {
      expect(times.some((time) => time.length === length.length)).toBe(true);
    }
  });
});

interface GeneratedSession {
  id: string;
  isTest: boolean;
  startDateTime: string;
  endDateTime: string;
  failureInfo: { stage: string } | null;
  caller: { associatedIdentity?: { id: string } };
  callee: { associatedIdentity?: { id: string }; userAgent: { role?: string } };
  segments: { caller: { userAgent: { role?: string } }; media: { callerNetwork: { subnet: string } }[] }[];
}

describe('The sessions of the generated call records', () => {
  const COUNT = 2_000;
  const withSessions = [...generateCallRecords({ count: COUNT, seed: 7, until: UNTIL, sessions: true })];
  const calls = withSessions.map((line) => JSON.parse(line) as GeneratedRecord & { sessions: GeneratedSession[] });
  const sessions = calls.flatMap((call) => call.sessions);
  const qualities = calls.map((call) => totalOf((call.sessions as unknown as JsonObject[]).map(qualityOfSession)));

  test('The records are those without sessions, and the same seed gives the same lines', () => {
    const without = calls.map(({ sessions: _sessions, ...record }) => JSON.stringify(record));
    expect(without).toEqual(lines.slice(0, COUNT));
    expect([...generateCallRecords({ count: 100, seed: 7, until: UNTIL, sessions: true })]).toEqual(
      withSessions.slice(0, 100),
    );
  });

  test('Each person of a meeting has a session with the service, and a call between two has one, with gateways for a telephone', () => {
    for (const call of calls) {
      const callers = call.sessions.map(({ caller }) => caller.associatedIdentity?.id);
      const ids = call.participants_v2.map(({ id }) => id);
      if (call.participants_v2.length !== 2 || call.joinWebUrl !== null) {
        expect(callers).toEqual(ids);
        continue;
      }
      const [one] = call.sessions as [GeneratedSession];
      expect([callers[0], one.callee.associatedIdentity?.id]).toEqual(ids);
      const roles = one.segments.flatMap(({ caller }) => caller.userAgent.role ?? []);
      expect(roles).toEqual(ids.some((id) => id.startsWith('+')) ? ['gateway', 'mediationServer'] : []);
    }
    expect(sessions.some(({ segments }) => segments.length === 2)).toBe(true);
  });

  test('About three calls in a hundred are poor, fewer sessions fail, and people are in a dozen offices', () => {
    const poor = qualities.filter((one) => one.class === QualityClass.POOR).length / COUNT;
    expect(poor).toBeGreaterThan(0.02);
    expect(poor).toBeLessThan(0.045);
    for (const stage of ['callSetup', 'midcall']) {
      const failed = sessions.filter(({ failureInfo }) => failureInfo?.stage === stage).length / sessions.length;
      expect(failed).toBeGreaterThan(0.002);
      expect(failed).toBeLessThan(0.015);
    }
    const networks = sessions.flatMap(({ segments }) => segments).flatMap(({ media }) => media);
    const offices = new Set(networks.flatMap(({ callerNetwork: { subnet } }) => /^10\.\d+/.exec(subnet) ?? []));
    expect(offices.size).toBe(12);
  });

  test('Sessions lie within their call, and end at their start only where nobody answered', () => {
    for (const call of calls) {
      for (const one of call.sessions) {
        expect(padded(one.startDateTime) >= padded(call.startDateTime)).toBe(true);
        expect(padded(one.endDateTime) <= padded(call.endDateTime)).toBe(true);
        expect(padded(one.endDateTime) >= padded(one.startDateTime)).toBe(true);
        if (one.endDateTime === one.startDateTime) expect(call.endDateTime).toBe(call.startDateTime);
      }
    }
  });
});
