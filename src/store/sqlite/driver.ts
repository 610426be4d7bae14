import type Database from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  type MigrationLockOptions,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import type { StatementEvent } from '../engine/engine.js';
import { preparing } from './connection.js';
import type { Statement } from '../engine/statement-templates.js';

export type Listeners = Set<(event: StatementEvent) => void>;

/** Kysely over a connection. */
export function dialect(database: SqliteDatabase): SqliteDialect {
  return new (class extends SqliteDialect {
    override createDriver() {
      return new ImmediateDriver({ database });
    }
    override createAdapter() {
      return new LockingAdapter();
    }
  })({ database });
}

/** For migrations, which Kysely runs; see SqliteTransactions. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(BEGIN);
  }
}

const BEGIN = CompiledQuery.raw('begin immediate');

/** Migrations run in one immediate transaction. A second process waits, and then finds nothing to do. */
class LockingAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
  override async acquireMigrationLock(_database: Kysely<unknown>, _options: MigrationLockOptions): Promise<void> {}
  override async releaseMigrationLock(_database: Kysely<unknown>, _options: MigrationLockOptions): Promise<void> {}
}

function observe<Result>(listeners: Listeners, statement: Statement, run: () => Result): Result {
  if (listeners.size === 0) return run();
  const start = performance.now();
  const result = run();
  listeners.forEach((listener) => listener({ ...statement, durationMs: performance.now() - start }));
  return result;
}

/** A connection with listeners and a cache of statements. Kysely would prepare a statement at each call. */
export function withStatementCache(database: Database.Database, listeners: Listeners): SqliteDatabase {
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
export function joinedRows(database: Database.Database, listeners: Listeners): (statement: Statement) => Buffer | null {
  const prepare = preparing(database, (text) => database.prepare(text).pluck());
  return (statement) =>
    observe(listeners, statement, () => prepare(statement.sql).get(...statement.parameters) as Buffer | null);
}
