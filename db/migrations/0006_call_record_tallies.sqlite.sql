-- In how many calls of each hour, day and month of UTC everybody was, and how good the streams of each subnet, device and their
-- like were. An hour that is summed, as 0003 says, is marked here until it is counted, which takes longer, and those of its day
-- and month are put together then. So it is told who was in most calls of a year without looking at each of them.
CREATE TABLE call_record_tallies (
  tallied TEXT NOT NULL,  -- 'PEOPLE', 'STREAMS'
  grain   TEXT NOT NULL,  -- 'month', 'day', 'hour'
  slot    TEXT NOT NULL,  -- the beginning of a time: 2026-01, 2026-01-15, 2026-01-15T12
  tally   BLOB NOT NULL,  -- as src/store/rows/people-tally.ts and stream-tally.ts write it
  PRIMARY KEY (tallied, grain, slot)
) STRICT;

-- What stands for somebody in tallies. It goes when no record names them any more, as known_identities do.
CREATE TABLE tallied_people (
  number      INTEGER NOT NULL PRIMARY KEY,
  identity_id TEXT    NOT NULL,
  kind        TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX tallied_people_by_identity ON tallied_people (identity_id, kind);

CREATE TABLE call_record_untallied (
  hour      TEXT    NOT NULL,
  marked_at INTEGER NOT NULL,
  mark      INTEGER NOT NULL DEFAULT (abs(random() >> 12)),
  PRIMARY KEY (hour, marked_at, mark)
) STRICT, WITHOUT ROWID;

INSERT INTO call_record_untallied (hour, marked_at) SELECT DISTINCT substr(start_date_time, 1, 13), 0 FROM call_records;
