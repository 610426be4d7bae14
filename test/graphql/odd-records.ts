import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { guid, importRecord } from '../support/asking.js';

/** Those whom records are full of. */
export const PEOPLE = [guid(1, 1), guid(2, 1), '+14255550123'];

/** Records with all that Graph, and those who save what it sends, may bring. */
export function records() {
  const [anna, ben, phone] = PEOPLE;
  const user = {
    user: { id: anna, displayName: 'Ann-Sofie Öberg "Nan\\a" 🦊\n', tenantId: null, department: { deep: ['}', '"'] } },
  };
  const sets: object[] = [
    user,
    {
      user: { '@odata.type': '#microsoft.graph.userIdentity', id: ben, userPrincipalName: 'ben@contoso.com' },
      endpointType: 'default',
    },
    { phone: { id: phone, displayName: null }, assertedIdentity: { displayName: '日本 🦊' } },
    { guest: { id: 'teamsvisitor:1', displayName: '' }, endpointType: 'hologram' },
    { acsUser: { id: '8:acs:x' }, device: { id: 'd' }, spoolUser: null },
    {},
  ];
  const lists = [sets, [], sets.slice(0, 2), [...sets].reverse(), [user], sets.slice(2, 4)];
  const documents = lists.map((participants, index) =>
    readGraphRecord(
      importRecord(index, {
        organizer: index === 3 ? null : sets[index % 3],
        participants,
        version: index === 1 ? 9007199254740993n.toString() : index + 1,
        type: ['groupCall', 'peerToPeer', 'unknown', 'futureCall'][index % 4],
        modalities: [['audio'], ['video', 'smell', 'taste'], []][index % 3],
        sessions: index % 3 === 0 ? undefined : sessionsOf(index),
        joinWebUrl: [null, 'https://example.com/ö"\\', ''][index % 3],
      }),
    ),
  );
  // What no check of ours lets in, but an older version may have stored: scalars of other types, sets that are none, and
  // what is no Unicode text.
  const odd = readGraphRecord(importRecord(20));
  const odds = [
    ...[{ user: { id: 5, displayName: true } }, { user: 'x' }, { phone: [] }, { user: { id: {} } }],
    { phone: { displayName: '日本 \ud83d' } },
  ];
  return [...documents, ...odds.map((set, index) => ({ ...odd, id: guid(30 + index), participants: [set] }))];
}

/** Sessions of the first of them, some poor and some that failed; with what Graph does not send, too. */
function sessionsOf(index: number): object[] {
  const streams = [
    { packetUtilization: 900, averageJitter: index % 2 === 0 ? 'PT0.04S' : 'PT0.02S', averagePacketLossRate: 'NaN' },
    { packetUtilization: index },
  ];
  const one = (caller: number) => ({
    id: guid(index, 2),
    caller: { associatedIdentity: { id: PEOPLE[caller] } },
    startDateTime: '2026-01-15T12:00:00Z',
    endDateTime: '2026-01-15T12:01:00Z',
    modalities: ['audio'],
    failureInfo: caller === 0 ? { stage: ['callSetup', 'midcall', 'quantum'][index % 3] } : null,
    segments: [{ media: [{ label: 'main-audio', streams: streams.slice(caller) }] }],
  });
  return [one(0), one(1)];
}

/** The first of the records in a later version, with other people. */
export function newerRecord(version: number) {
  const people = [...PEOPLE, 'someone else']
    .slice(version % 4)
    .map((id) => ({ user: { id, displayName: `${version}` } }));
  return readGraphRecord(importRecord(0, { version, participants: people, organizer: people[version % 2] ?? null }));
}
