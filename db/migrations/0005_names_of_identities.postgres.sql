-- The model of 0005_names_of_identities.sqlite.sql. The log has its numbers from elsewhere here, and stays as it is.

DROP INDEX call_record_identities_by_name;
DROP TABLE display_names;
CREATE TABLE identity_names (
  identity_id  TEXT COLLATE "C" NOT NULL,
  display_name TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (identity_id, display_name)
);
INSERT INTO identity_names
  SELECT DISTINCT coalesce(identity_id, ''), display_name FROM call_record_identities WHERE display_name IS NOT NULL;
CREATE INDEX call_record_identities_without_id ON call_record_identities (display_name, record_id) WHERE identity_id IS NULL AND display_name IS NOT NULL;
