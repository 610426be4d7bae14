-- Identities are known with all by which people look for them: kind, id, name and sign-in name, folded without accents.
-- What is derived from records is made anew out of them, so that nothing is looked for in an older form.

DROP TABLE call_record_identities;
DROP TABLE identity_names;
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

-- One row for each combination that stands in records. Under another name than before, so that a process of the version
-- before fails rather than leaves any out.
CREATE TABLE known_identities (
  number              INTEGER PRIMARY KEY,               -- by which the index of parts names it
  identity_id         TEXT NOT NULL,                     -- empty for those without an id
  kind                TEXT NOT NULL,
  display_name        TEXT NOT NULL,                     -- folded, empty for those without
  user_principal_name TEXT NOT NULL,                     -- folded, empty for those without
  search_text         TEXT NOT NULL,                     -- all that a part is looked for in, folded
  UNIQUE (identity_id, kind, display_name, user_principal_name)
) STRICT;

-- then: derive identities

-- What a part of a name is looked for in, without those who have none.
CREATE INDEX known_identities_by_display_name ON known_identities (display_name, identity_id) WHERE display_name <> '';
CREATE INDEX known_identities_by_user_principal_name ON known_identities (user_principal_name, identity_id) WHERE user_principal_name <> '';
CREATE INDEX call_record_identities_by_tenant ON call_record_identities (tenant_id, record_id) WHERE tenant_id IS NOT NULL;
-- By an id, the records of a name are found among its calls; without one, they are found here.
CREATE INDEX call_record_identities_without_id ON call_record_identities (display_name, record_id) WHERE identity_id IS NULL AND display_name IS NOT NULL;
CREATE INDEX call_record_identities_by_user_principal_name ON call_record_identities (user_principal_name, record_id) WHERE identity_id IS NULL AND user_principal_name IS NOT NULL;

-- The parts, of three characters, in each search text, as words; see src/store/grams.ts.
CREATE VIRTUAL TABLE known_identity_grams USING fts5(words, content='', contentless_delete=1, detail=none, tokenize='ascii');
INSERT INTO known_identity_grams (rowid, words) SELECT number, gram_words(search_text) FROM known_identities;
CREATE TRIGGER known_identities_added AFTER INSERT ON known_identities BEGIN
  INSERT INTO known_identity_grams (rowid, words) VALUES (new.number, gram_words(new.search_text));
END;
CREATE TRIGGER known_identities_forgotten AFTER DELETE ON known_identities BEGIN
  DELETE FROM known_identity_grams WHERE rowid = old.number;
END;

-- Roles tell the kinds, too, so that the calls of somebody in a kind are counted in the same range.
DROP TABLE call_record_people;
CREATE TABLE call_record_people (
  identity_id     TEXT    NOT NULL,
  start_date_time TEXT    NOT NULL,
  record_id       TEXT    NOT NULL,
  roles           INTEGER NOT NULL,                      -- bits: 1 organizer, 2 participant, from 4 on the kinds
  PRIMARY KEY (identity_id, start_date_time, record_id)
) STRICT, WITHOUT ROWID;
INSERT INTO call_record_people
  SELECT i.identity_id, r.start_date_time, r.id,
    max(CASE WHEN i.position < 0 THEN 1 ELSE 0 END) + max(CASE WHEN i.position < 0 THEN 0 ELSE 2 END)
      + sum(DISTINCT CASE i.kind
        WHEN 'user' THEN 4 WHEN 'application' THEN 8 WHEN 'device' THEN 16 WHEN 'phone' THEN 32 WHEN 'guest' THEN 64
        WHEN 'encrypted' THEN 128 WHEN 'onPremises' THEN 256 WHEN 'applicationInstance' THEN 512
        WHEN 'assertedIdentity' THEN 1024 WHEN 'azureCommunicationServicesUser' THEN 2048 END)
  FROM call_record_identities i JOIN call_records r ON r.id = i.record_id
  WHERE i.identity_id IS NOT NULL
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
