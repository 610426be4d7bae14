import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StatementCache } from '../engine/statement-cache.js';
import type { ThreadRead } from './reader-threads.js';

/**
 * How long one attempt blocks the process on a lock of another. For the lock of writing not at all: SQLite would sleep,
 * and longer each time; to try again lets the process work meanwhile.
 */
const BUSY_TIMEOUT_MS = { reading: 20, writing: 0 };
/**
 * What each cache keeps at most, in characters of the texts. SQLite takes up to seventy bytes for each character, and a
 * millisecond to prepare the longest text that is kept.
 */
const CACHED = { statements: 500, characters: 256 * 1024, charactersOfOne: 8 * 1024 };
/** Pages that a connection keeps; the system keeps more, a system call away. What is written is rarely written again soon. */
const CACHE_KIB = { reading: 24_576, writing: 16_384, thread: 4_096 };

/** A connection to the file, which writing makes if it is not there. */
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

/** What a thread reads with; see ReaderThreads. */
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
  // What is deleted is overwritten where it stood.
  database.pragma('secure_delete = ON');
}

/** Gives the prepared statement of a text. */
export type Prepare = (text: string) => Database.Statement;

/**
 * A statement's text is its shape, so the prepared ones are kept by text. The driver ends those that are dropped when they
 * are collected: soon if they are young, long after if they are not, as nothing tells the collector how large they are.
 * Hence none is kept that comes but once, as most of the many and large ones do.
 */
export function preparing(database: Database.Database, prepare: Prepare = (text) => database.prepare(text)): Prepare {
  const cache = new StatementCache(prepare, { kept: CACHED });
  return (text) => cache.get(text) ?? prepare(text);
}
