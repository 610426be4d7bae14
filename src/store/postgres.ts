import { setTimeout as wait } from 'node:timers/promises';
import {
  CompiledQuery,
  HandleEmptyInListsPlugin,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  replaceWithNoncontingentExpression,
  sql,
} from 'kysely';
import type { CallRecordsError } from '../domain/errors.js';
import type { AddSpending } from '../domain/spending.js';
import { isStorable } from '../domain/text.js';
import type { Dialect, Engine, EngineOptions, Insert, StatementEvent, Taken } from './engine.js';
import { gramsOf } from './grams.js';
import { runMigrations } from './migrations.js';
import { IdentityForgotten, isTransient, unavailable } from './postgres-errors.js';
import { copyStatement, createStatement, insertStatement, lockingKnown, logStatement } from './postgres-inserts.js';
import { ConnectionPool, Unhurried } from './postgres-pool.js';
import { requireOwnSchema } from './postgres-schema.js';
import { spendingIn } from './postgres-spending.js';
import type { KnownIdentity, LoggedChange, Tables } from './schema.js';
import { selectRows, type TextRows } from './text-rows.js';

const CONNECTIONS = 10;
/** A transaction is tried once, and three times again. */
const ATTEMPTS = 4;
const PAUSE_MS = 15;
/** Rows from which on COPY is faster than an insert that carries them as arrays. */
const COPY_FROM_ROWS = 500;
const NUMBERED_AT_ONCE = 10_000;
const WATCHED_EVERY_MS = 250;
const MIGRATION_LOCK_WITHIN_MS = 60_000;

/** Opens the database that a postgres:// URL names. Throws one line saying what to do if it cannot be used. */
export async function openPostgres(url: string, options: EngineOptions): Promise<Engine> {
  const location = withoutSecrets(url);
  const listeners = new Set<(event: StatementEvent) => void>();
  const pool = new ConnectionPool(url, options.connections ?? CONNECTIONS, listeners);
  const database = new Kysely<Tables>({
    // PostgreSQL takes `in ()` for a mistake; SQLite, for what it is.
    plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })],
    dialect: new MigratingDialect({ pool }),
  });
  try {
    await requireUsable(database, options);
    return new PostgresEngine(location, database, listeners, pool);
  } catch (error) {
    await database.destroy();
    throw explain(location, error);
  }
}

/** One line for the person who starts the server. */
function explain(location: string, error: unknown): Error {
  return new Error(`Cannot use the database ${location}: ${(error as Error).message}.`, { cause: error });
}

/** The URL as it may be printed: user, password and parameters can be secrets. */
function withoutSecrets(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}

/** An acknowledged create must survive the death of the server. */
async function requireUsable(database: Kysely<Tables>, { allowLossyCommits = false }: EngineOptions): Promise<void> {
  const settings = sql<{ name: string; setting: string }>`
    select name, setting from pg_settings where name in ('synchronous_commit', 'fsync', 'server_encoding')`;
  const { rows } = await settings.execute(database);
  const value = new Map(rows.map(({ name, setting }) => [name, setting]));
  if (value.get('server_encoding') !== 'UTF8')
    throw new Error('its encoding is not UTF8; create it with ENCODING UTF8');
  const lossy = ['synchronous_commit', 'fsync'].filter((name) => value.get(name) === 'off');
  if (lossy.length > 0 && !allowLossyCommits) {
    throw new Error(
      `${lossy.join(' and ')} is off, so it loses what was acknowledged when it dies; switch it on, or set ALLOW_LOSSY_COMMITS=true`,
    );
  }
}

/** Nobody is found by what the database cannot hold. */
const eachUser: Dialect['eachUser'] = (users) =>
  sql<{ value: string }>`unnest(${users.filter(isStorable)}::text[])`.as<'u'>(sql`u(value)`);

const DIALECT: Dialect = {
  nowMs: sql`floor(extract(epoch from statement_timestamp()) * 1000)::bigint`,
  eachUser,
  recordsOfEach: (database, users, ids) =>
    database
      .selectFrom(eachUser(users))
      .innerJoinLateral(ids.as('page'), (join) => join.onTrue())
      .innerJoin('call_records as r', 'r.id', 'page.id'),
  holdsText: (list, text) => sql`exists (select 1 from json_array_elements_text(${list}::json) t where t = ${text})`,
  // Readers go on, and writers, who touch no sums.
  lockSums: sql`lock table call_record_sums in share row exclusive mode`,
  forUpdate: (rows) => rows.forUpdate() as typeof rows,
  knownWith: (text) => sql`from known_identities n where grams(n.search_text) @> ${gramsOf(text)}::text[]`,
};

const separator = (code: number) => sql.raw<string>(`chr(${code})`);

class PostgresEngine implements Engine {
  readonly dialect = DIALECT;
  readonly hasOneWriter = false;
  readonly attempts = ATTEMPTS;
  readonly isShared = false;
  readonly readsEntriesAlone = false;
  readonly texts: TextRows;

  readonly addSpending: AddSpending;

  constructor(
    readonly location: string,
    readonly reader: Kysely<Tables>,
    private readonly listeners: Set<(event: StatementEvent) => void>,
    private readonly pool: ConnectionPool,
  ) {
    this.addSpending = spendingIn(reader);
    // Its driver reads rows in less time than the server takes to join them.
    this.texts = {
      select: (query, { columns }) => selectRows(separator, query, columns),
      read: (statement) => pool.readTexts(statement),
    };
  }

  /** The server has processes of its own for whatever takes long. */
  readerFor(): Kysely<Tables> {
    return this.reader;
  }

  transaction<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    return this.reader.transaction().execute(work);
  }

  async insertRows<Name extends keyof Tables>(
    transaction: Kysely<Tables>,
    table: Name,
    rows: readonly Tables[Name][],
    taken: Taken = 'fail',
  ): Promise<void> {
    await this.insertTogether(transaction, [{ table, rows, taken } as unknown as Insert]);
  }

  async insertTogether(transaction: Kysely<Tables>, inserts: readonly Insert[]): Promise<void> {
    const some = inserts.filter(({ rows }) => rows.length > 0);
    const isMany = ({ rows, taken }: Insert) => taken === 'fail' && rows.length >= COPY_FROM_ROWS;
    for (const insert of some.filter(isMany)) await transaction.executeQuery(copyStatement(insert));
    const few = some.filter((insert) => !isMany(insert));
    // In one statement: to wait for the server once for each table would take longer than what it does.
    if (few.length > 0) await transaction.executeQuery(insertStatement(few));
  }

  readonly insertAtOnce: Engine['insertAtOnce'] = async (inserts, known, created) => {
    await this.pool.run(createStatement(inserts, known, created));
  };

  async holdKnown(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void> {
    if (known.length === 0) return;
    const { rows } = await transaction.executeQuery(lockingKnown(known, 'key share'));
    if (rows.length < known.length) throw new IdentityForgotten();
  }

  async awaitForgetting(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void> {
    await transaction.executeQuery(lockingKnown(known, 'no key update'));
  }

  async claimKnown(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void> {
    await transaction.executeQuery(lockingKnown(known, 'update'));
  }

  async logChanges(transaction: Kysely<Tables>, changes: readonly LoggedChange[]): Promise<void> {
    // By now all the records are locked, so that whoever changes one of them next reads a later time from this clock.
    await transaction.executeQuery(logStatement(changes));
  }

  async numberChanges(): Promise<void> {
    while (await this.hasUnnumbered()) await this.transaction(numberSome);
  }

  private async hasUnnumbered(): Promise<boolean> {
    const { rows } = await sql`select 1 from unnumbered_changes limit 1`.execute(this.reader);
    return rows.length > 0;
  }

  async lastChange(): Promise<bigint> {
    for (;;) {
      const { rows } = await sql<{ last: string; waits: boolean }>`
        select last_sequence::text as last, exists (select 1 from unnumbered_changes) as waits from change_numbering
      `.execute(this.reader);
      const [row] = rows;
      if (!row?.waits) return BigInt(row?.last ?? 0);
      await this.transaction(numberSome);
    }
  }

  /**
   * It says no more than that it is time to look. The server could tell (NOTIFY), but not for nothing: transactions that
   * do so commit one after the other, in the whole of the server.
   */
  watchCommits(listener: () => void): () => void {
    const timer = setInterval(listener, WATCHED_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  async continueNumbering(transaction: Kysely<Tables>): Promise<void> {
    await sql`
      update change_numbering set last_sequence = (select coalesce(max(sequence), 0) from call_record_changes)
    `.execute(transaction);
  }

  async migrate(): Promise<string[]> {
    try {
      const schema = await requireOwnSchema(this.reader);
      const runScript = async (database: Kysely<unknown>, script: string) => {
        // In a table of millions this takes minutes.
        await database.executeQuery(CompiledQuery.raw(script, [new Unhurried()]));
      };
      return await runMigrations(this.reader, { dialect: 'postgres', schema }, runScript);
    } catch (error) {
      throw isTransient(error) ? error : explain(this.location, error);
    }
  }

  onStatement(listener: (event: StatementEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** With jitter, so that several do not meet again. */
  pause(): Promise<void> {
    return wait(PAUSE_MS * (0.5 + Math.random()));
  }

  isTransient(error: unknown): boolean {
    return isTransient(error);
  }

  unavailable(error: unknown): CallRecordsError | null {
    return unavailable(this.location, error);
  }

  async sizeBytes(): Promise<number> {
    const { rows } = await sql<{ size: string }>`select pg_database_size(current_database()) as size`.execute(
      this.reader,
    );
    return Number(rows[0]?.size);
  }

  get waitingReads(): number {
    return this.pool.waitingCount;
  }

  close(): Promise<void> {
    return this.reader.destroy();
  }
}

/**
 * Moves committed changes to the log and numbers them. One process at a time does so, under a lock that no writer needs,
 * and what it sees is committed: numbers appear in their order, and a record's changes keep theirs.
 */
async function numberSome(transaction: Kysely<Tables>): Promise<void> {
  await sql`select last_sequence from change_numbering where id = 1 for update`.execute(transaction);
  await sql`
    with taken as (
      delete from unnumbered_changes where (logged_at, record_id) in (
        select logged_at, record_id from unnumbered_changes order by logged_at, position limit ${NUMBERED_AT_ONCE})
      returning *),
    numbered as (
      insert into call_record_changes (sequence, record_id, kind, version, changed_at, people_removed, people_added)
      select (select last_sequence from change_numbering where id = 1) + row_number() over (order by logged_at, position, record_id),
        record_id, kind, version, floor(extract(epoch from logged_at) * 1000)::bigint, people_removed, people_added
      from taken
      returning sequence)
    update change_numbering set last_sequence = (select max(sequence) from numbered)
    where id = 1 and exists (select 1 from numbered)`.execute(transaction);
}

/**
 * The lock of migrations is a row's, which databases without advisory locks have too. It lasts as long as a transaction,
 * so that the migrations run in the one that takes it: one of Kysely's own would begin after it, and be without it.
 */
class MigrationAdapter extends PostgresAdapter {
  override get supportsTransactionalDdl(): boolean {
    return false;
  }
  override async acquireMigrationLock(database: Kysely<unknown>): Promise<void> {
    await sql`begin`.execute(database);
    await sql`set local lock_timeout = ${sql.lit(MIGRATION_LOCK_WITHIN_MS)}`.execute(database);
    await sql`set local statement_timeout = 0`.execute(database);
    // A migration reads whole tables.
    await sql`set local enable_seqscan = on`.execute(database);
    const lock = `select id from schema_migrations_lock where id = 'migration_lock' for update`;
    await database.executeQuery(CompiledQuery.raw(lock, [new Unhurried()]));
  }
  /** Of a transaction in which a statement failed, a commit is a rollback. */
  override async releaseMigrationLock(database: Kysely<unknown>): Promise<void> {
    await sql`commit`.execute(database);
  }
}

class MigratingDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new MigrationAdapter();
  }
}
