import { dirname, join } from 'node:path';
import type { Config } from '../config.js';
import { databasePath } from '../platform/database-url.js';

/** The folder of the key when the database is PostgreSQL. */
const DEFAULT_FOLDER = 'db';

/** The path of the development key: beside the SQLite file unless DEVELOPMENT_KEY_FILE says otherwise. */
export function developmentKeyFile(config: Pick<Config, 'developmentKeyFile' | 'databaseUrl'>): string {
  const path = databasePath(config.databaseUrl);
  return config.developmentKeyFile ?? join(path === null ? DEFAULT_FOLDER : dirname(path), 'development-key.json');
}
