import { setTimeout as wait } from 'node:timers/promises';
import { CompiledQuery, Kysely, type RawBuilder, sql } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import type { CallRecordsError } from '../../domain/errors.js';
import type { AddSpending } from '../../domain/spending.js';
import type { Engine, EngineOptions, Insert, RowKey, StatementEvent, Taken } from '../engine/engine.js';
import { runMigrations } from '../engine/migrations.js';
import { IdentityForgotten, isTransient, unavailable } from './errors.js';
import { copyStatement, InsertStatements, lockingKnown, logStatement, removal } from './inserts.js';
import { lastChange, numberChanges } from './change-numbering.js';
import { type ConnectionPool, type Listeners, Unhurried } from './connection.js';
import { DIALECT } from './dialect.js';
import { PostgresReads } from './reads.js';
import { requireOwnSchema } from './own-tables.js';
import { spendingIn } from './spending.js';
import type { KnownIdentity, LoggedChange, Tables } from '../rows/tables.js';
import type { Scan } from '../engine/readers.js';
import type { TextRows } from '../engine/raw-rows.js';
import type { Reduced, Reduction } from '../engine/reductions.js';

const CONNECTIONS = 10;
/** A transaction is tried once, and three times again. */
const ATTEMPTS = 4;
const PAUSE_MS = 15;
/** From this many rows on, COPY is faster than an insert with arrays. */
const COPY_FROM_ROWS = 500;
const WATCHED_EVERY_MS = 250;

/** Opens the database that a postgres:// URL names. Throws one line saying what to do if it cannot be used. */
export async function openPostgres(url: string, options: EngineOptions): Promise<Engine> {
  const location = withoutSecrets(url);
  const listeners: Listeners = new Set();
  const reads = new PostgresReads(url, options.connections ?? CONNECTIONS, listeners);
  try {
    await requireUsable(reads.reader, options);
    return new PostgresEngine(location, reads, listeners);
  } catch (error) {
    await reads.close();
    throw explain(location, error);
  }
}

/** One line for the person who starts the server. */
function explain(location: string, error: unknown): Error {
  return new Error(`Cannot use the database ${location}: ${(error as Error).message}.`, { cause: error });
}

/** The URL without its secrets: user, password and parameters. */
function withoutSecrets(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}

/** Refuses a server that may lose an acknowledged create when it dies. */
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

class PostgresEngine implements Engine {
  readonly dialect = DIALECT;
  readonly hasOneWriter = false;
  readonly attempts = ATTEMPTS;
  readonly isShared = false;
  readonly readsEntriesAlone = false;
  readonly reader: Kysely<Tables>;
  readonly texts: TextRows;
  readonly addSpending: AddSpending;
  private readonly inserts = new InsertStatements();
  private readonly pool: ConnectionPool;

  constructor(
    readonly location: string,
    private readonly reads: PostgresReads,
    private readonly listeners: Listeners,
  ) {
    this.pool = reads.pool;
    this.reader = reads.reader;
    this.texts = reads.texts;
    this.addSpending = spendingIn(reads.reader);
  }

  readerFor(scan: Scan, asker?: Asker): Kysely<Tables> {
    return this.reads.readerFor(scan, asker);
  }

  reduce<Of extends Reduction>(query: RawBuilder<unknown>, reduction: Of, asker?: Asker): Promise<Reduced<Of>> {
    return this.reads.reduce(query, reduction, asker);
  }

  transaction<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    return this.reader.transaction().execute(work);
  }

  snapshot<Result>(work: (reader: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    const transaction = this.reader.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
    return transaction.execute(async (reader) => {
      // The transaction holds no locks, and the work with its rows may take a while.
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(reader);
      return work(reader);
    });
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
    // In one statement: a round trip for each table would take longer than the inserts.
    if (few.length > 0) await transaction.executeQuery(this.inserts.insert(few));
  }

  async removeRows(transaction: Kysely<Tables>, table: keyof Tables, keys: readonly RowKey[]): Promise<void> {
    if (keys.length > 0) await transaction.executeQuery(removal(table, keys));
  }

  readonly insertAtOnce: Engine['insertAtOnce'] = async (inserts, known, created) => {
    await this.pool.run(this.inserts.create(inserts, known, created));
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
    // All the records are locked by now, so that the next transaction to change one of them reads a later time from
    // this clock.
    await transaction.executeQuery(logStatement(changes));
  }

  async numberChanges(): Promise<void> {
    await numberChanges(this.reader);
  }

  lastChange(): Promise<bigint> {
    return lastChange(this.reader);
  }

  /**
   * Only a hint that it is time to look. The server could notify (NOTIFY), at a price: transactions that do so commit
   * one after the other, in the whole server.
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
        // This takes minutes for a table of millions.
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

  /** With jitter, so that several processes do not meet again. */
  pause(): Promise<void> {
    return wait(PAUSE_MS * (0.5 + Math.random()));
  }

  isTransient(error: unknown): boolean {
    return isTransient(error);
  }

  unavailable(error: unknown): CallRecordsError | null {
    return unavailable(this.location, error);
  }

  async leaveNoTrace(): Promise<void> {}

  async sizeBytes(): Promise<number> {
    const { rows } = await sql<{ size: string }>`select pg_database_size(current_database()) as size`.execute(
      this.reader,
    );
    return Number(rows[0]?.size);
  }

  get waitingReads(): number {
    return this.reads.waitingCount;
  }

  close(): Promise<void> {
    return this.reads.close();
  }
}
