-- The model of 0006_people.sqlite.sql. The primary key does without the number, and an index of parts is one of lists.

DROP TABLE call_record_identities;
DROP TABLE identity_names;
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

CREATE TABLE known_identities (
  identity_id         TEXT COLLATE "C" NOT NULL,
  kind                TEXT COLLATE "C" NOT NULL,
  display_name        TEXT COLLATE "C" NOT NULL,
  user_principal_name TEXT COLLATE "C" NOT NULL,
  search_text         TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (identity_id, kind, display_name, user_principal_name)
);

-- then: derive identities

CREATE INDEX known_identities_by_display_name ON known_identities (display_name, identity_id) WHERE display_name <> '';
CREATE INDEX known_identities_by_user_principal_name ON known_identities (user_principal_name, identity_id) WHERE user_principal_name <> '';
CREATE INDEX call_record_identities_by_tenant ON call_record_identities (tenant_id, record_id) WHERE tenant_id IS NOT NULL;
CREATE INDEX call_record_identities_without_id ON call_record_identities (display_name, record_id) WHERE identity_id IS NULL AND display_name IS NOT NULL;
CREATE INDEX call_record_identities_by_user_principal_name ON call_record_identities (user_principal_name, record_id) WHERE identity_id IS NULL AND user_principal_name IS NOT NULL;

CREATE FUNCTION grams(whole TEXT) RETURNS TEXT[] LANGUAGE SQL IMMUTABLE AS
  'SELECT array(SELECT DISTINCT substr(whole, place, size) FROM generate_series(1, length(whole)) place, generate_series(1, 3) size WHERE place + size <= length(whole) + 1)';
-- What waits to be put in order is looked through by each search, so that it may not become much.
CREATE INDEX known_identities_by_grams ON known_identities USING gin (grams(search_text)) WITH (gin_pending_list_limit = 256);

DROP TABLE call_record_people;
CREATE TABLE call_record_people (
  identity_id     TEXT COLLATE "C" NOT NULL,
  start_date_time TEXT COLLATE "C" NOT NULL,
  record_id       TEXT COLLATE "C" NOT NULL,
  roles           INTEGER          NOT NULL,
  PRIMARY KEY (identity_id, start_date_time, record_id)
);
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
