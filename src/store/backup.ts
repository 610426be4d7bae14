import { databasePath } from '../platform/database-url.js';
import { backupSqlite } from './sqlite/backup.js';
import { requireFile } from './sqlite/files.js';

/**
 * Copies the SQLite file of a URL to another file while it is in use, and checks the copy. Resolves to the number of
 * records in it. `progress` is called with the number of pages done, and of all pages.
 */
export async function backupStore(
  databaseUrl: string,
  file: string,
  progress: (done: number, total: number) => void,
): Promise<number> {
  const path = databasePath(databaseUrl);
  if (path === null) throw new Error('A backup of PostgreSQL is made with its own tools, such as pg_dump.');
  requireFile(path);
  return backupSqlite(path, file, progress);
}
