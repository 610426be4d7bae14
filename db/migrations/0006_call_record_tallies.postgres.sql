-- As in SQLite.
CREATE TABLE call_record_tallies (
  tallied   TEXT COLLATE "C" NOT NULL,
  grain     TEXT COLLATE "C" NOT NULL,
  slot      TEXT COLLATE "C" NOT NULL,
  tally     BYTEA            NOT NULL,
  PRIMARY KEY (tallied, grain, slot)
);

CREATE TABLE tallied_people (
  number      INTEGER          NOT NULL PRIMARY KEY,
  identity_id TEXT COLLATE "C" NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX tallied_people_by_identity ON tallied_people (identity_id, kind);

CREATE TABLE call_record_untallied (
  hour      TEXT COLLATE "C" NOT NULL,
  marked_at BIGINT           NOT NULL,
  mark      BIGINT           NOT NULL DEFAULT (random() * 4503599627370496)::bigint,
  PRIMARY KEY (hour, marked_at, mark)
);

INSERT INTO call_record_untallied (hour, marked_at) SELECT DISTINCT substr(start_date_time, 1, 13), 0 FROM call_records;
