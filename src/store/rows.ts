import { randomInt } from 'node:crypto';
import { ticksBetween, toSeconds, type UtcText } from '../domain/date-time.js';
import { CallRecord } from '../domain/call-record.js';
import { type CallRecordDocument, type JsonObject, identitiesOf } from '../domain/document.js';
import { CallType, Modality, toKnownMember, toKnownMembers } from '../domain/enums.js';
import type { IdentitySet } from '../domain/identity.js';
import { foldName, identityKey } from '../domain/identity.js';
import { parseJson, stringifyJson } from '../domain/json.js';
import { modalityBits } from './filter.js';
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
} from './schema.js';
import { endpointIds, sessionPeople } from './session-people.js';

/** A row of `call_records` as it is read: 64-bit integers come as text, people only where the query asks for them. */
export interface RecordRow {
  id: string;
  version: string;
  type: string;
  modalities: string;
  start_date_time: UtcText;
  end_date_time: UtcText;
  last_modified_date_time: UtcText;
  duration_ticks: string;
  join_web_url: string | null;
  participant_count: number;
  organizer?: string | null;
  participants?: string;
}

/** The record that clients see. */
export function toCallRecord(row: RecordRow): CallRecord {
  const record = new CallRecord();
  record.id = row.id;
  record.version = BigInt(row.version);
  record.type = toKnownMember(CallType, row.type);
  record.modalities = toKnownMembers(Modality, JSON.parse(row.modalities) as string[]);
  record.startDateTime = row.start_date_time;
  record.endDateTime = row.end_date_time;
  record.durationSeconds = toSeconds(row.duration_ticks);
  record.lastModifiedDateTime = row.last_modified_date_time;
  record.joinWebUrl = row.join_web_url;
  record.participantCount = row.participant_count;
  if (row.organizer !== undefined)
    record.organizer = row.organizer === null ? null : (JSON.parse(row.organizer) as IdentitySet);
  if (row.participants !== undefined) record.participants = JSON.parse(row.participants) as IdentitySet[];
  return record;
}

/** A stored row, whole, as it is written and as it is read for export and merging. */
export type DocumentRow = Omit<CallRecordsTable, 'version' | 'duration_ticks' | 'revision'> & { version: string };

export function toDocument(row: DocumentRow, sessions: string[]): CallRecordDocument {
  return {
    id: row.id,
    version: BigInt(row.version),
    type: row.type,
    modalities: JSON.parse(row.modalities) as string[],
    startDateTime: row.start_date_time,
    endDateTime: row.end_date_time,
    lastModifiedDateTime: row.last_modified_date_time,
    joinWebUrl: row.join_web_url,
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
  known: KnownIdentitiesTable[];
}

export function toRows(document: CallRecordDocument): DocumentRows {
  const identities = identityRows(document);
  return {
    record: recordRow(document),
    sessions: document.sessions.map((session, position) => ({
      record_id: document.id,
      position,
      document: stringifyJson(session),
      identity_ids: JSON.stringify(endpointIds(session)),
    })),
    identities,
    people: peopleRows(document, identities),
    known: identities.flatMap(knownIdentity),
  };
}

/** Revisions are below this: the most that `randomInt` takes, and exact in every number of ours. */
const REVISIONS = 2 ** 48 - 1;

/** The row of a record itself. */
export function recordRow(document: CallRecordDocument): CallRecordsTable {
  return {
    id: document.id,
    version: document.version,
    type: document.type,
    modalities: JSON.stringify(document.modalities),
    modality_bits: modalityBits(document.modalities),
    start_date_time: document.startDateTime,
    end_date_time: document.endDateTime,
    last_modified_date_time: document.lastModifiedDateTime,
    duration_ticks: ticksBetween(document.startDateTime, document.endDateTime),
    join_web_url: document.joinWebUrl,
    organizer: document.organizer === null ? null : stringifyJson(document.organizer),
    participants: stringifyJson(document.participants),
    participant_count: document.participants.length,
    participants_fetched: document.participantsFetched,
    sessions_fetched: document.sessionsFetched,
    extension: document.extension === null ? null : stringifyJson(document.extension),
    revision: randomInt(REVISIONS),
  };
}

/** Everybody in a record, the organizer first. */
export function identityRows(
  document: Pick<CallRecordDocument, 'id' | 'organizer' | 'participants'>,
): IdentitiesTable[] {
  const rows: IdentitiesTable[] = [];
  const add = (set: JsonObject, position: number) => {
    for (const { kind, identity } of identitiesOf(set)) {
      rows.push({
        record_id: document.id,
        position,
        kind,
        identity_id: typeof identity.id === 'string' ? identityKey(identity.id) : null,
        tenant_id: typeof identity.tenantId === 'string' ? identityKey(identity.tenantId) : null,
        display_name: typeof identity.displayName === 'string' ? foldName(identity.displayName) : null,
        user_principal_name:
          typeof identity.userPrincipalName === 'string' ? foldName(identity.userPrincipalName) : null,
      });
    }
  };
  if (document.organizer) add(document.organizer, -1);
  document.participants.forEach(add);
  return rows;
}

/** Separates what is searched, so that no part of it goes from one into the next: a part with it is nowhere found. */
export const NEXT = '\n';

/** What a part is looked for in. */
export function searchTextOf(known: Omit<KnownIdentity, 'kind'>): string {
  return [foldName(known.identity_id), known.display_name, known.user_principal_name].join(NEXT);
}

/** What is kept of an identity for finding it; nothing of one that has neither an id nor a name. */
export function knownIdentity({ kind, ...row }: IdentitiesTable): KnownIdentitiesTable[] {
  const known = {
    identity_id: row.identity_id ?? '',
    kind,
    display_name: row.display_name ?? '',
    user_principal_name: row.user_principal_name ?? '',
  };
  const isFound = row.identity_id !== null || known.display_name !== '' || known.user_principal_name !== '';
  return isFound ? [{ ...known, search_text: searchTextOf(known) }] : [];
}

function peopleRows(document: CallRecordDocument, identities: IdentitiesTable[]): Tables['call_record_people'][] {
  const roles = new Map<string, number>();
  for (const { identity_id, position, kind } of identities) {
    if (identity_id === null) continue;
    const role = (position < 0 ? ORGANIZER : PARTICIPANT) | (KIND_BITS.get(kind) as number);
    roles.set(identity_id, (roles.get(identity_id) ?? 0) | role);
  }
  for (const id of sessionPeople(document)) roles.set(id, (roles.get(id) ?? 0) | IN_SESSION);
  return [...roles].map(([identity_id, bits]) => ({
    identity_id,
    start_date_time: document.startDateTime,
    record_id: document.id,
    roles: bits,
  }));
}

/** A row that has just been written, as it is read. */
export function asRead(row: CallRecordsTable): RecordRow & { organizer: string | null; participants: string } {
  return { ...row, version: String(row.version), duration_ticks: String(row.duration_ticks) };
}
