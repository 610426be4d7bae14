/** The tables as Kysely sees them; `db/migrations` makes them and says what each column holds. */
export interface Tables {
  call_records: CallRecordsTable;
  call_record_sessions: { record_id: string; position: number; document: string };
  call_record_identities: IdentitiesTable;
  call_record_people: { identity_id: string; start_date_time: string; record_id: string; roles: number };
  identity_names: NamesTable;
  idempotency_keys: { caller: string; key: string; input_hash: string; record_id: string; created_at: string };
  call_record_changes: { sequence?: number | bigint; record_id: string; kind: ChangeKind };
  write_checks: { id: number; checked_at: string };
}

export type ChangeKind = 'created' | 'updated' | 'deleted';

export interface CallRecordsTable {
  id: string;
  version: bigint;
  type: string;
  modalities: string;
  modality_bits: number;
  start_date_time: string;
  end_date_time: string;
  last_modified_date_time: string;
  duration_ticks: bigint;
  join_web_url: string | null;
  organizer: string | null;
  participants: string;
  participant_count: number;
  participants_fetched: number;
  sessions_fetched: number;
  extension: string | null;
  /** Random, and another each time the row is written; exact as a number. */
  revision: number;
}

export interface IdentitiesTable {
  record_id: string;
  /** -1 for the organizer, from 0 for participants. */
  position: number;
  kind: string;
  identity_id: string | null;
  tenant_id: string | null;
  display_name: string | null;
}

export interface NamesTable {
  /** Empty for those without an id. */
  identity_id: string;
  display_name: string;
}

/** Bits of `call_record_people.roles`. */
export const ORGANIZER = 1;
export const PARTICIPANT = 2;
