import type { SqliteDatabase } from 'kysely';

/**
 * Transactions of one connection, one after the other. Statements that run meanwhile on the same connection are part of
 * them. They begin with the write lock: a transaction that reads first and upgrades later would fail if another process
 * wrote in between.
 */
export class SqliteTransactions {
  private last: Promise<unknown> = Promise.resolve();

  /** `database` caches its statements; `isOpen` tells whether a transaction is under way on it. */
  constructor(
    private readonly database: SqliteDatabase,
    private readonly isOpen: () => boolean,
  ) {}

  /**
   * Runs `work` after the transactions before it. Resolves once it is on disk; rejects when all of it is rolled back.
   */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(() => this.transact(work));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async transact<Result>(work: () => Promise<Result>): Promise<Result> {
    this.execute('begin immediate');
    try {
      const result = await work();
      this.execute('commit');
      return result;
    } catch (error) {
      // After some errors, such as a full disk, SQLite itself has rolled back.
      if (this.isOpen()) this.execute('rollback');
      throw error;
    }
  }

  private execute(text: string): void {
    this.database.prepare(text).run([]);
  }
}
