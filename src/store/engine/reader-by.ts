import type { CompiledQuery, DatabaseConnection, Dialect, Driver, KyselyPlugin, QueryResult } from 'kysely';
import { Kysely } from 'kysely';
import type { Tables } from '../rows/tables.js';
import type { Statement } from './statement-templates.js';

/** Kysely over a function that runs the selects of a dialect; for reads only, and without transactions. */
export function readerBy(
  run: (statement: Statement) => Promise<unknown[]>,
  dialect: Dialect,
  plugins?: KyselyPlugin[],
): Kysely<Tables> {
  return new Kysely({
    plugins,
    dialect: {
      createDriver: () => new RowDriver(run),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (database) => dialect.createIntrospector(database),
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
