import fc from 'fast-check';
import { RECORD, startTestServer, type TestServer } from '../support/harness.js';
import { clear, dataOf, guid, importRecord, storePayloads } from '../support/asking.js';

const RUNS = 25;
const PEOPLE = [1, 2, 3, 4].map((number) => `abcdef0${number}-0000-4000-8000-00000000000${number}`);
const [ANNA] = PEOPLE as [string];

let everyones: TestServer;
let annas: TestServer;
beforeAll(async () => {
  [everyones, annas] = await Promise.all([startTestServer(), startTestServer()]);
});
afterAll(() => Promise.all([everyones.end(), annas.end()]));

const anyCase = fc
  .tuple(fc.constantFrom(...PEOPLE), fc.boolean())
  .map(([id, upper]) => (upper ? id.toUpperCase() : id));
const identitySet = fc.oneof(
  { weight: 4, arbitrary: anyCase.map((id) => ({ user: { id, displayName: `Person ${id.charAt(7)}` } })) },
  { weight: 1, arbitrary: fc.constantFrom('+1', '+2').map((id) => ({ phone: { id } })) },
  { weight: 1, arbitrary: fc.constantFrom('Person 1', 'Émile').map((displayName) => ({ guest: { displayName } })) },
);
const endpoint = fc.oneof(
  anyCase.map((id) => ({ associatedIdentity: { id } })),
  anyCase.map((id) => ({ identity: { user: { id } } })),
  fc.constant({ '@odata.type': '#microsoft.graph.callRecords.serviceEndpoint' }),
);
const session = fc.record({
  ...{ id: fc.constantFrom('s', 't'), caller: endpoint, callee: endpoint },
  startDateTime: fc.constant('2026-01-15T12:00:00Z'),
  endDateTime: fc.constantFrom('2026-01-15T12:00:00.5Z', '2026-01-15T12:01:00Z'),
  isTest: fc.constantFrom(false, false, true),
  failureInfo: fc.option(fc.constantFrom('callSetup', 'midcall', 'unknown').map((stage) => ({ stage }))),
  segments: fc
    .array(
      fc.record({
        packetUtilization: fc.constantFrom(900, 900, 3),
        averageJitter: fc.constantFrom('PT0.03S', 'PT0.031S', null),
        averagePacketLossRate: fc.constantFrom(0.1, 0.2, null),
      }),
      { maxLength: 3 },
    )
    .map((streams) => [{ media: [{ label: 'main-audio', streams }] }]),
});
/** Starts and lengths of a small range, so that records tie in every order. */
const record = fc.record({
  type: fc.constantFrom('unknown', 'groupCall', 'peerToPeer'),
  modalities: fc.subarray(['audio', 'video', 'data']),
  startDateTime: fc.constantFrom('2026-01-15T12:00:00Z', '2026-01-15T12:00:00.0000001Z', '2026-01-16T12:00:00Z'),
  endDateTime: fc.constantFrom('2026-01-15T12:00:00.5Z', '2026-01-16T13:00:00Z'),
  lastModifiedDateTime: fc.constantFrom('2026-01-17T00:00:00Z', '2026-01-18T00:00:00Z'),
  organizer: fc.option(identitySet),
  participants: fc.array(identitySet, { maxLength: 4 }),
  sessions: fc.option(fc.array(session, { maxLength: 4 }), { nil: undefined }),
});
type Session = typeof session extends fc.Arbitrary<infer Value> ? Value : never;
type Generated = { organizer: object | null; participants: object[]; sessions: Session[] | undefined };
const hasAnna = ({ caller, callee }: Session) =>
  [caller, callee].some((end) => JSON.stringify(end).toLowerCase().includes(`"${ANNA}"`));
/** Of participants that were never fetched the sessions tell; who is in them is not what this is about. */
const sessionsOf = ({ participants, sessions }: Generated) => (participants.length > 0 ? sessions : undefined);
const involvesAnna = ({ organizer, participants }: Generated) =>
  [organizer, ...participants].some(
    (set) => (set as { user?: { id: string } } | null)?.user?.id.toLowerCase() === ANNA,
  );

const identityFilter = fc.oneof(
  fc.record({ id: fc.array(anyCase, { minLength: 1, maxLength: 2 }) }),
  fc.record({ kind: fc.subarray(['USER', 'PHONE', 'GUEST']) }),
  fc.record({ displayName: fc.constantFrom('person', 'PERSON 1', 'é', '') }),
);
const { filter } = fc.letrec<{ filter: object }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.record({ type: fc.subarray(['unknown', 'groupCall', 'peerToPeer']) }),
    fc.record({ organizer: identityFilter }),
    fc.record({ participant: identityFilter }),
    fc.record({ modalities: fc.record({ hasAny: fc.subarray(['audio', 'video']) }) }),
    fc.record({ startDateTime: fc.constant({ gt: '2026-01-15T12:00:00Z' }) }),
    fc.record({ quality: fc.subarray(['GOOD', 'POOR', 'UNCLASSIFIED']) }),
    fc.record({ failureStage: fc.subarray(['callSetup', 'midcall', 'unknown']) }),
    fc.record({ sessionsFetched: fc.boolean() }),
    fc.record({ participantCount: fc.record({ gte: fc.integer({ min: 0, max: 4 }) }) }),
    fc.record({ not: tie('filter') }),
    fc.record({ or: fc.array(tie('filter'), { maxLength: 2 }) }),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 2 }) }),
  ),
}));
const listing = fc.record({
  filter: fc.option(filter),
  orderBy: fc.record({
    field: fc.constantFrom('START_DATE_TIME', 'END_DATE_TIME', 'LAST_MODIFIED_DATE_TIME', 'DURATION'),
    direction: fc.constantFrom('ASC', 'DESC'),
  }),
  size: fc.integer({ min: 0, max: 3 }),
  backward: fc.boolean(),
});
type Listing = typeof listing extends fc.Arbitrary<infer Value> ? Value : never;

const SESSIONS =
  'sessions(first: 2) { totalCount edges { node { sessionId durationSeconds caller { __typename } } } pageInfo { hasNextPage } }';
const QUALITY = `fragment Quality on CallRecord { quality {
  class goodStreams poorStreams unclassifiedStreams poorReasons sessions setupFailures drops } }`;
const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: CallRecordFilter, $orderBy: CallRecordOrder) {
  callRecords(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount edges { cursor } nodes { ...Record ...Quality sessions { totalCount edges { cursor } pageInfo { endCursor } nodes { sessionId quality { class } } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } ${RECORD} ${QUALITY}`;
const CALLS = `query ($last: Int, $before: String, $filter: CallRecordFilter, $orderBy: CallRecordOrder) {
  callRecords(orderBy: $orderBy) { nodes { participants { user { account { callRecords(last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { id ...Quality } pageInfo { hasNextPage hasPreviousPage } } } } } } } } ${QUALITY}`;
const PEOPLE_OF = 'kind identity { id displayName } } count totalDurationSeconds';
const STATISTICS = `query ($filter: CallRecordFilter) {
  callRecordStatistics(filter: $filter, interval: HOUR, timeZone: "Australia/Lord_Howe") {
    count totalDurationSeconds averageDurationSeconds maximumDurationSeconds distinctParticipants
    byType { type count } byModality { modality count } byDuration { from count } byParticipantCount { from count }
    topOrganizers(first: 3) { organizer { ${PEOPLE_OF} } topParticipants(first: 3) { participant { ${PEOPLE_OF} }
    quality { goodCalls poorCalls unclassifiedCalls withoutSessions goodStreams poorStreams unclassifiedStreams sessions setupFailures drops }
    buckets { start count totalDurationSeconds goodCalls poorCalls unclassifiedCalls } hoursOfWeek { dayOfWeek hour count } } }`;
const BY_ID = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on CallRecord { ...Record ...Quality ${SESSIONS} }
  ... on User { callRecords(first: 2) { totalCount nodes { id } pageInfo { hasNextPage } } } } } ${RECORD} ${QUALITY}`;

/** All that someone can learn of the calls: two pages and the statistics of each listing, the calls of every account, every reference. */
async function seen(server: TestServer, token: string, listings: Listing[], ids: string[]): Promise<unknown[]> {
  const ask = async (query: string, variables: object) => dataOf(await server.ask(query, variables, token));
  const answers: unknown[] = [];
  for (const { filter, orderBy, size, backward } of listings) {
    const page = backward ? { last: size } : { first: size };
    const one = await ask(PAGE, { ...page, filter, orderBy });
    const { startCursor, endCursor } = one.callRecords.pageInfo;
    const next = backward ? { before: startCursor } : { after: endCursor };
    answers.push(one, await ask(PAGE, { ...page, ...next, filter, orderBy }));
    answers.push(await ask(STATISTICS, { filter }));
    answers.push(await ask(CALLS, { last: 1 + size, before: startCursor, filter, orderBy }));
  }
  const references = [
    ...ids.map((id) => ({ __typename: 'CallRecord', id })),
    ...PEOPLE.map((id) => ({ __typename: 'User', id })),
  ];
  answers.push(await ask(BY_ID, { ids: references }));
  for (const id of ids) answers.push(await ask('query ($id: ID!) { callRecord(id: $id) { id } }', { id }));
  return answers;
}

test('What a person sees is what everybody sees in a database that holds only the records of that person', async () => {
  const anna = await everyones.mint({ user: ANNA });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 8 }),
      fc.array(listing, { minLength: 2, maxLength: 3 }),
      async (generated, listings) => {
        const records = generated.map((changes, index) => ({
          ...importRecord(index, changes),
          sessions: sessionsOf(changes),
        }));
        const own = ({ sessions, ...record }: (typeof records)[number]) => ({
          ...record,
          sessions: sessions?.filter(hasAnna),
        });
        await Promise.all([clear(everyones), clear(annas)]);
        await storePayloads(everyones, records);
        await storePayloads(
          annas,
          records.filter((_record, index) => involvesAnna(generated[index] as Generated)).map(own),
        );
        const ids = records.map((_record, index) => guid(index));
        expect(await seen(everyones, anna, listings, ids)).toEqual(await seen(annas, annas.token, listings, ids));
      },
    ),
    { numRuns: RUNS },
  );
});
