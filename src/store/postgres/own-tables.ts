import { type Kysely, sql } from 'kysely';
import type { Tables } from '../rows/tables.js';

/**
 * The schema in which unqualified tables are made. Throws if there is none, or if it holds tables of another program:
 * nothing is made among them. Other schemas of the database do not matter.
 */
export async function requireOwnSchema(database: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(database);
  const schema = rows[0]?.schema;
  if (schema == null) throw new Error('no schema of its search_path exists; create one, or set another search_path');
  const foreign = await foreignTable(database, schema);
  if (foreign !== null)
    throw new Error(
      `its schema ${schema} is another program's (it has a table ${foreign}); give this one a database or a schema of its own`,
    );
  return schema;
}

/** A table with a name of ours that is not ours. */
async function foreignTable(database: Kysely<Tables>, schema: string): Promise<string | null> {
  // Read before the list of migrations: another process may migrate meanwhile, and writes both at once.
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    select table_name, column_name from information_schema.columns
    where table_schema = ${schema} and table_name in ('schema_migrations', 'call_records')`.execute(database);
  const columnsOf = (table: string) => rows.filter((row) => row.table_name === table).map((row) => row.column_name);
  const migrations = columnsOf('schema_migrations');
  if (migrations.length > 0 && !migrations.includes('name')) return 'schema_migrations';
  if (columnsOf('call_records').length === 0) return null;
  const hasRun =
    migrations.length > 0 &&
    (await sql`select 1 from ${sql.table(`${schema}.schema_migrations`)} limit 1`.execute(database)).rows.length > 0;
  return hasRun ? null : 'call_records';
}
