-- The model of 0001_call_records.sqlite.sql, which says what the columns hold. COLLATE "C": text compares by code points,
-- as it does in SQLite.

CREATE TABLE call_records (
  id                      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version                 BIGINT           NOT NULL,
  type                    TEXT COLLATE "C" NOT NULL,
  modalities              TEXT COLLATE "C" NOT NULL,
  modality_bits           INTEGER          NOT NULL,
  start_date_time         TEXT COLLATE "C" NOT NULL,
  end_date_time           TEXT COLLATE "C" NOT NULL,
  last_modified_date_time TEXT COLLATE "C" NOT NULL,
  duration_ticks          BIGINT           NOT NULL,
  join_web_url            TEXT COLLATE "C",
  organizer               TEXT COLLATE "C",
  participants            TEXT COLLATE "C" NOT NULL,
  participant_count       INTEGER          NOT NULL,
  participants_fetched    INTEGER          NOT NULL,
  sessions_fetched        INTEGER          NOT NULL,
  extension               TEXT COLLATE "C",
  revision                BIGINT           NOT NULL,
  quality_rules           INTEGER,
  quality_bits            INTEGER,
  poor_reason_bits        INTEGER,
  good_streams            INTEGER,
  poor_streams            INTEGER,
  unclassified_streams    INTEGER,
  session_count           INTEGER,
  setup_failures          INTEGER,
  drops                   INTEGER
);

-- Included columns are no part of an index's key.
CREATE INDEX call_records_by_start         ON call_records (start_date_time, id) INCLUDE (end_date_time, last_modified_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision);
CREATE INDEX call_records_by_end           ON call_records (end_date_time, id) INCLUDE (start_date_time, last_modified_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision);
CREATE INDEX call_records_by_last_modified ON call_records (last_modified_date_time, id) INCLUDE (start_date_time, end_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision);
CREATE INDEX call_records_by_duration      ON call_records (duration_ticks, id) INCLUDE (start_date_time, end_date_time, last_modified_date_time, type, modality_bits, participant_count, quality_bits, revision);
CREATE INDEX call_records_in_trouble       ON call_records (start_date_time, id) INCLUDE (end_date_time, last_modified_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision) WHERE (quality_bits & 122) <> 0;
CREATE INDEX call_records_by_quality_rules ON call_records (quality_rules, id) WHERE quality_rules IS NOT NULL;
-- An index entry holds no more than 2,704 bytes, and a URL may be longer: its beginning finds it.
CREATE INDEX call_records_by_join_web_url  ON call_records (substr(join_web_url, 1, 400), start_date_time, id) WHERE join_web_url IS NOT NULL;

CREATE TABLE call_record_sessions (
  record_id    TEXT COLLATE "C" NOT NULL,
  position     INTEGER          NOT NULL,
  document     TEXT COLLATE "C" NOT NULL,
  identity_ids TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (record_id, position)
);

CREATE TABLE call_record_identities (
  record_id           TEXT COLLATE "C" NOT NULL,
  position            INTEGER          NOT NULL,
  kind                TEXT COLLATE "C" NOT NULL,
  identity_id         TEXT COLLATE "C",
  tenant_id           TEXT COLLATE "C",
  display_name        TEXT COLLATE "C",
  user_principal_name TEXT COLLATE "C",
  PRIMARY KEY (record_id, position, kind)
);

CREATE INDEX call_record_identities_by_tenant ON call_record_identities (tenant_id, record_id) WHERE tenant_id IS NOT NULL;
CREATE INDEX call_record_identities_without_id ON call_record_identities (display_name, record_id) WHERE identity_id IS NULL AND display_name IS NOT NULL;
CREATE INDEX call_record_identities_by_user_principal_name ON call_record_identities (user_principal_name, record_id) WHERE identity_id IS NULL AND user_principal_name IS NOT NULL;

CREATE TABLE call_record_people (
  identity_id          TEXT COLLATE "C" NOT NULL,
  start_date_time      TEXT COLLATE "C" NOT NULL,
  record_id            TEXT COLLATE "C" NOT NULL,
  roles                INTEGER          NOT NULL,
  quality_bits         INTEGER,
  poor_reason_bits     INTEGER,
  good_streams         INTEGER,
  poor_streams         INTEGER,
  unclassified_streams INTEGER,
  session_count        INTEGER,
  setup_failures       INTEGER,
  drops                INTEGER,
  PRIMARY KEY (identity_id, start_date_time, record_id)
);

CREATE INDEX call_record_people_in_sessions ON call_record_people (record_id) WHERE (roles & 4) <> 0;

-- The primary key does without the number, and an index of parts is one of lists.
CREATE TABLE known_identities (
  identity_id         TEXT COLLATE "C" NOT NULL,
  kind                TEXT COLLATE "C" NOT NULL,
  display_name        TEXT COLLATE "C" NOT NULL,
  user_principal_name TEXT COLLATE "C" NOT NULL,
  search_text         TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (identity_id, kind, display_name, user_principal_name)
);

CREATE INDEX known_identities_by_display_name ON known_identities (display_name, identity_id) WHERE display_name <> '';
CREATE INDEX known_identities_by_user_principal_name ON known_identities (user_principal_name, identity_id) WHERE user_principal_name <> '';

CREATE FUNCTION grams(whole TEXT) RETURNS TEXT[] LANGUAGE SQL IMMUTABLE AS
  'SELECT array(SELECT DISTINCT substr(whole, place, size) FROM generate_series(1, length(whole)) place, generate_series(1, 3) size WHERE place + size <= length(whole) + 1)';
-- Each search looks through the entries that wait to be put in order: they may not become many.
CREATE INDEX known_identities_by_grams ON known_identities USING gin (grams(search_text)) WITH (gin_pending_list_limit = 256);

CREATE TABLE idempotency_keys (
  caller     TEXT COLLATE "C" NOT NULL,
  key        TEXT COLLATE "C" NOT NULL,
  input_hash TEXT COLLATE "C" NOT NULL,
  record_id  TEXT COLLATE "C" NOT NULL,
  created_at TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (caller, key)
);

-- Numbered after the commit, by whoever reads the log: a number drawn before it could appear after a higher one.
CREATE TABLE call_record_changes (
  sequence       BIGINT           NOT NULL PRIMARY KEY,
  record_id      TEXT COLLATE "C" NOT NULL,
  kind           TEXT COLLATE "C" NOT NULL CHECK (kind IN ('created', 'updated', 'deleted')),
  version        BIGINT           NOT NULL,
  changed_at     BIGINT           NOT NULL,
  people_removed TEXT COLLATE "C",
  people_added   TEXT COLLATE "C"
);

-- PostgreSQL alone: changes that wait for their numbers. Writers add to it without waiting for each other.
CREATE TABLE unnumbered_changes (
  logged_at      TIMESTAMPTZ      NOT NULL,              -- the database's clock, once the record was locked
  position       INTEGER          NOT NULL,              -- within a statement
  record_id      TEXT COLLATE "C" NOT NULL,
  kind           TEXT COLLATE "C" NOT NULL,
  version        BIGINT           NOT NULL,
  people_removed TEXT COLLATE "C",
  people_added   TEXT COLLATE "C",
  PRIMARY KEY (logged_at, record_id)
);

-- PostgreSQL alone: the last number given, locked while numbers are given.
CREATE TABLE change_numbering (
  id            INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  last_sequence BIGINT  NOT NULL
);
INSERT INTO change_numbering VALUES (1, 0);

CREATE TABLE change_log_floor (
  id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  sequence BIGINT  NOT NULL
);
INSERT INTO change_log_floor VALUES (1, 0);

CREATE TABLE leases (
  name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  holder     TEXT COLLATE "C" NOT NULL,
  held_until BIGINT           NOT NULL,
  fence      BIGINT           NOT NULL
);

-- PostgreSQL alone: the cost points that callers have spent in the second under way, at all processes (those of SQLite, on
-- one machine, tell each other). What is lost when the server dies is worth a second, so it is not logged.
CREATE UNLOGGED TABLE caller_spending (
  caller  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  points  BIGINT           NOT NULL,
  ends_at TIMESTAMPTZ      NOT NULL                      -- of that second, by the database's clock
);

CREATE TABLE sync_state (
  name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE sync_waiting (
  record_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version   BIGINT,
  since     TEXT COLLATE "C" NOT NULL,
  state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'failed')),
  due_at    BIGINT           NOT NULL,
  attempts  INTEGER          NOT NULL,
  ticket    BIGINT           NOT NULL,
  reason    TEXT COLLATE "C"
);

CREATE INDEX sync_waiting_by_since ON sync_waiting (since, record_id, state, due_at);

CREATE TABLE write_checks (
  id         INTEGER          NOT NULL PRIMARY KEY CHECK (id = 1),
  checked_at TEXT COLLATE "C" NOT NULL
);
INSERT INTO write_checks VALUES (1, '');

-- The name that SQLite has for it.
CREATE FUNCTION instr(whole TEXT, part TEXT) RETURNS INTEGER LANGUAGE SQL IMMUTABLE AS 'SELECT strpos(whole, part)';
