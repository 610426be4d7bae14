import fc from 'fast-check';
import type { JsonObject } from '../../../src/domain/document.js';
import { guid } from '../../support/opened-store.js';

/** Somebody in random calls, all of whose values are nobody else's. */
export interface CalledPerson {
  /** The member of an identity set in which they stand. */
  kind: string;
  id: string;
  /** Of their identity. */
  own: JsonObject;
  /** Of their endpoint, device and network. */
  endpoint: JsonObject;
  device: JsonObject;
  network: JsonObject;
  /** The number, beside them in a set. */
  number: string;
  /** All of it that nobody but they may have, in lower case. */
  values: string[];
}

const hex = (seed: number) => (seed * 2_654_435_761).toString(16).padStart(12, '0').slice(-12);
const FORMS: Record<string, (seed: number) => string> = {
  user: (seed) => `ABCDEF01-2345-4789-8abc-${hex(seed)}`,
  phone: (seed) => `+1425${String(seed).padStart(7, '0')}`,
  guest: (seed) => `teamsvisitor:${hex(seed)}`,
  azureCommunicationServicesUser: (seed) => `8:acs:${guid(seed)}_${hex(seed)}`,
  application: (seed) => `bcdef012-2345-4789-8abc-${hex(seed)}`,
  applicationInstance: (seed) => `cdef0123-2345-4789-8abc-${hex(seed)}`,
  onPremises: (seed) => `S-1-5-21-${seed}-${hex(seed)}`,
  encrypted: (seed) => `secret "of" ${hex(seed)}`,
  device: (seed) => `room/${hex(seed)}`,
  assertedIdentity: (seed) => `def01234-2345-4789-8abc-${hex(seed)}`,
  acsUser: (seed) => `unknown kind ${hex(seed)}`,
};
export const KINDS = Object.keys(FORMS);

export function personOf(kind: string, seed: number): CalledPerson {
  const mark = `${kind}-${hex(seed)}`;
  const id = FORMS[kind]?.(seed) as string;
  const own = {
    displayName: `Märk ${mark}`,
    userPrincipalName: `${mark}@upn.example`,
    email: `${mark}@mail.example`,
    nickname: `nick ${mark}`,
  };
  const endpoint = {
    name: `computer of ${mark}`,
    userAgent: { '@odata.type': '#microsoft.graph.callRecords.clientUserAgent', headerValue: `agent at ${mark}` },
    feedback: { rating: 'bad', text: `I am ${mark}` },
  };
  const device = { captureDeviceName: `microphone of ${mark}`, micGlitchRate: 1.5 };
  const network = {
    ...{ ipAddress: `10.0.${mark}`, macAddress: `mac ${mark}`, wifiChannel: 6, subnet: `net ${mark}` },
    traceRouteHops: [{ hopCount: 1, ipAddress: `hop ${mark}` }],
  };
  const number = `+4989${String(seed).padStart(8, '0')}`;
  const values = [id, encodeURIComponent(id), mark, number].map((value) => value.toLowerCase());
  return { kind, id, own, endpoint, device, network, number, values };
}

const odd = (text: string) => fc.constantFrom(text, text.toUpperCase());
/** GUIDs compare without regard to case. */
const idOf = ({ kind, id }: CalledPerson) =>
  ['user', 'application', 'applicationInstance', 'assertedIdentity'].includes(kind) ? odd(id) : fc.constant(id);

const setOf = (person: CalledPerson): fc.Arbitrary<JsonObject> =>
  fc.record({ id: idOf(person), isNamed: fc.boolean(), hasNumber: fc.nat(5) }).map(({ id, isNamed, hasNumber }) => ({
    // Where a guest is at home is the guest's.
    [person.kind]: { id, tenantId: person.kind === 'guest' ? person.number : 'a tenant', ...(isNamed && person.own) },
    ...(hasNumber === 0 && person.kind === 'user' && { phone: { id: person.number } }),
    endpointType: 'default',
  }));

function sideOf(person: CalledPerson): fc.Arbitrary<JsonObject> {
  return fc.record({ id: idOf(person), isLegacy: fc.boolean(), isNamed: fc.boolean() }).map((made) => ({
    '@odata.type': '#microsoft.graph.callRecords.participantEndpoint',
    ...(made.isLegacy
      ? { identity: { [person.kind]: { id: made.id, ...person.own } } }
      : { associatedIdentity: { id: made.id, ...(made.isNamed && person.own) } }),
    ...person.endpoint,
  }));
}

const STREAM = { label: 'main-audio', averageJitter: 'PT0.04S', packetUtilization: 900, streamId: '1' };

const sessionOf = (people: readonly CalledPerson[], number: number): fc.Arbitrary<JsonObject> =>
  fc.tuple(fc.constantFrom(...people), fc.constantFrom(...people), fc.boolean()).chain(([caller, callee, isTold]) =>
    fc.record({ caller: sideOf(caller), callee: sideOf(callee) }).map((sides) => ({
      id: guid(number),
      modalities: ['audio'],
      ...{ startDateTime: '2026-02-25T18:52:21Z', endDateTime: '2026-02-25T18:52:46Z' },
      ...sides,
      segments: [
        {
          id: guid(number),
          ...{ startDateTime: '2026-02-25T18:52:21Z', endDateTime: '2026-02-25T18:52:46Z' },
          ...(isTold && sides),
          media: [
            {
              label: 'main-audio',
              callerDevice: caller.device,
              calleeDevice: callee.device,
              callerNetwork: caller.network,
              calleeNetwork: callee.network,
              streams: [STREAM],
            },
          ],
        },
      ],
    })),
  );

/** A record as Graph sends it: of either shape of the list, with what no schema knows. */
function recordOf(people: readonly CalledPerson[], number: number): fc.Arbitrary<JsonObject> {
  const someone = fc.constantFrom(...people);
  const set = someone.chain(setOf);
  return fc
    .record({
      organizer: fc.option(set, { nil: null }),
      participants: fc.array(set, { maxLength: 4 }),
      isLegacy: fc.boolean(),
      sessions: fc.array(sessionOf(people, number), { maxLength: 2 }),
      invited: fc.option(someone, { nil: null, freq: 2 }),
      named: fc.option(someone, { nil: null, freq: 2 }),
      minute: fc.integer({ min: 10, max: 59 }),
    })
    .map(({ organizer, participants, isLegacy, sessions, invited, named, minute }) => ({
      id: guid(number),
      version: 3,
      type: 'groupCall',
      modalities: ['audio'],
      startDateTime: `2026-02-25T18:${minute}:21Z`,
      endDateTime: '2026-02-25T19:52:46Z',
      lastModifiedDateTime: '2026-02-25T20:00:00Z',
      joinWebUrl: invited && `https://teams.example/join?context=${encodeURIComponent(`{"Oid":"${invited.id}"}`)}`,
      organizer,
      ...(isLegacy ? { participants } : { participants_v2: participants.map(toEntity) }),
      sessions,
      ...(named && {
        heldBy: { id: named.id, displayName: named.own.displayName },
        notes: [`for ${named.id}`, named.id],
      }),
    }));
}

const toEntity = (identity: JsonObject) => ({
  id: (Object.values(identity)[0] as JsonObject).id,
  identity,
  administrativeUnitInfos: [{ id: 'unit' }],
});

/** Random calls between people of every kind, and those people. */
export const calls = fc
  .tuple(fc.uniqueArray(fc.constantFrom(...KINDS), { minLength: 2, maxLength: 5 }), fc.integer({ min: 1, max: 9_999 }))
  .chain(([kinds, seed]) => {
    const people = kinds.map((kind, index) => personOf(kind, seed + index));
    const records = fc
      .array(fc.constant(null), { minLength: 1, maxLength: 8 })
      .chain((all) => fc.tuple(...all.map((_, number) => recordOf(people, number + 1))));
    return fc.record({ people: fc.constant(people), records });
  });
