-- A name is kept once for each identity that bears it. Most people bear the same in all their records, so that a record
-- of people who are known adds nothing, where an index of the names in records had an entry of each, anywhere in it.

DROP INDEX call_record_identities_by_name;
DROP TABLE display_names;
-- Under another name, so that a process of the version before fails rather than leaves names out.
CREATE TABLE identity_names (
  identity_id  TEXT NOT NULL,                            -- empty for those without an id
  display_name TEXT NOT NULL,                            -- folded
  PRIMARY KEY (identity_id, display_name)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO identity_names
  SELECT coalesce(identity_id, ''), display_name FROM call_record_identities WHERE display_name IS NOT NULL;
-- By an id, the records of a name are found among its calls; without one, they are found here.
CREATE INDEX call_record_identities_without_id ON call_record_identities (display_name, record_id) WHERE identity_id IS NULL AND display_name IS NOT NULL;

-- Nothing leaves the log, so that no number comes again; to write down the highest besides is a page for each commit.
CREATE TABLE changes (
  sequence  INTEGER NOT NULL PRIMARY KEY,
  record_id TEXT NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('created', 'updated', 'deleted'))
) STRICT;
INSERT INTO changes SELECT sequence, record_id, kind FROM call_record_changes ORDER BY sequence;
DROP TABLE call_record_changes;
ALTER TABLE changes RENAME TO call_record_changes;
