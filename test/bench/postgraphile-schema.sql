-- What a user of PostGraphile would make of the same records: dates and lists in PostgreSQL's types, everybody in JSON
-- columns, a table of people for "the calls of this person", and a trigger that fills it, so that a create is one mutation.
CREATE SCHEMA peer;

CREATE TABLE peer.call_records (
  id                      UUID             NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
  version                 BIGINT           NOT NULL,
  type                    TEXT             NOT NULL,
  modalities              TEXT[]           NOT NULL,
  start_date_time         TIMESTAMPTZ      NOT NULL,
  end_date_time           TIMESTAMPTZ      NOT NULL,
  duration_seconds        DOUBLE PRECISION NOT NULL GENERATED ALWAYS AS (extract(epoch FROM end_date_time - start_date_time)) STORED,
  last_modified_date_time TIMESTAMPTZ      NOT NULL DEFAULT now(),
  join_web_url            TEXT,
  participant_count       INTEGER          NOT NULL,
  organizer               JSON,
  participants            JSON             NOT NULL
);
CREATE TABLE peer.people (
  identity_id     TEXT        NOT NULL,
  start_date_time TIMESTAMPTZ NOT NULL,
  record_id       UUID        NOT NULL REFERENCES peer.call_records (id) ON DELETE CASCADE,
  PRIMARY KEY (identity_id, start_date_time, record_id)
);

INSERT INTO peer.call_records (id, version, type, modalities, start_date_time, end_date_time, last_modified_date_time, join_web_url, participant_count, organizer, participants)
SELECT id::uuid, version, type, ARRAY(SELECT json_array_elements_text(modalities::json)), (start_date_time || 'Z')::timestamptz,
  (end_date_time || 'Z')::timestamptz, (last_modified_date_time || 'Z')::timestamptz, join_web_url, participant_count,
  organizer::json, participants::json
FROM public.call_records;
INSERT INTO peer.people
SELECT p.identity_id, r.start_date_time, r.id FROM public.call_record_people p JOIN peer.call_records r ON r.id = p.record_id::uuid
WHERE p.roles & 2 <> 0;

CREATE INDEX ON peer.call_records (start_date_time, id);
CREATE INDEX ON peer.people (record_id);

CREATE FUNCTION peer.add_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO peer.people
  SELECT DISTINCT identity.value ->> 'id', NEW.start_date_time, NEW.id
  FROM json_array_elements(NEW.participants) AS participant, json_each(participant) AS identity
  WHERE identity.value ->> 'id' IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER add_people AFTER INSERT ON peer.call_records FOR EACH ROW EXECUTE FUNCTION peer.add_people();
ANALYZE;
