import fc from 'fast-check';
import { type CallRecordDocument, Fetched, type JsonObject } from '../../../src/domain/document.js';
import { CallType, Modality } from '../../../src/domain/enums.js';
import type { CallRecordFilter, IdentityFilter } from '../../../src/domain/filter.js';
import { IdentityKind } from '../../../src/domain/identity.js';
import { QualityClass } from '../../../src/domain/quality.js';
import { FailureStage } from '../../../src/domain/session-enums.js';
import {
  documentOf,
  guid,
  listQuery,
  matching,
  type OpenStore,
  PEOPLE,
  reusedStores,
  withStore,
} from '../../support/opened-store.js';
import { toTicks } from './ticks.js';

export const PERSON = 'aaaaaaaa-0000-4000-8000-00000000000a';
const IDS = [PERSON, 'AAAAAAAA-0000-4000-8000-00000000000b', '+1425', 'x', 'X'];
const NAMES = ['Åsa', 'åSA Berg', 'Straße', 'STRASSE 7', 'Σοφός', '100%', 'a_b', '', 'Müller', 'MULLER'];
const SIGN_IN_NAMES = ['Ada@Contoso.example', 'ADA@contoso.example', 'ada@fabrikam.example', 'Åsa@contoso.example', ''];
const PARTS = ['ås', 'SS', 'ΦΌΣ', '%', '_', 'a', '', 'none', 'mul', 'ü'];
const TENANTS = ['dddddddd-0000-4000-8000-00000000000D', 't'];
const TIMES = [
  ...['2026-01-01T00:00:00', '2026-01-01T00:00:00.0000001', '2026-01-01T00:00:00.1'],
  ...['2026-01-01T00:00:00.12', '2026-01-01T00:00:01', '2025-12-31T23:59:59.9999999'],
];
const SECONDS = [0, 1e-7, 0.1, 0.12, 1, -1, 0.05e-6, 1.0000001];
const TYPES = ['groupCall', 'peerToPeer', 'unknown', 'townHall', 'unknownFutureValue'];
const MODALITIES = ['audio', 'video', 'data', 'spatialAudio', 'unknownFutureValue'];
const URLS = [null, 'https://example.com/1', 'https://example.com/2'];

const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const some = <Value>(values: readonly Value[]) => fc.array(oneOf(values), { maxLength: 3 });
const maybe = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { freq: 6 });

const identity = fc
  .record({
    id: maybe(oneOf(IDS)),
    displayName: maybe(oneOf(NAMES)),
    tenantId: maybe(oneOf(TENANTS)),
    userPrincipalName: maybe(oneOf(SIGN_IN_NAMES)),
  })
  .map((members) => Object.fromEntries(Object.entries(members).filter(([, member]) => member !== null)));
const KINDS = [IdentityKind.USER, IdentityKind.PHONE, IdentityKind.GUEST];
const identitySet: fc.Arbitrary<JsonObject> = fc.dictionary(oneOf(KINDS), identity, {
  maxKeys: 2,
  noNullPrototype: true,
});

const heard = { averageRoundTripTime: 'PT0.05S', averagePacketLossRate: 0.01, averageJitter: 'PT0.01S' };
/** A stream of each class, which its id tells. */
const STREAMS = [
  { ...heard, streamId: 'GOOD', packetUtilization: 900 },
  { ...heard, streamId: 'POOR', packetUtilization: 900, averageJitter: 'PT0.031S' },
  { ...heard, streamId: 'POOR', packetUtilization: 900, averagePacketLossRate: 0.2 },
  { ...heard, streamId: 'UNCLASSIFIED', packetUtilization: 10 },
];
const STAGES = ['callSetup', 'midcall', 'unknown', 'quantum', 'unknownFutureValue'];

const endpoint = oneOf([
  ...[PERSON, PERSON.toUpperCase(), 'x'].map((id) => ({ associatedIdentity: { id } })),
  ...[PERSON, '+1425'].map((id) => ({ identity: { user: { id } } })),
  null,
]);
const session = fc
  .record({
    caller: endpoint,
    callee: endpoint,
    isTest: oneOf([true, false, null]),
    stage: maybe(oneOf(STAGES)),
    streams: some(STREAMS),
  })
  .map(({ stage, streams, ...rest }) => ({
    ...rest,
    failureInfo: stage === null ? null : { stage },
    segments: [{ media: [{ label: 'main-audio', streams }] }],
  }));
/** Without any, too, though the source told that there are none. */
const sessions: fc.Arbitrary<Pick<CallRecordDocument, 'sessions' | 'sessionsFetched'>> = fc.oneof(
  fc.record({ sessions: fc.constant<JsonObject[]>([]), sessionsFetched: fc.constant(Fetched.none) }),
  fc.record({
    sessions: fc.array(session, { maxLength: 3 }),
    // What was not fetched of this version is of an earlier one.
    sessionsFetched: oneOf([Fetched.wholly, Fetched.wholly, Fetched.partly, Fetched.none]),
  }),
);

/** What a record may hold, ties and near misses more often than not. */
export const document = fc
  .tuple(
    sessions,
    fc.record({
      type: oneOf(TYPES),
      modalities: fc.uniqueArray(oneOf(MODALITIES)),
      startDateTime: oneOf(TIMES),
      endDateTime: oneOf(TIMES),
      lastModifiedDateTime: oneOf(TIMES),
      joinWebUrl: oneOf(URLS),
      organizer: maybe(identitySet),
      participants: fc.array(identitySet, { maxLength: 3 }),
    }),
  )
  .map(([told, members]) => ({ ...members, ...told }));
const documents = fc
  .array(document, { minLength: 2, maxLength: 14, size: 'max' })
  .map((list) => list.map((changes, index) => documentOf(index, changes)));

const BOUNDS = ['lt', 'lte', 'gt', 'gte'] as const;
const range = <Value>(values: readonly Value[], comparisons: readonly string[] = [...BOUNDS, 'eq']) =>
  fc.dictionary(oneOf(comparisons), maybe(oneOf(values)), { maxKeys: 2 });
const identityFilter: fc.Arbitrary<IdentityFilter> = fc.record(
  {
    id: maybe(some(IDS.flatMap((id) => [id, id.toUpperCase()]))),
    kind: maybe(some(Object.values(IdentityKind))),
    tenantId: maybe(some(TENANTS)),
    displayName: maybe(oneOf(PARTS)),
    userPrincipalName: maybe(oneOf([...SIGN_IN_NAMES, 'asa@CONTOSO.example', 'ada'])),
  },
  { requiredKeys: [] },
);

const members = {
  id: maybe(some([...Array(14).keys()].map(guid))),
  type: maybe(some(Object.values(CallType))),
  modalities: maybe(
    fc.record(
      { hasAny: maybe(some(Object.values(Modality))), hasAll: maybe(some(Object.values(Modality))) },
      { requiredKeys: [] },
    ),
  ),
  startDateTime: maybe(range(TIMES)),
  endDateTime: maybe(range(TIMES)),
  lastModifiedDateTime: maybe(range(TIMES)),
  durationSeconds: maybe(range(SECONDS, BOUNDS)),
  organizer: maybe(identityFilter),
  participant: maybe(identityFilter),
  joinWebUrl: maybe(oneOf(['https://example.com/1', 'https://example.com/2', 'none'])),
  quality: maybe(some(Object.values(QualityClass))),
  failureStage: maybe(some(Object.values(FailureStage))),
  sessionsFetched: maybe(fc.boolean()),
  participantCount: maybe(range([0, 1, 2, 3])),
};

/** A filter of one or two members, so that not nearly all of them match nothing. */
const plain: fc.Arbitrary<CallRecordFilter> = fc
  .uniqueArray(oneOf(Object.keys(members) as (keyof typeof members)[]), { minLength: 1, maxLength: 2 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, members[name] as fc.Arbitrary<unknown>]))))
  .map((one) => one as CallRecordFilter);

/** Any filter. */
export const filter = fc.letrec<{ any: CallRecordFilter }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    plain,
    fc.tuple(plain, tie('any')).map(([one, other]) => ({ ...one, and: [other] })),
    fc.array(tie('any'), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('any'), { maxLength: 3 }).map((or) => ({ or })),
    fc.tuple(plain, tie('any')).map(([one, not]) => ({ ...one, not })),
    tie('any').map((not) => ({ not })),
  ),
})).any;

type Comparable = bigint | number;

function inRange<Value>(
  value: Comparable,
  bounds: Record<string, Value | null | undefined>,
  read: (bound: Value) => Comparable,
): boolean {
  return Object.entries(bounds).every(([name, bound]) => {
    if (bound == null) return true;
    const limit = read(bound);
    if (name === 'eq') return value === limit;
    return name.startsWith('l')
      ? value < limit || (name === 'lte' && value === limit)
      : value > limit || (name === 'gte' && value === limit);
  });
}

const isGuid = (id: string) => id.length === 36;
const sameId = (a: string, b: string) => a === b || (isGuid(a) && a.toLowerCase() === b.toLowerCase());
const known = (name: string, members: object) => (Object.values(members).includes(name) ? name : 'unknownFutureValue');
/** Without marks, upper case alone makes equal what the names above hold: ß and SS, σ and ς, å and A. */
const folded = (name: string) => name.normalize('NFD').replaceAll(/\p{M}/gu, '').toUpperCase();
const contains = (name: string, part: string) => folded(name).includes(folded(part));

function identityMatches(kind: string, member: JsonObject, asked: IdentityFilter): boolean {
  const { id, displayName, tenantId, userPrincipalName } = member as { [name: string]: string | undefined };
  return (
    (asked.id == null || asked.id.some((one) => id !== undefined && sameId(one, id))) &&
    (asked.kind == null || (asked.kind as string[]).includes(kind)) &&
    (asked.tenantId == null || asked.tenantId.some((one) => tenantId !== undefined && sameId(one, tenantId))) &&
    (asked.displayName == null || (displayName !== undefined && contains(displayName, asked.displayName))) &&
    (asked.userPrincipalName == null ||
      (userPrincipalName !== undefined && folded(userPrincipalName) === folded(asked.userPrincipalName)))
  );
}

function someoneMatches(sets: (JsonObject | null)[], asked: IdentityFilter): boolean {
  if (Object.values(asked).every((member) => member == null)) return true;
  return sets.some((set) =>
    Object.entries(set ?? {}).some(([kind, member]) => identityMatches(kind, member as JsonObject, asked)),
  );
}

/** Whether a person is caller or callee of a session. */
function isInSession({ caller, callee }: JsonObject, person: string): boolean {
  return [caller, callee].some((one) => {
    const { associatedIdentity, identity: set } = (one ?? {}) as { [name: string]: JsonObject | undefined };
    return [associatedIdentity, ...Object.values(set ?? {})].some(
      (member) => member && sameId((member as { id: string }).id, person),
    );
  });
}

/** The sessions that count for a viewer, null for all; null where none were fetched. */
export function counted(
  { sessions: all, sessionsFetched }: CallRecordDocument,
  viewer: string | null,
): JsonObject[] | null {
  if (sessionsFetched === Fetched.none) return null;
  return all.filter((one) => one.isTest !== true && (viewer === null || isInSession(one, viewer)));
}

function qualityMatches(
  own: JsonObject[] | null,
  { quality, failureStage, sessionsFetched }: CallRecordFilter,
): boolean {
  const told = JSON.stringify(own);
  const found = ['POOR', 'GOOD'].find((one) => told.includes(`"${one}"`)) ?? 'UNCLASSIFIED';
  const stages = (own ?? []).flatMap((one) => (one.failureInfo ? [(one.failureInfo as { stage: string }).stage] : []));
  return (
    (quality == null || (own !== null && (quality as string[]).includes(found))) &&
    (failureStage == null || stages.some((one) => (failureStage as string[]).includes(known(one, FailureStage)))) &&
    (sessionsFetched == null || sessionsFetched === (own !== null))
  );
}

/** Whether a filter holds for a document, in plain words; `viewer`: for whom, null for who sees everything. */
export function holds(one: CallRecordDocument, asked: CallRecordFilter, viewer: string | null = null): boolean {
  const modalities = one.modalities.map((member) => known(member, Modality));
  const ticks = toTicks(one.endDateTime) - toTicks(one.startDateTime);
  return (
    (asked.id == null || asked.id.includes(one.id)) &&
    (asked.type == null || (asked.type as string[]).includes(known(one.type, CallType))) &&
    (asked.modalities?.hasAny == null || asked.modalities.hasAny.some((member) => modalities.includes(member))) &&
    (asked.modalities?.hasAll == null ||
      (asked.modalities.hasAll.length > 0 && asked.modalities.hasAll.every((member) => modalities.includes(member)))) &&
    inRange(toTicks(one.startDateTime), { ...asked.startDateTime }, toTicks) &&
    inRange(toTicks(one.endDateTime), { ...asked.endDateTime }, toTicks) &&
    inRange(toTicks(one.lastModifiedDateTime), { ...asked.lastModifiedDateTime }, toTicks) &&
    inRange(Number(ticks) / 1e7, { ...asked.durationSeconds }, (seconds: number) => seconds) &&
    (asked.organizer == null || someoneMatches([one.organizer], asked.organizer)) &&
    (asked.participant == null || someoneMatches(one.participants, asked.participant)) &&
    (asked.joinWebUrl == null || asked.joinWebUrl === one.joinWebUrl) &&
    inRange(one.participants.length, { ...asked.participantCount }, (count: number) => count) &&
    qualityMatches(counted(one, viewer), asked) &&
    (asked.and == null || asked.and.every((part) => holds(one, part, viewer))) &&
    (asked.or == null || asked.or.some((part) => holds(one, part, viewer))) &&
    (asked.not == null || !holds(one, asked.not, viewer))
  );
}

/** Whether a record is one of a person's own. */
export const involves = (one: CallRecordDocument, person: string) =>
  someoneMatches([one.organizer, ...one.participants], { id: [person] });

/** What a database of a person's own would hold of a record: of its sessions the person's own. */
export const ownPart = (one: CallRecordDocument, person: string): CallRecordDocument => ({
  ...one,
  sessions: one.sessions.filter((session) => isInSession(session, person)),
});

const PATIENCE_MS = 240_000;

/** Any filter over any records, against an oracle in plain JavaScript. */
export function describeOracle(openNew: OpenStore): void {
  describe('any filter', () => {
    const open = reusedStores(openNew);

    test(
      'A list and its count are the records for which the filter holds, for everybody and for one person',
      async () => {
        let matches = 0;
        await fc.assert(
          fc.asyncProperty(documents, fc.array(filter, { minLength: 6, maxLength: 12 }), (all, filters) =>
            withStore(open, async (store) => {
              await store.import(all);
              for (const asked of filters) {
                const expected = all.filter((one) => holds(one, asked));
                expect(await matching(store, asked)).toEqual(expected.map(({ id }) => id));
                const own = all.filter((one) => involves(one, PERSON) && holds(one, asked, PERSON));
                expect(await matching(store, asked, PERSON)).toEqual(own.map(({ id }) => id));
                matches += expected.length > 0 && expected.length < all.length ? 1 : 0;
              }
            }),
          ),
          { numRuns: 60 },
        );
        // The property says little where filters match all or nothing.
        expect(matches).toBeGreaterThan(40);
      },
      PATIENCE_MS,
    );

    test(
      "What a person gets is what a store of that person's records alone gives",
      async () => {
        await fc.assert(
          fc.asyncProperty(documents, fc.array(filter, { minLength: 6, maxLength: 12 }), (all, filters) =>
            withStore(open, (store) =>
              withStore(open, async (own) => {
                await store.import(all);
                await own.import(all.filter((one) => involves(one, PERSON)).map((one) => ownPart(one, PERSON)));
                for (const asked of filters) {
                  const list = { ...listQuery({ filter: asked, limit: 5 }), columns: [...PEOPLE, 'quality' as const] };
                  expect(await store.list({ ...list, visibleTo: PERSON })).toEqual(await own.list(list));
                  expect(await store.count({ filter: asked, visibleTo: PERSON })).toBe(await own.count(list));
                }
              }),
            ),
          ),
          { numRuns: 60 },
        );
      },
      PATIENCE_MS,
    );
  });
}
