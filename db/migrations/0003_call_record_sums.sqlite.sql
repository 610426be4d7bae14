-- The calls of each hour and day of UTC added up by type and modalities, and altogether, for statistics. An hour in which something was
-- written since is marked, and its records are read instead, until src/store/statistics/sums.ts adds it up anew: so what is told is
-- exact at every moment, and a writer changes no row that another one changes.
CREATE TABLE call_record_sums (
  is_keyed             INTEGER NOT NULL,  -- 0: type is empty and modality_bits 0, for all together
  grain                TEXT    NOT NULL,  -- 'day', 'hour'
  slot                 TEXT    NOT NULL,  -- the beginning of a time: 2026-01-15, 2026-01-15T12
  type                 TEXT    NOT NULL,
  modality_bits        INTEGER NOT NULL,
  call_count           INTEGER NOT NULL,
  seconds              INTEGER NOT NULL,  -- the sum of whole seconds, and of the ticks beside them
  ticks                INTEGER NOT NULL,
  longest              INTEGER NOT NULL,  -- in ticks
  unknown                      INTEGER NOT NULL,
  group_call                   INTEGER NOT NULL,
  peer_to_peer                 INTEGER NOT NULL,
  with_audio                   INTEGER NOT NULL,
  with_video                   INTEGER NOT NULL,
  with_video_based_screen_sharing INTEGER NOT NULL,
  with_data                    INTEGER NOT NULL,
  with_screen_sharing          INTEGER NOT NULL,
  with_unknown_future_value    INTEGER NOT NULL,
  duration_0           INTEGER NOT NULL,  -- calls of that many seconds or more, up to the next
  duration_60          INTEGER NOT NULL,
  duration_300         INTEGER NOT NULL,
  duration_900         INTEGER NOT NULL,
  duration_1800        INTEGER NOT NULL,
  duration_3600        INTEGER NOT NULL,
  duration_7200        INTEGER NOT NULL,
  participants_0       INTEGER NOT NULL,  -- likewise
  participants_1       INTEGER NOT NULL,
  participants_2       INTEGER NOT NULL,
  participants_3       INTEGER NOT NULL,
  participants_5       INTEGER NOT NULL,
  participants_10      INTEGER NOT NULL,
  participants_25      INTEGER NOT NULL,
  participants_100     INTEGER NOT NULL,
  good_calls           INTEGER NOT NULL,  -- as src/store/statistics/statistics-sums.ts counts
  unclassified_calls   INTEGER NOT NULL,
  without_sessions     INTEGER NOT NULL,
  good_streams         INTEGER NOT NULL,
  poor_streams         INTEGER NOT NULL,
  unclassified_streams INTEGER NOT NULL,
  sessions             INTEGER NOT NULL,
  setup_failures       INTEGER NOT NULL,
  drops                INTEGER NOT NULL,
  poor_calls           INTEGER NOT NULL,
  PRIMARY KEY (is_keyed, grain, slot, type, modality_bits)
) STRICT, WITHOUT ROWID;

CREATE TABLE call_record_unsummed (
  hour      TEXT    NOT NULL,
  marked_at INTEGER NOT NULL,                   -- milliseconds since 1970, by the clock of the writer
  mark      INTEGER NOT NULL DEFAULT (abs(random() >> 12)),  -- by chance, so that two writers make two keys
  PRIMARY KEY (hour, marked_at, mark)
) STRICT, WITHOUT ROWID;

INSERT INTO call_record_unsummed (hour, marked_at) SELECT DISTINCT substr(start_date_time, 1, 13), 0 FROM call_records;
