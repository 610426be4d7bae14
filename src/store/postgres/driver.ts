import { CompiledQuery, type Kysely, PostgresAdapter, PostgresDialect, sql } from 'kysely';
import { Unhurried } from './connection.js';

const MIGRATION_LOCK_WITHIN_MS = 60_000;

/**
 * The lock of migrations is the lock of a row, which databases without advisory locks have, too. It lasts as long as
 * its transaction, so the migrations run in that one. A transaction of Kysely's own would begin later, without the
 * lock.
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
  /** After a failed statement, a commit is a rollback. */
  override async releaseMigrationLock(database: Kysely<unknown>): Promise<void> {
    await sql`commit`.execute(database);
  }
}

/** Kysely over a pool. */
export class MigratingDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new MigrationAdapter();
  }
}
