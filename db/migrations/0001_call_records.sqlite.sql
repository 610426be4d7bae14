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
  extension               TEXT,                          -- JSON of what else the source sent
  revision                INTEGER NOT NULL,              -- random, another one each time the row is written
  -- The quality of the call by the sessions of this version; all are null until it was computed.
  quality_rules           INTEGER,                       -- the number of the rules that computed it
  quality_bits            INTEGER,                       -- 1 good, 2 poor, 4 unclassified; 8, 16, 32, 64: sessions failed at
                                                         -- stage unknown, callSetup, midcall, or one that is not known yet
  poor_reason_bits        INTEGER,
  good_streams            INTEGER,
  poor_streams            INTEGER,
  unclassified_streams    INTEGER,
  session_count           INTEGER,                       -- without test sessions
  setup_failures          INTEGER,
  drops                   INTEGER
) STRICT;

-- Each index holds all that filters and orders look at, and the revision: a record that does not match, or that a cache
-- holds, is passed over there, and its row is not read.
CREATE INDEX call_records_by_start         ON call_records (start_date_time, id, end_date_time, last_modified_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision);
CREATE INDEX call_records_by_end           ON call_records (end_date_time, id, start_date_time, last_modified_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision);
CREATE INDEX call_records_by_last_modified ON call_records (last_modified_date_time, id, start_date_time, end_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision);
CREATE INDEX call_records_by_duration      ON call_records (duration_ticks, id, start_date_time, end_date_time, last_modified_date_time, type, modality_bits, participant_count, quality_bits, revision);
-- Few calls are poor or failed: they are found without passing over the others.
CREATE INDEX call_records_in_trouble       ON call_records (start_date_time, id, end_date_time, last_modified_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision) WHERE (quality_bits & 122) <> 0;
-- For judging anew what was judged by other rules.
CREATE INDEX call_records_by_quality_rules ON call_records (quality_rules, id) WHERE quality_rules IS NOT NULL;
CREATE INDEX call_records_by_join_web_url  ON call_records (join_web_url, start_date_time, id) WHERE join_web_url IS NOT NULL;

CREATE TABLE call_record_sessions (
  record_id    TEXT    NOT NULL,
  position     INTEGER NOT NULL,
  document     TEXT    NOT NULL,                         -- JSON as it came
  identity_ids TEXT    NOT NULL,                         -- JSON list: the ids of its caller and callee, GUIDs in lower case
  PRIMARY KEY (record_id, position)
) STRICT, WITHOUT ROWID;

-- Everybody in a record: the organizer at position -1, participants from 0.
CREATE TABLE call_record_identities (
  record_id           TEXT    NOT NULL,
  position            INTEGER NOT NULL,
  kind                TEXT    NOT NULL,
  identity_id         TEXT,                              -- GUIDs in lower case, other ids as they are
  tenant_id           TEXT,
  display_name        TEXT,                              -- folded, for comparing without regard to case and accents
  user_principal_name TEXT,                              -- folded
  PRIMARY KEY (record_id, position, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_record_identities_by_tenant ON call_record_identities (tenant_id, record_id) WHERE tenant_id IS NOT NULL;
-- By an id, the records of a name are found among its calls; without one, they are found here.
CREATE INDEX call_record_identities_without_id ON call_record_identities (display_name, record_id) WHERE identity_id IS NULL AND display_name IS NOT NULL;
CREATE INDEX call_record_identities_by_user_principal_name ON call_record_identities (user_principal_name, record_id) WHERE identity_id IS NULL AND user_principal_name IS NOT NULL;

-- One row for each id in a record, so that "the newest calls of this person" is a range of this table. Roles tell the
-- kinds, too, so that the calls of somebody in a kind are counted in the same range.
CREATE TABLE call_record_people (
  identity_id          TEXT    NOT NULL,
  start_date_time      TEXT    NOT NULL,
  record_id            TEXT    NOT NULL,
  roles                INTEGER NOT NULL,                 -- bits: 1 organizer, 2 participant, 4 in a session, from 8 on the kinds
  -- The quality of the sessions of which this person is caller or callee, as call_records has that of all; else null.
  quality_bits         INTEGER,
  poor_reason_bits     INTEGER,
  good_streams         INTEGER,
  poor_streams         INTEGER,
  unclassified_streams INTEGER,
  session_count        INTEGER,
  setup_failures       INTEGER,
  drops                INTEGER,
  PRIMARY KEY (identity_id, start_date_time, record_id)
) STRICT, WITHOUT ROWID;

-- Who is in sessions alone stands in no identity row: by this, those rows are found when the record goes.
CREATE INDEX call_record_people_in_sessions ON call_record_people (record_id) WHERE (roles & 4) <> 0;

-- One row for each combination of names that stands in records. Most people bear the same in all their records, so that
-- a record of people who are known adds nothing.
CREATE TABLE known_identities (
  number              INTEGER PRIMARY KEY,               -- by which the index of parts names it
  identity_id         TEXT NOT NULL,                     -- empty for those without an id
  kind                TEXT NOT NULL,
  display_name        TEXT NOT NULL,                     -- folded, empty for those without
  user_principal_name TEXT NOT NULL,                     -- folded, empty for those without
  search_text         TEXT NOT NULL,                     -- all that a part is looked for in, folded
  UNIQUE (identity_id, kind, display_name, user_principal_name)
) STRICT;

-- For the search for a part of a name, without those who have none.
CREATE INDEX known_identities_by_display_name ON known_identities (display_name, identity_id) WHERE display_name <> '';
CREATE INDEX known_identities_by_user_principal_name ON known_identities (user_principal_name, identity_id) WHERE user_principal_name <> '';

-- The parts, of three characters, in each search text, as words; see src/store/engine/grams.ts.
CREATE VIRTUAL TABLE known_identity_grams USING fts5(words, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE TRIGGER known_identities_added AFTER INSERT ON known_identities BEGIN
  INSERT INTO known_identity_grams (rowid, words) VALUES (new.number, gram_words(new.search_text));
END;
CREATE TRIGGER known_identities_forgotten AFTER DELETE ON known_identities BEGIN
  DELETE FROM known_identity_grams WHERE rowid = old.number;
END;

CREATE TABLE idempotency_keys (
  caller     TEXT NOT NULL,
  key        TEXT NOT NULL,
  input_hash TEXT NOT NULL,                              -- SHA-256 of the validated input
  record_id  TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

-- The change log, in the order of commits. Its newest row is never removed, so that no number comes again: to write down
-- the highest besides is a page for each commit. The people are the ids that the record was taken from and given to:
-- all it had where it was deleted, and none where it was created, as those it has are in call_record_people.
CREATE TABLE call_record_changes (
  sequence       INTEGER NOT NULL PRIMARY KEY,
  record_id      TEXT    NOT NULL,
  kind           TEXT    NOT NULL CHECK (kind IN ('created', 'updated', 'deleted')),
  version        INTEGER NOT NULL,                       -- that the change made, or deleted
  changed_at     INTEGER NOT NULL,                       -- milliseconds since 1970, by the clock of the database
  people_removed TEXT,                                   -- JSON list of ids; null where there are none
  people_added   TEXT
) STRICT;

-- Up to this number the log was pruned.
CREATE TABLE change_log_floor (
  id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  sequence INTEGER NOT NULL
) STRICT;
INSERT INTO change_log_floor VALUES (1, 0);

-- Who alone may do some work, and until when.
CREATE TABLE leases (
  name       TEXT    NOT NULL PRIMARY KEY,
  holder     TEXT    NOT NULL,
  held_until INTEGER NOT NULL,                           -- milliseconds since 1970, by the clock of the database
  fence      INTEGER NOT NULL                            -- counts the times that somebody else, or anew, got hold of it
) STRICT, WITHOUT ROWID;

-- How far the records of Microsoft Graph have been fetched, and what it announces them by: JSON by name.
CREATE TABLE sync_state (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Records that are to be fetched: a row goes in the transaction that stores its record whole.
CREATE TABLE sync_waiting (
  record_id TEXT    NOT NULL PRIMARY KEY,
  version   INTEGER,                                     -- that was listed; null where the record was only announced
  since     TEXT    NOT NULL,                            -- its start, or when it was announced: the newest are fetched first
  state     TEXT    NOT NULL CHECK (state IN ('waiting', 'failed')),
  due_at    INTEGER NOT NULL,                            -- milliseconds since 1970; not before then
  attempts  INTEGER NOT NULL,
  ticket    INTEGER NOT NULL,                            -- counts how often it was announced, or listed in a higher version
  reason    TEXT                                         -- for which it failed, or waits
) STRICT, WITHOUT ROWID;

CREATE INDEX sync_waiting_by_since ON sync_waiting (since, record_id, state, due_at);

-- Written to find out whether writing is possible.
CREATE TABLE write_checks (
  id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  checked_at TEXT    NOT NULL
) STRICT;
INSERT INTO write_checks VALUES (1, '');
