import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Kysely, type Migration, Migrator } from 'kysely';
import type { Tables } from '../rows/tables.js';
import { PACKAGE_ROOT } from '../../platform/package-root.js';

const FOLDER = new URL('db/migrations/', PACKAGE_ROOT);

/** Runs all the statements of a script, within the transaction of the migrations. */
type RunScript = (database: Kysely<unknown>, script: string) => Promise<void>;

/**
 * Runs the missing ones of `db/migrations/*.{dialect}.sql`, in order. Throws one line if the database was migrated by a
 * newer version of this package: an older one must not write to it.
 */
export async function runMigrations(
  database: Kysely<Tables>,
  { dialect, schema }: { dialect: string; schema?: string },
  runScript: RunScript,
): Promise<string[]> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => readMigrations(dialect, runScript) },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migrations_lock',
    // Otherwise Kysely takes tables of that name in any other schema for its own.
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) throw explain(error);
  return results.map(({ migrationName }) => migrationName);
}

async function readMigrations(dialect: string, runScript: RunScript): Promise<Record<string, Migration>> {
  const suffix = `.${dialect}.sql`;
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(suffix)).sort();
  const entries = names.map(async (name): Promise<[string, Migration]> => {
    const script = await readFile(fileURLToPath(new URL(name, FOLDER)), 'utf8');
    return [name.slice(0, -suffix.length), { up: (database) => runScript(database, script) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

function explain(error: unknown): Error {
  if (!(error as Error).message.includes('corrupted migrations')) return error as Error;
  return new Error(
    'The database was migrated by a newer version of callrecords-graphql: install that version, or use another database.',
    {
      cause: error,
    },
  );
}
