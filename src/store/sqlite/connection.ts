import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StatementCache } from '../engine/statement-cache.js';
import type { ThreadRead } from '../engine/reader-threads.js';

/**
 * How long one attempt at a lock blocks the process. For the write lock not at all: SQLite would sleep, and longer each
 * time. Trying again lets the process work meanwhile.
 */
const BUSY_TIMEOUT_MS = { reading: 20, writing: 0 };
/**
 * The size limits of each cache, in characters of texts. SQLite takes up to seventy bytes for each character, and a
 * millisecond to prepare the longest text that is kept.
 */
const CACHED = { statements: 500, characters: 256 * 1024, charactersOfOne: 8 * 1024 };
/**
 * Pages that a connection caches. The system caches more, a system call away. A written page is rarely written again
 * soon.
 */
const CACHE_KIB = { reading: 24_576, writing: 16_384, thread: 4_096 };

/** A connection to the file. A writing connection makes a missing file. */
export function connect(location: string, readonly = false): Database.Database {
  const use = readonly ? 'reading' : 'writing';
  const database = new Database(location, {
    readonly: readonly && existsSync(location),
    timeout: BUSY_TIMEOUT_MS[use],
  });
  if (!readonly) requireDurable(database);
  database.pragma(`cache_size = -${CACHE_KIB[use]}`);
  return database;
}

/** The reader of a thread; see ReaderThreads. */
export function openThreadReader(location: string) {
  const database = connect(location, true);
  database.pragma(`cache_size = -${CACHE_KIB.thread}`);
  const prepare = preparing(database);
  return {
    run: ({ sql, parameters, plucked }: ThreadRead) =>
      prepare(sql)
        .pluck(plucked)
        .all(...parameters),
    close: () => void database.close(),
  };
}

/** An acknowledged create must survive power loss: WAL with a sync at each commit. */
function requireDurable(database: Database.Database): void {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  database.pragma('synchronous = FULL');
  const synchronous = database.pragma('synchronous', { simple: true });
  if (mode !== 'wal' || synchronous !== 2) {
    throw new Error(
      `it cannot be written durably (journal_mode ${String(mode)}, synchronous ${String(synchronous)}); use a local disk`,
    );
  }
  database.pragma('wal_autocheckpoint = 20000');
  // Deleted data is overwritten in its place.
  database.pragma('secure_delete = ON');
}

/** Gives the prepared statement of a text. */
export type Prepare = (text: string) => Database.Statement;

/**
 * Caches prepared statements by their text, which is their shape. The driver finalizes dropped ones when they are
 * garbage collected: young ones soon, old ones much later, as the collector does not know their size. Hence a text that
 * comes only once is not kept: most of the many and large ones do.
 */
export function preparing(database: Database.Database, prepare: Prepare = (text) => database.prepare(text)): Prepare {
  const cache = new StatementCache(prepare, { kept: CACHED });
  return (text) => cache.get(text) ?? prepare(text);
}
