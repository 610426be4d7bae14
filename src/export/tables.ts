import type { GraphQLSchema } from 'graphql';
import { ticksBetween, toSeconds } from '../domain/date-time.js';
import { Fetched, type JsonObject } from '../domain/document.js';
import type { CallQuality } from '../domain/quality.js';
import { DURATION_SECONDS } from '../domain/segment.js';
import { type Column, type ColumnInfo, column, columnsOf, required, type Value } from './columns.js';
import {
  type CallRow,
  ENDS_OF_MEDIA,
  type Leg,
  objectOf,
  type Part,
  type ParticipantRow,
  type Parts,
  type SegmentRow,
  type SessionRow,
  type StreamRow,
} from './parts.js';

/** A table, and how a record becomes rows of it. A row has a value for each column. */
export interface Table {
  name: string;
  columns: readonly ColumnInfo[];
  rowsOf: (parts: Parts) => Value[][];
}

/** The tables of call records, made from the schema's types: one of records, and one for each list below them. */
export function tablesOf(schema: GraphQLSchema): Table[] {
  return [
    table('calls', CALL_COLUMNS),
    table('participants', participantColumns(schema)),
    table('sessions', sessionColumns(schema)),
    table('segments', segmentColumns(schema)),
    table('streams', streamColumns(schema)),
  ];
}

function table<Name extends keyof Parts>(name: Name, columns: Column<Parts[Name][number]>[]): Table {
  const readers = columns.map(({ read }) => read);
  return {
    name,
    columns: columns.map(({ read: _read, ...info }) => info),
    rowsOf: (parts) => parts[name].map((row) => readers.map((read) => read(row))),
  };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
/** Words in one cell, separated by blanks, which no member of an enumeration has. */
const wordsOf = (list: unknown) =>
  Array.isArray(list) ? list.filter((one) => typeof one === 'string').join(' ') : null;

const WORDS = 'separated by blanks';
const ID = 'Microsoft Entra object id, telephone number or other text';

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

const CALL_ID = required('callId', 'text', 'The id of the call, as in the table calls.', ({ callId }: Part) => callId);

function participantColumns(schema: GraphQLSchema): Column<ParticipantRow>[] {
  return [
    CALL_ID,
    required('participantPosition', 'int32', 'From 0, in the order given.', ({ position }) => position),
    column('kind', 'text', 'user, phone, guest and the like.', ({ kind }) => kind),
    ...columnsOf(schema, 'UserIdentity', '', ({ identity }: ParticipantRow) => identity),
    ...columnsOf(schema, 'IdentitySet', '', ({ set }: ParticipantRow) => set),
  ];
}

/** The columns that sessions and segments share: times, failure, and both ends. */
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
  // Both kinds of user agent share some columns.
  return columns.filter(({ name }, index) => columns.findIndex((other) => other.name === name) === index);
}

const SESSION_POSITION = required(
  ...(['sessionPosition', 'int32', 'From 0, in the order of the source.'] as const),
  ({ sessionPosition }: { sessionPosition: number }) => sessionPosition,
);

function sessionColumns(schema: GraphQLSchema): Column<SessionRow>[] {
  return [
    CALL_ID,
    SESSION_POSITION,
    column('modalities', 'text', `Kinds of media, ${WORDS}.`, ({ leg }) => wordsOf(leg.modalities)),
    column('isTest', 'boolean', 'Whether it was a test call.', ({ leg }) =>
      leg.isTest == null ? null : leg.isTest === true,
    ),
    ...legColumns<SessionRow>(schema),
    ...qualityColumns(({ quality }: SessionRow) => quality),
  ];
}

const SEGMENT_POSITION = required(
  ...(['segmentPosition', 'int32', 'From 0, in the order of the source.'] as const),
  ({ segmentPosition }: { segmentPosition: number }) => segmentPosition,
);

function segmentColumns(schema: GraphQLSchema): Column<SegmentRow>[] {
  return [CALL_ID, SESSION_POSITION, SEGMENT_POSITION, ...legColumns<SegmentRow>(schema)];
}

function streamColumns(schema: GraphQLSchema): Column<StreamRow>[] {
  const ends = ENDS_OF_MEDIA.flatMap((name) =>
    columnsOf(
      schema,
      name.endsWith('Network') ? 'NetworkInfo' : 'DeviceInfo',
      name,
      ({ media }: StreamRow) => media[name],
    ),
  );
  return [
    ...[CALL_ID, SESSION_POSITION, SEGMENT_POSITION],
    required('mediaPosition', 'int32', 'From 0, in the order of the source.', ({ mediaPosition }) => mediaPosition),
    required('streamPosition', 'int32', 'From 0, in the order of the source.', ({ streamPosition }) => streamPosition),
    column('label', 'text', 'What the media is for, such as main-audio.', ({ media }) => textOf(media.label)),
    column('mediaKind', 'text', 'AUDIO, VIDEO or SCREEN_SHARING.', ({ media }) => media.kind),
    ...columnsOf(schema, 'MediaStream', '', ({ stream }: StreamRow) => stream),
    required('quality', 'text', 'GOOD, POOR or UNCLASSIFIED.', ({ quality }) => quality.quality),
    required('poorReasons', 'text', `Measurements by which it is poor, ${WORDS}.`, ({ quality }) =>
      quality.poorReasons.join(' '),
    ),
    ...ends,
  ];
}
