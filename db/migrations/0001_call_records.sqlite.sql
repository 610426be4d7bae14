-- A record is written once and then read: the document for reading, index rows for finding.

CREATE TABLE call_records (
  id                      TEXT    NOT NULL PRIMARY KEY,  -- GUID, lower case
  version                 INTEGER NOT NULL,              -- 64 bits
  type                    TEXT    NOT NULL,              -- the source's text, which may be a member no schema knows
  modalities              TEXT    NOT NULL,              -- JSON list of the source's texts
  modality_bits           INTEGER NOT NULL,              -- the same as bits, for filters
  start_date_time         TEXT    NOT NULL,              -- UTC without Z and trailing zeros: text order is the order of time
  end_date_time           TEXT    NOT NULL,
  last_modified_date_time TEXT    NOT NULL,
  duration_ticks          INTEGER NOT NULL,              -- of 100 ns
  join_web_url            TEXT,
  organizer               TEXT,                          -- JSON identity set
  participants            TEXT    NOT NULL,              -- JSON list of identity sets
  participant_count       INTEGER NOT NULL,
  participants_fetched    INTEGER NOT NULL,              -- 0 none, 1 partly, 2 wholly
  sessions_fetched        INTEGER NOT NULL,
  extension               TEXT                           -- JSON of what else the source sent
) STRICT;

CREATE INDEX call_records_by_start         ON call_records (start_date_time, id);
CREATE INDEX call_records_by_end           ON call_records (end_date_time, id);
CREATE INDEX call_records_by_last_modified ON call_records (last_modified_date_time, id);
CREATE INDEX call_records_by_duration      ON call_records (duration_ticks, id);
CREATE INDEX call_records_by_join_web_url  ON call_records (join_web_url, start_date_time, id) WHERE join_web_url IS NOT NULL;

CREATE TABLE call_record_sessions (
  record_id TEXT    NOT NULL,
  position  INTEGER NOT NULL,
  document  TEXT    NOT NULL,                            -- JSON as it came
  PRIMARY KEY (record_id, position)
) STRICT, WITHOUT ROWID;

-- Everybody in a record: the organizer at position -1, participants from 0.
CREATE TABLE call_record_identities (
  record_id    TEXT    NOT NULL,
  position     INTEGER NOT NULL,
  kind         TEXT    NOT NULL,
  identity_id  TEXT,                                     -- GUIDs in lower case, other ids as they are
  tenant_id    TEXT,
  display_name TEXT,                                     -- folded, for comparing without regard to case
  PRIMARY KEY (record_id, position, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_record_identities_by_tenant ON call_record_identities (tenant_id, record_id) WHERE tenant_id IS NOT NULL;
CREATE INDEX call_record_identities_by_name   ON call_record_identities (display_name, record_id) WHERE display_name IS NOT NULL;

-- One row for each id in a record, so that "the newest calls of this person" is a range of this table.
CREATE TABLE call_record_people (
  identity_id     TEXT    NOT NULL,
  start_date_time TEXT    NOT NULL,
  record_id       TEXT    NOT NULL,
  roles           INTEGER NOT NULL,                      -- bits: 1 organizer, 2 participant
  PRIMARY KEY (identity_id, start_date_time, record_id)
) STRICT, WITHOUT ROWID;

-- Each name once: what a search for a part of a name looks through.
CREATE TABLE display_names (
  display_name TEXT NOT NULL PRIMARY KEY                 -- folded
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  caller     TEXT NOT NULL,
  key        TEXT NOT NULL,
  input_hash TEXT NOT NULL,                              -- SHA-256 of the validated input
  record_id  TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

-- What happened to which record, in the order of commits.
CREATE TABLE call_record_changes (
  sequence  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  record_id TEXT NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('created', 'updated', 'deleted'))
) STRICT;

-- Written to find out whether writing is possible.
CREATE TABLE write_checks (
  id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  checked_at TEXT    NOT NULL
) STRICT;
INSERT INTO write_checks VALUES (1, '');
