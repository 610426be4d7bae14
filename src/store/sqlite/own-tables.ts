import type Database from 'better-sqlite3';

/** Refuses a database with tables but without migrations: it is another program's, and nothing is written into it. */
export function requireOwnTables(database: Database.Database, location: string): void {
  const list = (query: string) => database.prepare(query).pluck().all() as string[];
  const tables = list(`select name from sqlite_master where type = 'table'`);
  const [foreign] = tables.filter((name) => !/^(_|sqlite_|schema_migrations)/.test(name));
  if (foreign === undefined) return;
  if (tables.includes('schema_migrations') && list('select name from schema_migrations').length > 0) return;
  throw new Error(
    `The database ${location} is another program's (it has a table ${foreign}); set DATABASE_URL to another file.`,
  );
}
