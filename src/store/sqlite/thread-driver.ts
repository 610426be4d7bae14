import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Tables } from '../rows/tables.js';
import type { Statement } from '../engine/statement-templates.js';

/** Kysely over a function that runs selects of SQLite; for reads only, and without transactions. */
export function readerBy(run: (statement: Statement) => Promise<unknown[]>): Kysely<Tables> {
  return new Kysely({
    dialect: {
      createDriver: () => new RowDriver(run),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (database) => new SqliteIntrospector(database),
    },
  });
}

class RowDriver implements Driver {
  constructor(private readonly run: (statement: Statement) => Promise<unknown[]>) {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return {
      executeQuery: async <Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> => ({
        rows: (await this.run({ sql, parameters })) as Row[],
      }),
      streamQuery: () => {
        throw new Error('This reader does not stream.');
      },
    };
  }

  async beginTransaction(): Promise<void> {
    throw new Error('This reader has no transactions.');
  }

  async init(): Promise<void> {}
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}
