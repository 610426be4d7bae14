CREATE TABLE call_record_streams (
  record_id            TEXT COLLATE "C" NOT NULL,
  position             INTEGER          NOT NULL,
  place                INTEGER          NOT NULL,
  media_kind           TEXT COLLATE "C",
  subnet               TEXT COLLATE "C",
  connection_type      TEXT COLLATE "C",
  wifi_band            TEXT COLLATE "C",
  capture_device       TEXT COLLATE "C",
  render_device        TEXT COLLATE "C",
  client_platform      TEXT COLLATE "C",
  client_version       TEXT COLLATE "C",
  audio_codec          TEXT COLLATE "C",
  poor_reason_bits     INTEGER          NOT NULL,
  good_streams         INTEGER          NOT NULL,
  poor_streams         INTEGER          NOT NULL,
  unclassified_streams INTEGER          NOT NULL,
  PRIMARY KEY (record_id, position, place)
);
