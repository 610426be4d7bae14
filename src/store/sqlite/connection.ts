import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import type { ThreadRead } from './reader-threads.js';

/**
 * How long one attempt blocks the process on a lock of another. For the lock of writing not at all: SQLite would sleep,
 * and longer each time; to try again lets the process work meanwhile.
 */
const BUSY_TIMEOUT_MS = { reading: 20, writing: 0 };
/**
 * What each cache keeps at most, in characters of the texts: for each of them what SQLite makes of a text takes up to seventy
 * bytes, and to prepare the longest that is kept takes a millisecond.
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
  const prepare = {
    rows: preparing(database),
    plucked: preparing(database, (text) => database.prepare(text).pluck()),
  };
  return {
    run: ({ sql, parameters, plucked }: ThreadRead) =>
      (plucked ? prepare.plucked : prepare.rows)(sql).all(...parameters),
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
}

/**
 * A statement's text is its shape, so the prepared ones are kept by text, up to a number and a size. The driver ends those that
 * are dropped when they are collected: soon if they are young, long after if they are not, as nothing tells the collector
 * how large they are. Hence one is kept only once its text comes again, which most of the many and large ones never do.
 */
export function preparing(
  database: Database.Database,
  prepare: (text: string) => Database.Statement = (text) => database.prepare(text),
): (text: string) => Database.Statement {
  const bounds = {
    max: CACHED.statements,
    maxSize: CACHED.characters,
    maxEntrySize: CACHED.charactersOfOne,
    sizeCalculation: (_value: unknown, text: string) => text.length,
  };
  const seen = new LRUCache<string, true>(bounds);
  const statements = new LRUCache<string, Database.Statement>(bounds);
  return (text) => {
    const kept = statements.get(text);
    if (kept) return kept;
    const statement = prepare(text);
    if (seen.delete(text)) statements.set(text, statement);
    else seen.set(text, true);
    return statement;
  };
}
