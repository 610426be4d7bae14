import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import { ticksBetween } from '../../domain/date-time.js';
import { CallRecord } from '../../domain/call-record.js';
import { type CallRecordDocument, type JsonObject, identitiesOf } from '../../domain/document.js';
import { foldName, identityKey } from '../../domain/identity.js';
import { parseJson, stringifyJson } from '../../platform/json.js';
import {
  type AsRead,
  type Field,
  FIELDS,
  mapMembers,
  MEMBER_LIST,
  type MemberColumns,
} from '../../domain/record-members.js';
import { modalityBits } from './modality-bits.js';
import {
  type CallRecordsTable,
  type IdentitiesTable,
  IN_SESSION,
  KIND_BITS,
  type KnownIdentitiesTable,
  type KnownIdentity,
  ORGANIZER,
  PARTICIPANT,
  type Tables,
} from './tables.js';
import { NO_QUALITY, qualityJson, qualityOfDocument, type RecordQuality, shownQuality } from './quality-columns.js';
import { endpointIds, sessionPeople } from './session-people.js';
import { streamRows } from './stream-rows.js';

/** The columns of {@link MEMBERS} as they are read: 64-bit integers come as text. */
type MemberRow = { [Name in keyof MemberColumns]: AsRead<MemberColumns[Name]> };

/** A row of `call_records` as it is read for clients. People are read only if the query asks for them. */
export interface RecordRow extends MemberRow {
  duration_ticks: string;
  participant_count: number;
  organizer?: string | null;
  participants?: string;
  /** JSON, as the caller sees it. */
  quality?: string | null;
}

/** A column of a record as it is read. */
export type Column = keyof RecordRow;

const COLUMNS: ReadonlyMap<Column, Field> = new Map([...FIELDS.values()].map((field) => [field.column, field]));
/** All columns, except those that are read only if asked for. */
export const SCALAR_COLUMNS: readonly Column[] = [...COLUMNS.values()]
  .filter(({ isJson }) => !isJson)
  .map(({ column }) => column);

/** Whether the column is null in some records. */
export function isNullable(name: Column | 'revision'): boolean {
  return COLUMNS.get(name as Column)?.isNullable === true;
}

const INT64 = new Set<keyof CallRecordsTable>(['version', 'duration_ticks', 'revision']);

/**
 * Columns of `call_records as r` for a select. 64-bit integers are read as text, as drivers round them or read them so.
 */
export function asRead<Name extends keyof CallRecordsTable>(columns: readonly Name[]) {
  return columns.map((name) => {
    const column = sql.ref<AsRead<CallRecordsTable[Name]>>(`r.${name}`);
    return (INT64.has(name) ? sql<AsRead<CallRecordsTable[Name]>>`cast(${column} as text)` : column).as(name);
  });
}

/** Columns of `call_records as r` for a select, as a person sees them (null: all of them). */
export function asShown(columns: readonly Column[], visibleTo: string | null) {
  const stored = columns.filter((name) => name !== 'quality');
  return [...asRead(stored), ...(stored.length < columns.length ? [shownQuality(visibleTo).as('quality')] : [])];
}

/** The record that clients see. */
export function toCallRecord(row: RecordRow): CallRecord {
  const record = new CallRecord();
  for (const [name, { column, show }] of FIELDS) {
    const stored = row[column];
    if (stored !== undefined) Object.assign(record, { [name]: show(stored) });
  }
  return record;
}

/** Columns of a record beside its members, for export and merging. */
const PARTS = ['organizer', 'participants', 'participants_fetched', 'sessions_fetched', 'extension'] as const;
export const DOCUMENT_COLUMNS = [...MEMBER_LIST.map(({ column }) => column), ...PARTS];

/** A whole stored row, as it is written, and as it is read for export and merging. */
export type DocumentRow = MemberRow & Pick<CallRecordsTable, (typeof PARTS)[number]>;

export function toDocument(row: DocumentRow, sessions: string[]): CallRecordDocument {
  return {
    ...mapMembers(({ column, kind }) => kind.fromColumn(row[column])),
    organizer: row.organizer === null ? null : (parseJson(row.organizer) as JsonObject),
    participants: parseJson(row.participants) as JsonObject[],
    participantsFetched: row.participants_fetched,
    sessions: sessions.map((session) => parseJson(session) as JsonObject),
    sessionsFetched: row.sessions_fetched,
    extension: row.extension === null ? null : (parseJson(row.extension) as CallRecordDocument['extension']),
  };
}

/** The rows of one record, by table. */
export interface DocumentRows {
  record: CallRecordsTable;
  sessions: Tables['call_record_sessions'][];
  identities: IdentitiesTable[];
  people: Tables['call_record_people'][];
  streams: Tables['call_record_streams'][];
  known: KnownIdentitiesTable[];
}

/** A record as it is stored, and as it is to be, of the same version. */
export interface Rewrite {
  from: CallRecordDocument;
  to: CallRecordDocument;
}

/** The rows of a record, without those by which its identities are found. */
export type OwnRows = Omit<DocumentRows, 'known'>;

/** The parts of a record as they are stored, and its rows as they are to be. Rows that stay the same are one object. */
export interface RewrittenRows {
  stored: Omit<OwnRows, 'record'>;
  rows: OwnRows;
  /** The columns of the record's own row that may differ. */
  columns: readonly string[];
}

/** The columns that hold people. The revision changes with each write. */
const OF_PEOPLE: readonly string[] = ['organizer', 'participants', 'extension', 'revision'];
const OF_PEOPLE_AND_URL: readonly string[] = [...OF_PEOPLE, 'join_web_url'];

/** Whether sums of calls may differ if these columns do. */
export const changesSums = (columns: readonly string[]): boolean =>
  columns.some((name) => !OF_PEOPLE_AND_URL.includes(name));

/** Rows of sessions that stay the same are left out. */
export function rewrittenRows({ from, to }: Rewrite): RewrittenRows {
  const isChanged = (_session: JsonObject, position: number) => from.sessions[position] !== to.sessions[position];
  const before = qualityOfDocument(from);
  const quality = qualityOfDocument(to);
  const record = recordRow(to, quality);
  const others = from.joinWebUrl === to.joinWebUrl ? OF_PEOPLE : OF_PEOPLE_AND_URL;
  const made: MadeRows = new Map();
  const stored = partRows(from, before, { isChanged, made });
  const rows = partRows(to, quality, { isChanged, made });
  return {
    stored,
    rows: { record, ...rows, people: rows.people.map((row, place) => sameOf(row, stored.people[place])) },
    columns: isEqual(before.record, quality.record) ? others : Object.keys(record),
  };
}

const isEqual = <Columns extends object>(one: Columns, other: Columns): boolean =>
  Object.entries(one).every(([name, value]) => other[name as keyof Columns] === value);

export function toRows(document: CallRecordDocument): DocumentRows {
  const quality = qualityOfDocument(document);
  const parts = partRows(document, quality);
  return { record: recordRow(document, quality), ...parts, known: parts.identities.flatMap(knownIdentity) };
}

/** The rows of identity sets. A set that stays when a record is rewritten is the same object. */
type MadeRows = Map<JsonObject, IdentitiesTable[]>;

interface Making {
  /** Whether the row of a session is made. */
  isChanged?: (session: JsonObject, position: number) => boolean;
  made?: MadeRows;
}

function partRows(
  document: CallRecordDocument,
  quality: RecordQuality,
  { isChanged = () => true, made }: Making = {},
): Omit<OwnRows, 'record'> {
  const identities = identityRows(document, made);
  return {
    sessions: document.sessions.flatMap((session, position) =>
      isChanged(session, position) ? [sessionRow(document.id, session, position)] : [],
    ),
    identities,
    people: peopleRows(document, identities, quality),
    streams: streamRows(document, quality),
  };
}

/** The stored row if it equals this one. */
const sameOf = <Row extends object>(row: Row, stored: Row | undefined): Row =>
  stored && isEqual(row, stored) ? stored : row;

const sessionRow = (record_id: string, session: JsonObject, position: number): Tables['call_record_sessions'] => ({
  record_id,
  position,
  document: stringifyJson(session),
  identity_ids: JSON.stringify(endpointIds(session)),
});

/** Revisions are below this number: the greatest that `randomInt` takes, and exact as a number. */
export const REVISIONS = 2 ** 48 - 1;

/** The row of a record itself. */
export function recordRow(
  document: CallRecordDocument,
  { record }: RecordQuality = qualityOfDocument(document),
): CallRecordsTable {
  // Member by member: V8 turns an object into a dictionary if so many members are copied into it, which takes ten times
  // as long.
  const row = {
    modality_bits: modalityBits(document.modalities),
    duration_ticks: ticksBetween(document.startDateTime, document.endDateTime),
    organizer: document.organizer === null ? null : stringifyJson(document.organizer),
    participants: stringifyJson(document.participants),
    participant_count: document.participants.length,
    participants_fetched: document.participantsFetched,
    sessions_fetched: document.sessionsFetched,
    extension: document.extension === null ? null : stringifyJson(document.extension),
    revision: randomInt(REVISIONS),
    quality_rules: record.quality_rules,
    quality_bits: record.quality_bits,
    poor_reason_bits: record.poor_reason_bits,
    good_streams: record.good_streams,
    poor_streams: record.poor_streams,
    unclassified_streams: record.unclassified_streams,
    session_count: record.session_count,
    setup_failures: record.setup_failures,
    drops: record.drops,
  } satisfies Omit<CallRecordsTable, keyof MemberColumns> as CallRecordsTable;
  const columns = row as unknown as Record<string, unknown>;
  for (const { name, column, kind } of MEMBER_LIST) columns[column] = kind.toColumn(document[name]);
  return row;
}

/** Everybody in a record, the organizer first. `made`: rows of the same sets that were made before. */
export function identityRows(
  { id, organizer, participants }: Pick<CallRecordDocument, 'id' | 'organizer' | 'participants'>,
  made?: MadeRows,
): IdentitiesTable[] {
  const rowsAt = (set: JsonObject, position: number) => {
    const rows = made?.get(set) ?? setRows(id, set, position);
    made?.set(set, rows);
    return rows;
  };
  return [...(organizer ? rowsAt(organizer, -1) : []), ...participants.flatMap(rowsAt)];
}

const setRows = (record_id: string, set: JsonObject, position: number): IdentitiesTable[] =>
  identitiesOf(set).map(({ kind, identity }) => ({
    record_id,
    position,
    kind,
    identity_id: typeof identity.id === 'string' ? identityKey(identity.id) : null,
    tenant_id: typeof identity.tenantId === 'string' ? identityKey(identity.tenantId) : null,
    display_name: typeof identity.displayName === 'string' ? foldName(identity.displayName) : null,
    user_principal_name: typeof identity.userPrincipalName === 'string' ? foldName(identity.userPrincipalName) : null,
  }));

/**
 * Separates the parts of a search text, so that no match goes from one part into the next. A search that contains it
 * finds nothing.
 */
export const NEXT = '\n';

/** The text that a search for a part of a name looks through. */
export function searchTextOf(known: Omit<KnownIdentity, 'kind'>): string {
  return [foldName(known.identity_id), known.display_name, known.user_principal_name].join(NEXT);
}

/** The identity of a row with its names; empty for those that it has not. */
export const namesIn = (row: IdentitiesTable): KnownIdentity => ({
  identity_id: row.identity_id ?? '',
  kind: row.kind,
  display_name: row.display_name ?? '',
  user_principal_name: row.user_principal_name ?? '',
});

/** The row by which an identity is found; none for an identity with neither an id nor a name. */
export function knownIdentity(row: IdentitiesTable): KnownIdentitiesTable[] {
  if (row.identity_id === null && !row.display_name && !row.user_principal_name) return [];
  const known = namesIn(row);
  return [{ ...known, search_text: searchTextOf(known) }];
}

function peopleRows(
  document: CallRecordDocument,
  identities: IdentitiesTable[],
  quality: RecordQuality,
): Tables['call_record_people'][] {
  const roles = new Map<string, number>();
  for (const { identity_id, position, kind } of identities) {
    if (identity_id === null) continue;
    const role = (position < 0 ? ORGANIZER : PARTICIPANT) | (KIND_BITS.get(kind) as number);
    roles.set(identity_id, (roles.get(identity_id) ?? 0) | role);
  }
  for (const id of sessionPeople(document)) roles.set(id, (roles.get(id) ?? 0) | IN_SESSION);
  return Array.from(roles, ([identity_id, bits]) =>
    Object.assign(
      { identity_id, start_date_time: document.startDateTime, record_id: document.id, roles: bits },
      quality.people.get(identity_id) ?? NO_QUALITY,
    ),
  );
}

/** A row that was just written, in the form in which it is read. */
export function toRead(row: CallRecordsTable): RecordRow & { organizer: string | null; participants: string } {
  const read: Record<string, unknown> = {};
  for (const column of COLUMNS.keys())
    read[column] = column === 'quality' ? qualityJson(row) : INT64.has(column) ? String(row[column]) : row[column];
  return read as unknown as ReturnType<typeof toRead>;
}
