-- The model of 0001_call_records.sqlite.sql. COLLATE "C": text compares by code points, as it does in SQLite.

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
  extension               TEXT COLLATE "C"
);

CREATE INDEX call_records_by_start         ON call_records (start_date_time, id);
CREATE INDEX call_records_by_end           ON call_records (end_date_time, id);
CREATE INDEX call_records_by_last_modified ON call_records (last_modified_date_time, id);
CREATE INDEX call_records_by_duration      ON call_records (duration_ticks, id);
-- An index entry holds no more than 2,704 bytes, and a URL may be longer: its beginning finds it.
CREATE INDEX call_records_by_join_web_url  ON call_records (substr(join_web_url, 1, 400), start_date_time, id) WHERE join_web_url IS NOT NULL;

CREATE TABLE call_record_sessions (
  record_id TEXT COLLATE "C" NOT NULL,
  position  INTEGER          NOT NULL,
  document  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (record_id, position)
);

CREATE TABLE call_record_identities (
  record_id    TEXT COLLATE "C" NOT NULL,
  position     INTEGER          NOT NULL,
  kind         TEXT COLLATE "C" NOT NULL,
  identity_id  TEXT COLLATE "C",
  tenant_id    TEXT COLLATE "C",
  display_name TEXT COLLATE "C",
  PRIMARY KEY (record_id, position, kind)
);

CREATE INDEX call_record_identities_by_tenant ON call_record_identities (tenant_id, record_id) WHERE tenant_id IS NOT NULL;
CREATE INDEX call_record_identities_by_name   ON call_record_identities (display_name, record_id) WHERE display_name IS NOT NULL;

CREATE TABLE call_record_people (
  identity_id     TEXT COLLATE "C" NOT NULL,
  start_date_time TEXT COLLATE "C" NOT NULL,
  record_id       TEXT COLLATE "C" NOT NULL,
  roles           INTEGER          NOT NULL,
  PRIMARY KEY (identity_id, start_date_time, record_id)
);

CREATE TABLE display_names (
  display_name TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

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
  sequence  BIGINT           NOT NULL PRIMARY KEY,
  record_id TEXT COLLATE "C" NOT NULL,
  kind      TEXT COLLATE "C" NOT NULL CHECK (kind IN ('created', 'updated', 'deleted'))
);

-- PostgreSQL alone: what waits for its number. Writers add to it without waiting for each other.
CREATE TABLE unnumbered_changes (
  logged_at TIMESTAMPTZ      NOT NULL,                   -- the database's clock, once the record was locked
  position  INTEGER          NOT NULL,                   -- within a statement
  record_id TEXT COLLATE "C" NOT NULL,
  kind      TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (logged_at, record_id)
);

-- PostgreSQL alone: the last number given, locked while numbers are given.
CREATE TABLE change_numbering (
  id            INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  last_sequence BIGINT  NOT NULL
);
INSERT INTO change_numbering VALUES (1, 0);

CREATE TABLE write_checks (
  id         INTEGER          NOT NULL PRIMARY KEY CHECK (id = 1),
  checked_at TEXT COLLATE "C" NOT NULL
);
INSERT INTO write_checks VALUES (1, '');

-- The name that SQLite has for it.
CREATE FUNCTION instr(whole TEXT, part TEXT) RETURNS INTEGER LANGUAGE SQL IMMUTABLE AS 'SELECT strpos(whole, part)';
