-- How many streams of a session look alike from a person's side: the caller's, and in calls between two the callee's, too.
-- Null is what the source does not tell. Written by src/store/rows/stream-rows.ts; records that are here already get theirs as
-- they are judged anew.
CREATE TABLE call_record_streams (
  record_id            TEXT    NOT NULL,
  position             INTEGER NOT NULL,                 -- of the session
  place                INTEGER NOT NULL,                 -- tells the rows of a session apart
  media_kind           TEXT,
  subnet               TEXT,
  connection_type      TEXT,
  wifi_band            TEXT,
  capture_device       TEXT,
  render_device        TEXT,
  client_platform      TEXT,
  client_version       TEXT,
  audio_codec          TEXT,
  poor_reason_bits     INTEGER NOT NULL,                 -- as in call_records
  good_streams         INTEGER NOT NULL,
  poor_streams         INTEGER NOT NULL,
  unclassified_streams INTEGER NOT NULL,
  PRIMARY KEY (record_id, position, place)
) STRICT, WITHOUT ROWID;
