import { type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { Kysely, type RawBuilder, sql, type SqliteDialect } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import { CallRecordsError } from '../../domain/errors.js';
import { makeFolder } from '../../platform/make-folder.js';
import type { Engine, EngineOptions, Insert, RowKey, StatementEvent, Taken } from '../engine/engine.js';
import { codeOf } from '../../platform/error-code.js';
import { wordsOf } from '../engine/grams.js';
import { ReaderThreads, type ThreadRead } from '../engine/reader-threads.js';
import { runMigrations } from '../engine/migrations.js';
import { retry, RETRY_FOR_MS } from '../engine/retry.js';
import type { Scan } from '../engine/readers.js';
import { readerBy } from '../engine/reader-by.js';
import type { LoggedChange, Tables } from '../rows/tables.js';
import { connect } from './connection.js';
import { Filling } from './filling.js';
import { DIALECT, JOINING } from './dialect.js';
import { damaged, explain, isBusy, outOfUse } from './errors.js';
import { SqliteRows } from './rows.js';
import { requireOwnTables } from './own-tables.js';
import { keepPrivate } from './files.js';
import { dialect, joinedRows, type Listeners, withStatementCache } from './driver.js';
import { emptyLog, forgetGrams } from './traces.js';
import { SqliteTransactions } from './transactions.js';
import { type IsKnown, type Joined, selectJoined, splitBytes, splitJoined, type TextRows } from '../engine/raw-rows.js';
import { type Reduced, reduceInTurns, type Reduction } from '../engine/reductions.js';
import type { Statement } from '../engine/statement-templates.js';

/** From this many records on, a scan takes more than a few milliseconds, the most that other work should wait. */
const LONG_FROM = { rows: 5_000, entries: 500_000 };
const SIZE_KNOWN_MS = 1_000;
/** A check takes some microseconds. */
const WATCHED_EVERY_MS = 200;

/** Longer than most commits of others. */
const SHORT_WAIT_MS = 10;
/** Longer than any commit of others, except those of imports and migrations. */
const LONG_WAIT_MS = 1_000;

/**
 * A commit takes a few milliseconds. During these the lock is tried in each turn of the event loop, and less often
 * later. With a timer the lock would be idle for half of a commit's time. A process that writes much leaves the others
 * a little more time.
 */
const pause = (waitedMs: number) => (waitedMs < SHORT_WAIT_MS ? turn() : wait(waitedMs < LONG_WAIT_MS ? 1 : 4));

/** How long processes may wait that open a new file at the same time. */
const OPEN_WITHIN_MS = 30_000;

const OPENING: Pick<Engine, 'attempts' | 'pause' | 'isTransient'> = {
  attempts: Infinity,
  pause,
  isTransient: (error) => isBusy((error as Error).cause),
};

/** Opens (and creates) the file. Throws one line saying what to do if it is no database or cannot be used. */
export function openSqlite(path: string, { fills = false }: EngineOptions = {}): Promise<Engine> {
  return retry(OPENING, async () => open(path, fills), OPEN_WITHIN_MS);
}

function open(path: string, fills: boolean): Engine {
  const location = resolve(path);
  const listeners: Listeners = new Set();
  try {
    makeFolder(dirname(location));
    keepPrivate(location);
    const writer = connect(location);
    // With a second connection, neither would be alone on the file.
    const reader = fills ? writer : connect(location, true);
    return new SqliteEngine(location, writer, reader, listeners);
  } catch (error) {
    throw explain(location, error);
  }
}

class SqliteEngine implements Engine {
  readonly dialect = DIALECT;
  readonly hasOneWriter = true;
  /** Limited only by the time for waiting. */
  readonly attempts = Infinity;
  readonly pause = pause;
  readonly isShared = true;
  readonly readsEntriesAlone = true;
  readonly reader: Kysely<Tables>;
  private readonly reading: SqliteDialect;
  private readonly writer: Kysely<Tables>;
  private readonly transactions: SqliteTransactions;
  private readonly rows: SqliteRows;
  private readonly filling: Filling;
  readonly texts: TextRows;
  private readonly threads: ReaderThreads;
  private size: number | null = null;
  private sizeReadAt = 0;
  private readonly file: Stats;
  /** The first failure that showed damage to the file, which does not get better. */
  private damage: unknown = null;

  constructor(
    readonly location: string,
    private readonly database: Database.Database,
    private readonly readingDatabase: Database.Database,
    private readonly listeners: Listeners,
  ) {
    this.file = statSync(location);
    // The trigger of known identities calls it, so that a writer without this function cannot write them.
    database.function('gram_words', { deterministic: true }, (text) => wordsOf(text as string));
    const written = withStatementCache(database, listeners);
    this.writer = new Kysely({ dialect: dialect(written) });
    this.transactions = new SqliteTransactions(written, () => database.inTransaction);
    this.reading = dialect(withStatementCache(readingDatabase, listeners));
    this.reader = new Kysely({ dialect: this.reading });
    this.rows = new SqliteRows(database, listeners);
    this.filling = new Filling(database);
    this.threads = new ReaderThreads('sqlite/thread.js', location);
    this.texts = this.joinedTexts();
  }

  private joinedTexts(): TextRows {
    // Set before each statement, which runs to its end before anything else does.
    let known: IsKnown = () => false;
    this.readingDatabase.function(JOINING.isKnown, (id, revision) => Number(known(id as string, revision as number)));
    const joined = joinedRows(this.readingDatabase, this.listeners);
    const read = async (statement: Statement, scan: Scan, asker?: Asker): Promise<Joined> => {
      if (!this.isLong(scan)) return joined(statement);
      const [row] = await this.readLong({ ...statement, plucked: true }, asker);
      return row as Joined;
    };
    return {
      select: (query, reading) => selectJoined(this.reader, JOINING, query, reading),
      read: async (statement, scan, isKnown, asker) => {
        known = isKnown;
        return splitJoined(await read(statement, scan, asker));
      },
      readBytes: async (statement, scan, asker) => splitBytes(await read(statement, scan, asker)),
    };
  }

  readerFor(scan: Scan, asker?: Asker): Kysely<Tables> {
    if (!this.isLong(scan)) return this.reader;
    return readerBy((statement) => this.readLong({ ...statement, plucked: false }, asker), this.reading);
  }

  async reduce<Of extends Reduction>(query: RawBuilder<unknown>, reduction: Of, asker?: Asker): Promise<Reduced<Of>> {
    const statement = query.compile(this.reader);
    if (!this.isLong('rows')) return reduceInTurns(reduction, (await this.reader.executeQuery(statement)).rows);
    const { sql, parameters } = statement;
    const [result] = await this.readLong({ sql, parameters, plucked: false, reduction }, asker);
    return result as Reduced<Of>;
  }

  private isLong(scan: Scan): boolean {
    if (scan === 'range') return false;
    if (Date.now() - this.sizeReadAt > SIZE_KNOWN_MS) {
      this.sizeReadAt = Date.now();
      this.size = this.readingDatabase.prepare('select max(rowid) from call_records').pluck().get() as number | null;
    }
    return (this.size ?? 0) > LONG_FROM[scan];
  }

  private async readLong(read: ThreadRead, asker?: Asker): Promise<unknown[]> {
    const start = performance.now();
    const rows = await this.threads.run(read, asker);
    const { sql, parameters } = read;
    this.listeners.forEach((listener) => listener({ sql, parameters, durationMs: performance.now() - start }));
    return rows;
  }

  async transaction<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    try {
      return await this.transactions.run(() => {
        this.requireFile();
        return work(this.writer);
      });
    } catch (error) {
      this.filling.forget();
      throw error;
    }
  }

  /** On a connection of its own: in WAL mode, a transaction that reads keeps the state of its first read. */
  async snapshot<Result>(work: (reader: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    const database = connect(this.location, true);
    const reader = new Kysely<Tables>({ dialect: dialect(withStatementCache(database, this.listeners)) });
    try {
      database.exec('begin');
      return await work(reader);
    } finally {
      await reader.destroy();
      database.close();
    }
  }

  /**
   * A write into a file that was removed or replaced is lost when this process ends; a write into a damaged file may
   * be. Asking the system for a file's number costs a hundredth of a commit.
   */
  private requireFile(): void {
    if (this.damage !== null) throw damaged(this.damage);
    const found = statSync(this.location, { throwIfNoEntry: false });
    if (found?.ino === this.file.ino && found.dev === this.file.dev) return;
    const happened = found ? 'was replaced' : 'is gone';
    throw outOfUse(
      new Error(`The database ${this.location} ${happened} while it was in use; start again to use what is there.`),
    );
  }

  async insertRows<Name extends keyof Tables>(
    _transaction: Kysely<Tables>,
    table: Name,
    rows: readonly Tables[Name][],
    taken: Taken = 'fail',
  ): Promise<void> {
    const own = table === 'known_identities' ? this.filling.unknown(rows) : rows;
    this.rows.insert(this.filling.tableFor(table), own, taken);
  }

  beginFilling(): void {
    if (this.database === this.readingDatabase) this.filling.begin();
  }

  endFilling(isLast: boolean): void {
    this.filling.end();
    if (isLast) this.filling.letIn();
  }

  async insertTogether(transaction: Kysely<Tables>, inserts: readonly Insert[]): Promise<void> {
    for (const { table, rows, taken } of inserts) await this.insertRows(transaction, table, rows, taken);
  }

  async removeRows(_transaction: Kysely<Tables>, table: keyof Tables, keys: readonly RowKey[]): Promise<void> {
    this.rows.remove(table, keys);
  }

  /** There is one writer: no other transaction forgets or holds identities meanwhile. */
  async holdKnown(): Promise<void> {}
  async awaitForgetting(): Promise<void> {}
  async claimKnown(): Promise<void> {}

  logChanges(transaction: Kysely<Tables>, changes: readonly LoggedChange[]): Promise<void> {
    // The clock of the machine is that of the database.
    const changed_at = Date.now();
    const rows = changes.map((change) => ({ ...change, changed_at }));
    return this.insertRows(transaction, 'call_record_changes', rows);
  }

  /** Changes are numbered when they are written, one transaction after the other. */
  async numberChanges(): Promise<void> {}
  async continueNumbering(): Promise<void> {}

  async lastChange(): Promise<bigint> {
    const newest = this.reader
      .selectFrom('call_record_changes')
      .select(sql<string>`cast(max(sequence) as text)`.as('last'));
    return BigInt((await newest.executeTakeFirst())?.last ?? 0);
  }

  /** SQLite counts for each connection the commits of all others, including those of this process' writer. */
  watchCommits(listener: () => void): () => void {
    const version = () => {
      try {
        return this.readingDatabase.pragma('data_version', { simple: true });
      } catch {
        // The next read finds the reason.
        return null;
      }
    };
    let seen = version();
    const look = () => {
      const now = version();
      if (now !== seen) listener();
      seen = now;
    };
    const timer = setInterval(look, WATCHED_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  /** Throws one line saying what to do, as opening does. A damaged file, or that of another program, may open well. */
  async migrate(): Promise<string[]> {
    try {
      requireOwnTables(this.database, this.location);
      if (this.filling.isHalf) {
        process.emitWarning(`The first fill of ${this.location} was cut short: what is there is put in order first.`);
        this.filling.endAny();
      }
      const runScript = async (_database: Kysely<unknown>, script: string) => void this.database.exec(script);
      return await runMigrations(this.writer, { dialect: 'sqlite' }, runScript);
    } catch (error) {
      const isOfFile = codeOf(error).startsWith('SQLITE_') && !this.isTransient(error);
      throw isOfFile ? explain(this.location, error) : error;
    }
  }

  onStatement(listener: (event: StatementEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  isTransient(error: unknown): boolean {
    return isBusy(error);
  }

  unavailable(error: unknown): CallRecordsError | null {
    const code = codeOf(error);
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return damaged((this.damage ??= error));
    return /^SQLITE_(BUSY|LOCKED|READONLY|IOERR|FULL|CANTOPEN)/.test(code) ? outOfUse(error) : null;
  }

  async leaveNoTrace(): Promise<void> {
    await forgetGrams((work) =>
      retry(this, () => this.transactions.run(async () => work(this.database)), RETRY_FOR_MS),
    );
    await emptyLog(this.location);
  }

  async sizeBytes(): Promise<number> {
    const files = [this.location, `${this.location}-wal`];
    return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  get waitingReads(): number {
    return this.threads.waitingCount;
  }

  async close(): Promise<void> {
    // Kysely alone would leave a database open that was never queried. While one is open, the write-ahead log stays.
    await this.threads.close();
    await this.reader.destroy();
    this.readingDatabase.close();
    await this.writer.destroy();
    this.database.close();
  }
}
