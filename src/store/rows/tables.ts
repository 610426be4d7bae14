import { IdentityKind } from '../../domain/identity.js';
import type { MemberColumns } from '../../domain/record-members.js';

/** The tables as Kysely sees them. `db/migrations` makes them and says what each column holds. */
export interface Tables {
  call_records: CallRecordsTable;
  call_record_sessions: SessionsTable;
  call_record_identities: IdentitiesTable;
  call_record_people: PeopleTable;
  call_record_streams: StreamsTable;
  call_record_unsummed: UnsummedTable;
  call_record_untallied: UnsummedTable;
  known_identities: KnownIdentitiesTable;
  call_record_tallies: { tallied: string; grain: string; slot: string; tally: Uint8Array };
  tallied_people: { number: number; identity_id: string; kind: string };
  idempotency_keys: { caller: string; key: string; input_hash: string; record_id: string; created_at: string };
  call_record_changes: ChangesTable;
  change_log_floor: { id: number; sequence: bigint };
  erased_people: ErasedPeopleTable;
  forgotten_details: { id: number; ended_before: string };
  leases: { name: string; holder: string; held_until: number; fence: number };
  sync_state: { name: string; value: string };
  sync_waiting: SyncWaitingTable;
  write_checks: { id: number; checked_at: string };
}

/** A person who was erased. */
export interface ErasedPeopleTable {
  /** A keyed hash of the id. */
  person_hash: string;
  /** The hash of the key itself: with another key, nobody would be found. */
  key_hash: string;
  /** The replacement of the id. */
  replacement: string;
  /** 0 until nothing of the person is left. */
  is_complete: number;
}

export interface SyncWaitingTable {
  record_id: string;
  version: bigint | null;
  since: string;
  state: 'waiting' | 'failed';
  due_at: number;
  attempts: number;
  ticket: number;
  reason: string | null;
}

export type ChangeKind = 'created' | 'updated' | 'deleted';

/** Quality as columns, of a record or of one person's sessions in it; all are null if none was computed. */
export interface QualityColumns {
  /** The class, and the stages at which sessions failed; see {@link classBits} and {@link stageBits}. */
  quality_bits: number | null;
  poor_reason_bits: number | null;
  good_streams: number | null;
  poor_streams: number | null;
  unclassified_streams: number | null;
  /** Without test sessions. */
  session_count: number | null;
  setup_failures: number | null;
  drops: number | null;
}

export interface CallRecordsTable extends MemberColumns, QualityColumns {
  modality_bits: number;
  duration_ticks: bigint;
  organizer: string | null;
  participants: string;
  participant_count: number;
  participants_fetched: number;
  sessions_fetched: number;
  extension: string | null;
  /** Random, and different after each write of the row; exact as a number. */
  revision: number;
  /** The number of the rules by which the quality was computed; null if there is none. */
  quality_rules: number | null;
}

/** A person in a record. The quality is that of the sessions of which they are caller or callee. */
export interface PeopleTable extends QualityColumns {
  identity_id: string;
  start_date_time: string;
  record_id: string;
  roles: number;
}

export interface SessionsTable {
  record_id: string;
  position: number;
  document: string;
  /** JSON list of the keys of the ids of its caller and callee. */
  identity_ids: string;
}

/**
 * How many streams of a session have the same network, devices and client on a person's side; null for what the source
 * does not give.
 */
export interface StreamsTable {
  record_id: string;
  /** The position of the session. */
  position: number;
  /** Tells the rows of a session apart. */
  place: number;
  media_kind: string | null;
  subnet: string | null;
  connection_type: string | null;
  wifi_band: string | null;
  capture_device: string | null;
  render_device: string | null;
  client_platform: string | null;
  client_version: string | null;
  audio_codec: string | null;
  poor_reason_bits: number;
  good_streams: number;
  poor_streams: number;
  unclassified_streams: number;
}

/** An hour, as `2026-01-15T12`, in which something changed since its calls were added up. */
export interface UnsummedTable {
  hour: string;
  /** Milliseconds since 1970, by the clock of the writer. */
  marked_at: number;
}

/** A change as a writer logs it. */
export interface LoggedChange {
  record_id: string;
  kind: ChangeKind;
  /** The version that the change made, or deleted. */
  version: bigint;
  /** JSON list of the ids of people who were in the record before and are not any more; null for nobody. */
  people_removed: string | null;
  /** JSON list of the ids of people who came in with an update; null for nobody, and if the record was created. */
  people_added: string | null;
}

export interface ChangesTable extends LoggedChange {
  sequence?: number | bigint;
  /** Milliseconds since 1970. */
  changed_at: number | bigint;
}

export interface IdentitiesTable {
  record_id: string;
  /** -1 for the organizer, from 0 for participants. */
  position: number;
  kind: string;
  identity_id: string | null;
  tenant_id: string | null;
  /** Folded, like the sign-in name; see `foldName`. */
  display_name: string | null;
  user_principal_name: string | null;
}

/** An identity as it stands in records: one row for each combination of its names. */
export interface KnownIdentity {
  /** Empty if it has no id. */
  identity_id: string;
  kind: string;
  /** Empty if it has no name. */
  display_name: string;
  /** Empty if it has no sign-in name. */
  user_principal_name: string;
}

export interface KnownIdentitiesTable extends KnownIdentity {
  /** The text that a search looks through: id, name and sign-in name, folded. */
  search_text: string;
}

/** The bits of `call_record_people.roles` for the role of a person in a record. */
export const ORGANIZER = 1;
export const PARTICIPANT = 2;
/**
 * Caller or callee of a session or a segment. A person with this bit alone counts as in the record for no rule, filter,
 * search or count.
 */
export const IN_SESSION = 4;
/** Everybody who is in the record. */
export const INVOLVED = ORGANIZER | PARTICIPANT;

/**
 * The bits, in the same column, of the kinds in which a person is in a record, in the order in which kinds were added.
 */
export const KIND_BITS: ReadonlyMap<string, number> = new Map(
  Object.values(IdentityKind).map((kind, index) => [kind, (IN_SESSION << 1) << index]),
);
