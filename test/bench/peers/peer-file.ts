import Database from 'better-sqlite3';

/** One file for all peers: JSON columns for those who read them, and the normalised tables one designs first. */
const TABLES = `
CREATE TABLE records (
  id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, type TEXT NOT NULL, modalities TEXT NOT NULL,
  start TEXT NOT NULL, end TEXT NOT NULL, duration REAL NOT NULL, last_modified TEXT NOT NULL, join_web_url TEXT,
  participant_count INTEGER NOT NULL, organizer TEXT, participants TEXT NOT NULL
) STRICT;
CREATE INDEX records_by_start ON records (start, id);
CREATE TABLE people (identity_id TEXT NOT NULL, start TEXT NOT NULL, record_id TEXT NOT NULL, PRIMARY KEY (identity_id, start, record_id)) STRICT, WITHOUT ROWID;
CREATE TABLE participants (
  record_id TEXT NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, identity_id TEXT, display_name TEXT, tenant_id TEXT,
  PRIMARY KEY (record_id, position, kind)
) STRICT, WITHOUT ROWID;
`;

export interface PeerIdentity {
  id: string | null;
  displayName: string | null;
  tenantId: string | null;
}
export type PeerSet = { [kind: string]: PeerIdentity };

/** A record as the peers keep it: no more than their answers need. */
export interface PeerRecord {
  id: string;
  version: number;
  type: string;
  modalities: string[];
  startDateTime: string;
  endDateTime: string;
  durationSeconds: number;
  lastModifiedDateTime: string;
  joinWebUrl: string | null;
  organizer: PeerSet | null;
  participants: PeerSet[];
}

/** A row of `records`. */
export interface PeerRow {
  id: string;
  version: number;
  type: string;
  modalities: string;
  start: string;
  end: string;
  duration: number;
  last_modified: string;
  join_web_url: string | null;
  participant_count: number;
  organizer: string | null;
  participants: string;
}

/** Opens the peers' file as durably as ours: WAL with a sync at each commit. */
export function openPeerFile(path: string): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('cache_size = -65536');
  database.pragma('wal_autocheckpoint = 20000');
  return database;
}

export function createPeerTables(database: Database.Database): void {
  database.exec(TABLES);
}

/** Prepared inserts of one record; `normalised` also fills the table of participants. */
export function recordInserter(database: Database.Database, tables: { json: boolean; normalised: boolean }) {
  const record = database.prepare(
    'insert into records values (@id, @version, @type, @modalities, @start, @end, @duration, @last_modified, @join_web_url, @participant_count, @organizer, @participants)',
  );
  const person = database.prepare('insert or ignore into people values (?, ?, ?)');
  const participant = database.prepare('insert into participants values (?, ?, ?, ?, ?, ?)');
  return (given: PeerRecord): void => {
    record.run({
      id: given.id,
      version: given.version,
      type: given.type,
      modalities: JSON.stringify(given.modalities),
      start: given.startDateTime,
      end: given.endDateTime,
      duration: given.durationSeconds,
      last_modified: given.lastModifiedDateTime,
      join_web_url: given.joinWebUrl,
      participant_count: given.participants.length,
      organizer: tables.json ? JSON.stringify(given.organizer) : null,
      participants: tables.json ? JSON.stringify(given.participants) : '[]',
    });
    [given.organizer ?? {}, ...given.participants].forEach((set, index) => {
      for (const [kind, identity] of Object.entries(set)) {
        if (identity.id !== null && index > 0) person.run(identity.id, given.startDateTime, given.id);
        if (tables.normalised)
          participant.run(given.id, index - 1, kind, identity.id, identity.displayName, identity.tenantId);
      }
    });
  };
}

const COLUMNS = 'r.*';
const LEAN_COLUMNS =
  'id, version, type, modalities, start, "end", duration, join_web_url, participant_count, organizer';

/** A record without its participants. */
export type LeanRow = Omit<PeerRow, 'participants'>;

/** The statements of the peers that read JSON columns, prepared once. */
export function recordReader(database: Database.Database) {
  const one = database.prepare<[string], PeerRow>(`select ${COLUMNS} from records r where id = ?`);
  const first = database.prepare<[number], PeerRow>(
    `select ${COLUMNS} from records r order by start desc, id desc limit ?`,
  );
  const after = database.prepare<[string, string, number], PeerRow>(
    `select ${COLUMNS} from records r where (start, id) < (?, ?) order by start desc, id desc limit ?`,
  );
  const ofUser = database.prepare<[string, number], PeerRow>(
    `select ${COLUMNS} from people p join records r on r.id = p.record_id where p.identity_id = ? order by p.start desc, p.record_id desc limit ?`,
  );
  const count = database.prepare<[], number>('select count(*) from records').pluck() as unknown as { get(): number };
  const many = database.prepare<[string], PeerRow>(
    `select ${COLUMNS} from records r where id in (select value from json_each(?))`,
  );
  const lean = database.prepare<[string], LeanRow>(`select ${LEAN_COLUMNS} from records r where id = ?`);
  const manyLean = database.prepare<[string], LeanRow>(
    `select ${LEAN_COLUMNS} from records r where id in (select value from json_each(?))`,
  );
  return {
    one: (id: string) => one.get(id),
    lean: (id: string) => lean.get(id),
    manyLean: (ids: string[]) => manyLean.all(JSON.stringify(ids)),
    page: (limit: number, position?: [string, string]) =>
      position ? after.all(position[0], position[1], limit) : first.all(limit),
    ofUser: (user: string, limit: number) => ofUser.all(user, limit),
    count: () => count.get(),
    many: (ids: string[]) => many.all(JSON.stringify(ids)),
  };
}

/** The record that a create's input becomes. */
export function toPeerRecord(input: Omit<PeerRecord, 'durationSeconds' | 'lastModifiedDateTime' | 'id'>): PeerRecord {
  const identities = (set: PeerSet | null): PeerSet =>
    Object.fromEntries(
      Object.entries(set ?? {}).map(([kind, { id, displayName, tenantId }]) => [
        kind,
        { id: id ?? null, displayName: displayName ?? null, tenantId: tenantId ?? null },
      ]),
    );
  return {
    ...input,
    id: crypto.randomUUID(),
    organizer: input.organizer && identities(input.organizer),
    participants: input.participants.map(identities),
    durationSeconds: (Date.parse(input.endDateTime) - Date.parse(input.startDateTime)) / 1000,
    lastModifiedDateTime: new Date().toISOString(),
  };
}
