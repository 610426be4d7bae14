import type Database from 'better-sqlite3';
import type { Taken } from '../engine/engine.js';
import type { Listeners } from './driver.js';

/** What stands for the verb of an insert. */
const VERBS: Record<Taken, string> = { fail: 'insert', keep: 'insert or ignore', replace: 'insert or replace' };

/** Inserts rows into the tables of one connection; the transaction is the caller's. */
export class SqliteInserts {
  private readonly statements = new Map<string, Database.Statement>();

  constructor(
    private readonly database: Database.Database,
    private readonly listeners: Listeners,
  ) {}

  insert(table: string, rows: readonly object[], taken: Taken): void {
    const [first] = rows;
    if (!first) return;
    // A prepared single-row insert is the fastest way into SQLite; the transaction is the writer's, as there is only one.
    const insert = this.statementFor(table, Object.keys(first), taken);
    // By place, which costs half of what it costs by name; all rows of a table are made with their columns in one order.
    for (const row of rows) insert.run(Object.values(row));
    this.listeners.forEach((listener) => listener({ sql: insert.source, parameters: [], durationMs: 0 }));
  }

  private statementFor(table: string, columns: string[], taken: Taken): Database.Statement {
    const key = `${table}(${columns.join()})${taken}`;
    let statement = this.statements.get(key);
    if (!statement) {
      statement = this.database.prepare(
        `${VERBS[taken]} into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      );
      this.statements.set(key, statement);
    }
    return statement;
  }
}
