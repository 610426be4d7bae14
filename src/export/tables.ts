import type { GraphQLSchema } from 'graphql';
import { ticksBetween, toSeconds } from '../domain/date-time.js';
import { type CallRecordDocument, Fetched, identitiesOf, isObject, type JsonObject } from '../domain/document.js';
import { identityOf } from '../domain/endpoint.js';
import { type CallQuality, kindOfMedia, qualityOfSession, qualityOfStream, totalOf } from '../domain/quality.js';
import { DURATION_SECONDS } from '../domain/segment.js';
import { objectsOf } from '../platform/json-object.js';
import { type Column, type ColumnInfo, column, columnsOf, required, type Value } from './columns.js';

/** A table, and the rows that a record has in it, each a value for each column. */
export interface Table {
  name: string;
  columns: readonly ColumnInfo[];
  rowsOf: (document: CallRecordDocument) => Value[][];
}

/** The tables of call records, by the types of the schema: one of records, and one for each list below them. */
export function tablesOf(schema: GraphQLSchema): Table[] {
  return [
    table('calls', CALL_COLUMNS, (document) => [toCall(document)]),
    table('participants', participantColumns(schema), participantsOf),
    table('sessions', sessionColumns(schema), sessionsOf),
    table('segments', segmentColumns(schema), (document) => sessionsOf(document).flatMap(segmentsOf)),
    table('streams', streamColumns(schema), (document) => sessionsOf(document).flatMap(segmentsOf).flatMap(streamsOf)),
  ];
}

function table<Row>(name: string, columns: Column<Row>[], rows: (document: CallRecordDocument) => Row[]): Table {
  return {
    name,
    columns: columns.map(({ read: _read, ...info }) => info),
    rowsOf: (document) => rows(document).map((row) => columns.map(({ read }) => read(row))),
  };
}

interface Person {
  kind: string | null;
  identity: JsonObject | null;
}

/** Of several identities in a set the first in the order in which Graph's entities take their id. */
function personOf(set: JsonObject | null): Person {
  return (set && identitiesOf(set)[0]) ?? { kind: null, identity: null };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
/** Several words in one cell; no member of an enumeration has a blank. */
const wordsOf = (list: unknown) =>
  Array.isArray(list) ? list.filter((one) => typeof one === 'string').join(' ') : null;

const WORDS = 'separated by blanks';
const ID = 'Microsoft Entra object id, telephone number or other text';

interface CallRow {
  document: CallRecordDocument;
  organizer: Person;
  quality: CallQuality | null;
}

function toCall(document: CallRecordDocument): CallRow {
  const isKnown = document.sessionsFetched !== Fetched.none;
  const quality = isKnown ? totalOf(document.sessions.map(qualityOfSession)) : null;
  return { document, organizer: personOf(document.organizer), quality };
}

const FETCHED = { [Fetched.none]: 'none', [Fetched.partly]: 'partly', [Fetched.wholly]: 'wholly' };

const CALL_COLUMNS: Column<CallRow>[] = [
  required('id', 'text', 'GUID in lower case.', ({ document }) => document.id),
  required('version', 'int64', 'Counts up for each call from 1.', ({ document }) => document.version),
  required(
    'type',
    'text',
    'groupCall, peerToPeer, unknown, or what else the source sent.',
    ({ document }) => document.type,
  ),
  required('modalities', 'text', `Kinds of media, ${WORDS}.`, ({ document }) => document.modalities.join(' ')),
  required(
    'startDateTime',
    'timestamp',
    'When the first participant joined.',
    ({ document }) => document.startDateTime,
  ),
  required('endDateTime', 'timestamp', 'When the last participant left.', ({ document }) => document.endDateTime),
  required('durationSeconds', 'double', 'End minus start, in seconds.', ({ document }) =>
    toSeconds(ticksBetween(document.startDateTime, document.endDateTime)),
  ),
  column('joinWebUrl', 'text', 'The meeting URL.', ({ document }) => document.joinWebUrl),
  column('organizerId', 'text', `${ID}.`, ({ organizer }) => textOf(organizer.identity?.id)),
  column('organizerName', 'text', 'As in this call.', ({ organizer }) => textOf(organizer.identity?.displayName)),
  required('participantCount', 'int32', 'How many participants.', ({ document }) => document.participants.length),
  column('organizerKind', 'text', 'user, phone, guest and the like.', ({ organizer }) => organizer.kind),
  column('organizerTenantId', 'text', 'Microsoft Entra tenant.', ({ organizer }) =>
    textOf(organizer.identity?.tenantId),
  ),
  column('organizerUserPrincipalName', 'text', 'Sign-in name.', ({ organizer }) =>
    textOf(organizer.identity?.userPrincipalName),
  ),
  required(
    'lastModifiedDateTime',
    'timestamp',
    'When this version was made.',
    ({ document }) => document.lastModifiedDateTime,
  ),
  required(
    'participantsFetched',
    'text',
    'none, partly or wholly.',
    ({ document }) => FETCHED[document.participantsFetched],
  ),
  required('sessionsFetched', 'text', 'none, partly or wholly.', ({ document }) => FETCHED[document.sessionsFetched]),
  column(
    'sessionCount',
    'int32',
    'How many sessions, tests left out; null: never fetched.',
    ({ quality }) => quality?.sessions ?? null,
  ),
  ...qualityColumns(({ quality }: CallRow) => quality),
  column('setupFailures', 'int32', 'Sessions that never connected.', ({ quality }) => quality?.setupFailures ?? null),
  column('drops', 'int32', 'Sessions that ended abnormally.', ({ quality }) => quality?.drops ?? null),
];

function qualityColumns<Row>(find: (row: Row) => CallQuality | null): Column<Row>[] {
  return [
    column('quality', 'text', 'GOOD, POOR or UNCLASSIFIED.', (row) => find(row)?.class ?? null),
    column('poorReasons', 'text', `Measurements by which streams are poor, ${WORDS}.`, (row) =>
      wordsOf(find(row)?.poorReasons),
    ),
    column('goodStreams', 'int32', 'How many streams are good.', (row) => find(row)?.goodStreams ?? null),
    column('poorStreams', 'int32', 'How many streams are poor.', (row) => find(row)?.poorStreams ?? null),
    column(
      'unclassifiedStreams',
      'int32',
      'How many streams are not judged.',
      (row) => find(row)?.unclassifiedStreams ?? null,
    ),
  ];
}

interface Part {
  callId: string;
}

const CALL_ID = required('callId', 'text', 'The id of the call, as in the table calls.', ({ callId }: Part) => callId);

interface ParticipantRow extends Part, Person {
  position: number;
  set: JsonObject;
}

function participantsOf({ id, participants }: CallRecordDocument): ParticipantRow[] {
  return participants.map((set, position) => ({ callId: id, position, set, ...personOf(set) }));
}

function participantColumns(schema: GraphQLSchema): Column<ParticipantRow>[] {
  return [
    CALL_ID,
    required('participantPosition', 'int32', 'From 0, in the order given.', ({ position }) => position),
    column('kind', 'text', 'user, phone, guest and the like.', ({ kind }) => kind),
    ...columnsOf(schema, 'UserIdentity', '', ({ identity }: ParticipantRow) => identity),
    ...columnsOf(schema, 'IdentitySet', '', ({ set }: ParticipantRow) => set),
  ];
}

/** One end of a session or a segment. */
interface End extends Person {
  endpoint: JsonObject | null;
  agent: JsonObject | null;
  feedback: JsonObject | null;
}

interface Leg {
  leg: JsonObject;
  caller: End;
  callee: End;
}

const objectOf = (value: unknown) => (isObject(value) ? value : null);

function toLeg(leg: JsonObject): Leg {
  return { leg, caller: toEnd(objectOf(leg.caller)), callee: toEnd(objectOf(leg.callee)) };
}

function toEnd(endpoint: JsonObject | null): End {
  return {
    ...personOf(endpoint && identityOf(endpoint)),
    endpoint,
    agent: objectOf(endpoint?.userAgent),
    feedback: objectOf(endpoint?.feedback),
  };
}

/** What sessions and segments both have: times, failure, and what stands at each end. */
function legColumns<Row extends Leg>(schema: GraphQLSchema): Column<Row>[] {
  return [
    column('id', 'text', 'As Graph has it; not unique.', ({ leg }: Row) => textOf(leg.id)),
    ...columnsOf(schema, 'Segment', '', ({ leg }: Row) => leg).filter(({ type }) => type === 'timestamp'),
    column('durationSeconds', 'double', 'End minus start, in seconds.', ({ leg }) => durationOf(leg)),
    ...columnsOf(schema, 'FailureInfo', 'failure', ({ leg }: Row) => objectOf(leg.failureInfo)),
    ...endColumns<Row>(schema, 'caller'),
    ...endColumns<Row>(schema, 'callee'),
  ];
}

function durationOf(leg: JsonObject): Value {
  return 'compute' in DURATION_SECONDS ? (DURATION_SECONDS.compute(leg, {}) as number | null) : null;
}

function endColumns<Row extends Leg>(schema: GraphQLSchema, side: 'caller' | 'callee'): Column<Row>[] {
  const identity = (row: Row) => row[side].identity;
  const agent = (row: Row) => row[side].agent;
  const columns = [
    column(`${side}Kind`, 'text', 'user, phone, guest and the like; null of a service.', (row: Row) => row[side].kind),
    ...columnsOf(schema, 'UserIdentity', side, identity),
    ...columnsOf(schema, 'ParticipantEndpoint', `${side}Endpoint`, (row: Row) => row[side].endpoint),
    ...columnsOf(schema, 'ClientUserAgent', side, agent),
    ...columnsOf(schema, 'ServiceUserAgent', side, agent),
    ...columnsOf(schema, 'UserFeedback', `${side}Feedback`, (row: Row) => row[side].feedback),
  ];
  // What both kinds of user agent have.
  return columns.filter(({ name }, index) => columns.findIndex((other) => other.name === name) === index);
}

interface SessionRow extends Part, Leg {
  sessionPosition: number;
}

/** Those that were fetched of this version of the record. */
function sessionsOf({ id, sessions, sessionsFetched }: CallRecordDocument): SessionRow[] {
  if (sessionsFetched === Fetched.none) return [];
  return sessions.map((session, sessionPosition) => ({ callId: id, sessionPosition, ...toLeg(session) }));
}

const SESSION_POSITION = required(
  ...(['sessionPosition', 'int32', 'From 0, in the order of the source.'] as const),
  ({ sessionPosition }: SessionRow) => sessionPosition,
);

function sessionColumns(schema: GraphQLSchema): Column<SessionRow & { quality?: CallQuality }>[] {
  // Several columns tell of one quality.
  const qualityOf = (row: SessionRow & { quality?: CallQuality }) => (row.quality ??= qualityOfSession(row.leg));
  return [
    CALL_ID,
    SESSION_POSITION,
    column('modalities', 'text', `Kinds of media, ${WORDS}.`, ({ leg }) => wordsOf(leg.modalities)),
    column('isTest', 'boolean', 'Whether it was a test call.', ({ leg }) =>
      leg.isTest == null ? null : leg.isTest === true,
    ),
    ...legColumns<SessionRow>(schema),
    ...qualityColumns(qualityOf),
  ];
}

interface SegmentRow extends SessionRow {
  segmentPosition: number;
}

function segmentsOf({ callId, sessionPosition, leg }: SessionRow): SegmentRow[] {
  return objectsOf(leg.segments).map((segment, segmentPosition) => ({
    ...{ callId, sessionPosition, segmentPosition },
    ...toLeg(segment),
  }));
}

const SEGMENT_POSITION = required(
  ...(['segmentPosition', 'int32', 'From 0, in the order of the source.'] as const),
  ({ segmentPosition }: SegmentRow) => segmentPosition,
);

function segmentColumns(schema: GraphQLSchema): Column<SegmentRow>[] {
  return [CALL_ID, SESSION_POSITION, SEGMENT_POSITION, ...legColumns<SegmentRow>(schema)];
}

interface StreamRow extends SegmentRow {
  mediaPosition: number;
  streamPosition: number;
  media: JsonObject;
  stream: JsonObject;
  quality: ReturnType<typeof qualityOfStream>;
}

function streamsOf(segment: SegmentRow): StreamRow[] {
  return objectsOf(segment.leg.media).flatMap((media, mediaPosition) =>
    objectsOf(media.streams).map((stream, streamPosition) => ({
      ...segment,
      ...{ mediaPosition, streamPosition, media, stream },
      quality: qualityOfStream(stream, media.label),
    })),
  );
}

function streamColumns(schema: GraphQLSchema): Column<StreamRow>[] {
  const within = (name: string) => (row: StreamRow) => objectOf(row.media[name]);
  return [
    ...[CALL_ID, SESSION_POSITION, SEGMENT_POSITION],
    required('mediaPosition', 'int32', 'From 0, in the order of the source.', ({ mediaPosition }) => mediaPosition),
    required('streamPosition', 'int32', 'From 0, in the order of the source.', ({ streamPosition }) => streamPosition),
    column('label', 'text', 'What the media is for, such as main-audio.', ({ media }) => textOf(media.label)),
    column('mediaKind', 'text', 'AUDIO, VIDEO or SCREEN_SHARING.', ({ media }) => kindOfMedia(media)),
    ...columnsOf(schema, 'MediaStream', '', ({ stream }: StreamRow) => stream),
    required('quality', 'text', 'GOOD, POOR or UNCLASSIFIED.', ({ quality }) => quality.quality),
    required('poorReasons', 'text', `Measurements by which it is poor, ${WORDS}.`, ({ quality }) =>
      quality.poorReasons.join(' '),
    ),
    ...['callerNetwork', 'calleeNetwork'].flatMap((name) => columnsOf(schema, 'NetworkInfo', name, within(name))),
    ...['callerDevice', 'calleeDevice'].flatMap((name) => columnsOf(schema, 'DeviceInfo', name, within(name))),
  ];
}
