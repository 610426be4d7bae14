-- Who was erased, so that they do not come back. The key of the hashes is not in the database; see src/store/write/erased-people.ts.
CREATE TABLE erased_people (
  person_hash TEXT    NOT NULL PRIMARY KEY,              -- HMAC-SHA256 of the id, GUIDs in lower case
  key_hash    TEXT    NOT NULL,                          -- tells one key from another
  replacement TEXT    NOT NULL,                          -- random: what stands in the place of the id
  is_complete INTEGER NOT NULL                           -- 0 until nothing of the person is left
) STRICT, WITHOUT ROWID;

-- Records that ended before this time hold no personal details any more, and take none.
CREATE TABLE forgotten_details (
  id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  ended_before TEXT    NOT NULL
) STRICT;
INSERT INTO forgotten_details VALUES (1, '');
