import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { guid, importRecord } from './asking.js';

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

/** The first of the records in a later version, with other people. */
export function newerRecord(version: number) {
  const people = [...PEOPLE, 'someone else']
    .slice(version % 4)
    .map((id) => ({ user: { id, displayName: `${version}` } }));
  return readGraphRecord(importRecord(0, { version, participants: people, organizer: people[version % 2] ?? null }));
}
