-- As in SQLite.
CREATE TABLE erased_people (
  person_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  key_hash    TEXT COLLATE "C" NOT NULL,
  replacement TEXT COLLATE "C" NOT NULL,
  is_complete INTEGER          NOT NULL
);

CREATE TABLE forgotten_details (
  id           INTEGER          NOT NULL PRIMARY KEY CHECK (id = 1),
  ended_before TEXT COLLATE "C" NOT NULL
);
INSERT INTO forgotten_details VALUES (1, '');
