import { type Kysely, sql } from 'kysely';
import type { Tables } from '../rows/tables.js';

/**
 * The schema that tables without one are made in. Throws if there is none, or if tables in it are another program's:
 * nothing is made among them. Other schemas of the database are nobody's business here.
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

/** A table that has a name of ours and is not ours. */
async function foreignTable(database: Kysely<Tables>, schema: string): Promise<string | null> {
  // Before what has run is read: another process may migrate meanwhile, which makes both at once.
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
