import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Kysely, type Migration, Migrator } from 'kysely';
import { deriveIdentities } from './derive-identities.js';
import type { Engine } from './engine.js';
import type { Tables } from './schema.js';

const FOLDER = new URL('../../db/migrations/', import.meta.url);

/** What a database runs migrations with, within their transaction. */
interface Running extends Pick<Engine, 'insertRows'> {
  runScript(database: Kysely<unknown>, script: string): Promise<void>;
}

/**
 * Runs what is missing of `db/migrations/*.{dialect}.sql`, in order. Throws one line if the database was migrated by a
 * newer version of this package: an older one must not write to it.
 */
export async function runMigrations(
  database: Kysely<Tables>,
  { dialect, schema }: { dialect: string; schema?: string },
  running: Running,
): Promise<string[]> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => readMigrations(dialect, running) },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migrations_lock',
    // Else tables of that name in any other schema are taken for its own.
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) throw explain(error);
  return results.map(({ migrationName }) => migrationName);
}

async function readMigrations(dialect: string, running: Running): Promise<Record<string, Migration>> {
  const suffix = `.${dialect}.sql`;
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(suffix)).sort();
  const entries = names.map(async (name): Promise<[string, Migration]> => {
    const script = await readFile(fileURLToPath(new URL(name, FOLDER)), 'utf8');
    return [name.slice(0, -suffix.length), { up: (database) => run(database, script, running) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** A line that stands for a step in a script, which SQL alone cannot do. */
const STEP = /^-- then: (.+)$/m;

const STEPS: Record<string, typeof deriveIdentities> = { 'derive identities': deriveIdentities };

async function run(database: Kysely<unknown>, script: string, running: Running): Promise<void> {
  // Of a split by a pattern with a group every second part is what the group holds.
  for (const [index, part] of script.split(STEP).entries()) {
    const step = STEPS[part];
    if (index % 2 === 0) await running.runScript(database, part);
    else if (step) await step(running, database as Kysely<Tables>);
    else throw new Error(`There is no step ${part}.`);
  }
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
