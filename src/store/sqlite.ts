import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type MigrationLockOptions,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type SqliteDatabase,
} from 'kysely';
import { CallRecordsError } from '../domain/errors.js';
import type { Engine, StatementEvent } from './engine.js';
import { type LongRead, LongReads } from './long-reads.js';
import { runMigrations } from './migrations.js';
import type { Scan } from './readers.js';
import { readerBy } from './row-driver.js';
import type { Tables } from './schema.js';
import type { Statement } from './statement-shapes.js';
import { selectJoined, splitJoined, type TextRows } from './text-rows.js';

/** How long one attempt blocks the process on another writer's lock; longer waits are retries that let it work. */
const BUSY_TIMEOUT_MS = 20;
const CACHED_STATEMENTS = 500;
const CACHE_KIB = 65_536;
const THREAD_CACHE_KIB = 8_192;
/** Records from which on a scan takes more than a few milliseconds, as long as anybody else should wait. */
const LONG_FROM = { rows: 5_000, entries: 500_000 };
const SIZE_KNOWN_MS = 1_000;

/** Opens (and creates) the file. Throws one line saying what to do if it is no database or cannot be used. */
export function openSqlite(path: string): Engine {
  const location = resolve(path);
  const listeners: Listeners = new Set();
  try {
    mkdirSync(dirname(location), { recursive: true });
    const writer = connect(location);
    const reader = connect(location, true);
    return new SqliteEngine(location, writer, reader, listeners);
  } catch (error) {
    throw explain(location, error);
  }
}

function connect(location: string, readonly = false): Database.Database {
  const database = new Database(location, { readonly: readonly && existsSync(location), timeout: BUSY_TIMEOUT_MS });
  if (!readonly) requireDurable(database);
  database.pragma(`cache_size = -${CACHE_KIB}`);
  return database;
}

/** What a thread reads with; see LongReads. */
export function openThreadReader(location: string) {
  const database = connect(location, true);
  database.pragma(`cache_size = -${THREAD_CACHE_KIB}`);
  const prepare = {
    rows: preparing(database),
    plucked: preparing(database, (text) => database.prepare(text).pluck()),
  };
  return {
    run: ({ sql, parameters, plucked }: LongRead) => (plucked ? prepare.plucked : prepare.rows)(sql).all(...parameters),
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

class SqliteEngine implements Engine {
  readonly reader: Kysely<Tables>;
  private readonly writer: Kysely<Tables>;
  private readonly inserts = new Map<string, Database.Statement>();
  readonly texts: TextRows;
  private readonly longReads: LongReads;
  private readonly longReader: Kysely<Tables>;
  private size: number | null = null;
  private sizeReadAt = 0;

  constructor(
    readonly location: string,
    private readonly database: Database.Database,
    private readonly readingDatabase: Database.Database,
    private readonly listeners: Listeners,
  ) {
    this.writer = new Kysely({ dialect: dialect(database, listeners) });
    this.reader = new Kysely({ dialect: dialect(readingDatabase, listeners) });
    this.longReads = new LongReads(location);
    this.longReader = readerBy((statement) => this.readLong({ ...statement, plucked: false }));
    const joined = joinedRows(readingDatabase, listeners);
    this.texts = {
      select: (query, columns) => selectJoined(this.reader, query, columns),
      read: async (statement, columns, scan) => {
        if (!this.isLong(scan)) return splitJoined(joined(statement), columns);
        const [row] = await this.readLong({ ...statement, plucked: true });
        return splitJoined(row as Uint8Array | null, columns);
      },
    };
  }

  readerFor(scan: Scan): Kysely<Tables> {
    return this.isLong(scan) ? this.longReader : this.reader;
  }

  private isLong(scan: Scan): boolean {
    if (scan === 'range') return false;
    if (Date.now() - this.sizeReadAt > SIZE_KNOWN_MS) {
      this.sizeReadAt = Date.now();
      this.size = this.readingDatabase.prepare('select max(rowid) from call_records').pluck().get() as number | null;
    }
    return (this.size ?? 0) > LONG_FROM[scan];
  }

  private async readLong(read: LongRead): Promise<unknown[]> {
    const start = performance.now();
    const rows = await this.longReads.run(read);
    const { sql, parameters } = read;
    this.listeners.forEach((listener) => listener({ sql, parameters, durationMs: performance.now() - start }));
    return rows;
  }

  transaction<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    return this.writer.transaction().execute(work);
  }

  async insertRows<Name extends keyof Tables>(
    _transaction: Kysely<Tables>,
    table: Name,
    rows: readonly Tables[Name][],
    ifAbsent = false,
  ): Promise<void> {
    const [first] = rows;
    if (!first) return;
    // A prepared single-row insert is the fastest way into SQLite; the transaction is the writer's, as there is only one.
    const insert = this.insertInto(table, Object.keys(first), ifAbsent);
    for (const row of rows) insert.run(row);
    this.listeners.forEach((listener) => listener({ sql: insert.source, parameters: [], durationMs: 0 }));
  }

  private insertInto(table: string, columns: string[], ifAbsent: boolean): Database.Statement {
    const key = `${table}(${columns.join()})${ifAbsent}`;
    let statement = this.inserts.get(key);
    if (!statement) {
      const verb = ifAbsent ? 'insert or ignore' : 'insert';
      statement = this.database.prepare(
        `${verb} into ${table} (${columns.join(', ')}) values (${columns.map((name) => `@${name}`).join(', ')})`,
      );
      this.inserts.set(key, statement);
    }
    return statement;
  }

  /** Throws one line saying what to do, as opening does: a damaged file, or that of another program, may open well. */
  async migrate(): Promise<string[]> {
    try {
      this.requireOwn();
      return await runMigrations(this.writer, 'sqlite', async (_database, script) => void this.database.exec(script));
    } catch (error) {
      const isOfFile = codeOf(error).startsWith('SQLITE_') && !this.isTransient(error);
      throw isOfFile ? explain(this.location, error) : error;
    }
  }

  /** Tables, but no migration that has run: they are somebody else's, and nothing is written among them. */
  private requireOwn(): void {
    const list = (query: string) => this.database.prepare(query).pluck().all() as string[];
    const tables = list(`select name from sqlite_master where type = 'table'`);
    const [foreign] = tables.filter((name) => !/^(_|sqlite_|schema_migrations)/.test(name));
    if (foreign === undefined) return;
    if (tables.includes('schema_migrations') && list('select name from schema_migrations').length > 0) return;
    throw new Error(
      `The database ${this.location} is another program's (it has a table ${foreign}); set DATABASE_URL to another file.`,
    );
  }

  onStatement(listener: (event: StatementEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  isTransient(error: unknown): boolean {
    return codeOf(error).startsWith('SQLITE_BUSY');
  }

  unavailable(error: unknown): CallRecordsError | null {
    if (!/^SQLITE_(BUSY|LOCKED|READONLY|IOERR|CORRUPT|FULL|CANTOPEN|NOTADB)/.test(codeOf(error))) return null;
    return new CallRecordsError('SERVICE_UNAVAILABLE', 'The database cannot be used at the moment; try again later.', {
      retryAfterSeconds: 1,
      cause: error,
    });
  }

  async close(): Promise<void> {
    // Not by Kysely alone, which leaves a database open that was never asked: while it is open, the write-ahead log stays.
    await this.longReads.close();
    await this.reader.destroy();
    this.readingDatabase.close();
    await this.writer.destroy();
    this.database.close();
  }
}

function dialect(database: Database.Database, listeners: Listeners): SqliteDialect {
  const cached = withStatementCache(database, listeners);
  return new (class extends SqliteDialect {
    override createDriver() {
      return new ImmediateDriver({ database: cached });
    }
    override createAdapter() {
      return new LockingAdapter();
    }
  })({ database: cached });
}

/** Begins with the write lock: a transaction that reads first and upgrades later would fail where another wrote between. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(BEGIN);
  }
}

const BEGIN = CompiledQuery.raw('begin immediate');

/** Migrations run in one immediate transaction, so whoever comes second waits and then finds nothing to do. */
class LockingAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
  override async acquireMigrationLock(_database: Kysely<unknown>, _options: MigrationLockOptions): Promise<void> {}
  override async releaseMigrationLock(_database: Kysely<unknown>, _options: MigrationLockOptions): Promise<void> {}
}

type Listeners = Set<(event: StatementEvent) => void>;

/** A statement's text is its shape, so the prepared ones are kept by text, up to a number. */
function preparing(database: Database.Database, prepare = (text: string) => database.prepare(text)) {
  const statements = new Map<string, Database.Statement>();
  return (text: string): Database.Statement => {
    const known = statements.get(text);
    if (known) return known;
    const [oldest] = statements.keys();
    if (statements.size >= CACHED_STATEMENTS && oldest !== undefined) statements.delete(oldest);
    const statement = prepare(text);
    statements.set(text, statement);
    return statement;
  };
}

function observe<Result>(listeners: Listeners, statement: Statement, run: () => Result): Result {
  if (listeners.size === 0) return run();
  const start = performance.now();
  const result = run();
  listeners.forEach((listener) => listener({ ...statement, durationMs: performance.now() - start }));
  return result;
}

/** Kysely prepares at each call. */
function withStatementCache(database: Database.Database, listeners: Listeners): SqliteDatabase {
  const prepare = preparing(database);
  return {
    prepare: (text) => {
      const statement = prepare(text);
      return {
        reader: statement.reader,
        all: (parameters) => observe(listeners, { sql: text, parameters }, () => statement.all(...parameters)),
        run: (parameters) => observe(listeners, { sql: text, parameters }, () => statement.run(...parameters)),
        iterate: (parameters) => statement.iterate(...parameters),
      };
    },
    close: () => database.close(),
  };
}

/** Runs selects of one value. */
function joinedRows(database: Database.Database, listeners: Listeners): (statement: Statement) => Buffer | null {
  const prepare = preparing(database, (text) => database.prepare(text).pluck());
  return (statement) =>
    observe(listeners, statement, () => prepare(statement.sql).get(...statement.parameters) as Buffer | null);
}

/** Not by `instanceof Error`: the native driver keeps one error class for the process, which may be of another realm. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** One line for the person who starts the server, saying what to do. */
function explain(location: string, error: unknown): Error {
  const code = codeOf(error);
  const reason = (error as Error).message;
  const advice =
    code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')
      ? 'it is damaged or no SQLite database; restore it from a backup, or move it away to start empty'
      : code.startsWith('SQLITE_READONLY') ||
          code.startsWith('SQLITE_CANTOPEN') ||
          code === 'EACCES' ||
          code === 'EROFS'
        ? 'it cannot be written; give this user write permission on the file and its folder, or set DATABASE_URL to another file'
        : reason;
  return new Error(`Cannot open the database ${location}: ${advice}.`, { cause: error });
}
