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
  type SqlBool,
  type SqliteDatabase,
  sql,
} from 'kysely';
import { CallRecordsError } from '../domain/errors.js';
import type { Dialect, Engine, StatementEvent, Taken } from './engine.js';
import { runMigrations } from './migrations.js';
import type { ChangeKind, Tables } from './schema.js';

/** How long one attempt blocks the process on another writer's lock; longer waits are retries that let it work. */
const BUSY_TIMEOUT_MS = 20;
const CACHED_STATEMENTS = 500;

/** How long the processes that open a new file at the same time may take until each has had its turn. */
const OPEN_WITHIN_MS = 30_000;

/** Opens (and creates) the file. Throws one line saying what to do if it is no database or cannot be used. */
export async function openSqlite(path: string): Promise<Engine> {
  const end = Date.now() + OPEN_WITHIN_MS;
  for (;;) {
    try {
      return open(path);
    } catch (error) {
      if (!codeOf((error as Error).cause).startsWith('SQLITE_BUSY') || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_TIMEOUT_MS * (0.5 + Math.random())));
    }
  }
}

function open(path: string): Engine {
  const location = resolve(path);
  const listeners = new Set<(event: StatementEvent) => void>();
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
  database.pragma('cache_size = -65536');
  return database;
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

/** What stands for the verb of an insert. */
const VERBS: Record<Taken, string> = { fail: 'insert', keep: 'insert or ignore', replace: 'insert or replace' };

const eachUser: Dialect['eachUser'] = (users) => sql<{ value: string }>`json_each(${JSON.stringify(users)})`.as('u');

const DIALECT: Dialect = {
  eachUser,
  recordsOfEach: (database, users, ids) =>
    database
      .selectFrom(eachUser(users))
      .innerJoin('call_records as r', (join) => join.on(sql<SqlBool>`r.id in (${ids})`)),
  forUpdate: (rows) => rows,
};

class SqliteEngine implements Engine {
  readonly dialect = DIALECT;
  /** As many as the time for waiting holds. */
  readonly attempts = Infinity;
  readonly reader: Kysely<Tables>;
  private readonly writer: Kysely<Tables>;
  private readonly inserts = new Map<string, Database.Statement>();

  constructor(
    readonly location: string,
    private readonly database: Database.Database,
    private readonly readingDatabase: Database.Database,
    private readonly listeners: Set<(event: StatementEvent) => void>,
  ) {
    this.writer = new Kysely({ dialect: dialect(database, listeners) });
    this.reader = new Kysely({ dialect: dialect(readingDatabase, listeners) });
  }

  transaction<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    return this.writer.transaction().execute(work);
  }

  async insertRows<Name extends keyof Tables>(
    _transaction: Kysely<Tables>,
    table: Name,
    rows: readonly Tables[Name][],
    taken: Taken = 'fail',
  ): Promise<void> {
    const [first] = rows;
    if (!first) return;
    // A prepared single-row insert is the fastest way into SQLite; the transaction is the writer's, as there is only one.
    const insert = this.insertInto(table, Object.keys(first), taken);
    for (const row of rows) insert.run(row);
    this.listeners.forEach((listener) => listener({ sql: insert.source, parameters: [], durationMs: 0 }));
  }

  private insertInto(table: string, columns: string[], taken: Taken): Database.Statement {
    const key = `${table}(${columns.join()})${taken}`;
    let statement = this.inserts.get(key);
    if (!statement) {
      statement = this.database.prepare(
        `${VERBS[taken]} into ${table} (${columns.join(', ')}) values (${columns.map((name) => `@${name}`).join(', ')})`,
      );
      this.inserts.set(key, statement);
    }
    return statement;
  }

  /** The one writer: nobody forgets names, or holds them, while its transaction lasts. */
  async holdNames(): Promise<void> {}
  async claimNames(): Promise<void> {}

  logChanges(transaction: Kysely<Tables>, recordIds: readonly string[], kind: ChangeKind): Promise<void> {
    const rows = recordIds.map((record_id) => ({ record_id, kind }));
    return this.insertRows(transaction, 'call_record_changes', rows);
  }

  /** They are numbered as they are written, one transaction after the other. */
  async numberChanges(): Promise<void> {}
  async continueNumbering(): Promise<void> {}

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
    await this.reader.destroy();
    this.readingDatabase.close();
    await this.writer.destroy();
    this.database.close();
  }
}

function dialect(database: Database.Database, listeners: Set<(event: StatementEvent) => void>): SqliteDialect {
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

/** Kysely prepares at each call; a statement's text is its shape, so the prepared ones are kept by text. */
function withStatementCache(
  database: Database.Database,
  listeners: Set<(event: StatementEvent) => void>,
): SqliteDatabase {
  const statements = new Map<string, Database.Statement>();
  const prepare = (text: string): Database.Statement => {
    const known = statements.get(text);
    if (known) return known;
    const [oldest] = statements.keys();
    if (statements.size >= CACHED_STATEMENTS && oldest !== undefined) statements.delete(oldest);
    const statement = database.prepare(text);
    statements.set(text, statement);
    return statement;
  };
  const observe = (text: string, parameters: readonly unknown[], run: () => unknown) => {
    if (listeners.size === 0) return run();
    const start = performance.now();
    const result = run();
    listeners.forEach((listener) => listener({ sql: text, parameters, durationMs: performance.now() - start }));
    return result;
  };
  return {
    prepare: (text) => {
      const statement = prepare(text);
      return {
        reader: statement.reader,
        all: (parameters) => observe(text, parameters, () => statement.all(...parameters)) as unknown[],
        run: (parameters) => observe(text, parameters, () => statement.run(...parameters)) as Database.RunResult,
        iterate: (parameters) => statement.iterate(...parameters),
      };
    },
    close: () => database.close(),
  };
}

/** Not by `instanceof Error`: the native driver keeps one error class for the process, which may be of another realm. */
function codeOf(error: unknown): string {
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
