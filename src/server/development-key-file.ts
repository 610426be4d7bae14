import { dirname, join } from 'node:path';
import type { Config } from '../config.js';
import { databasePath } from '../store/store.js';

/** Where the development key lives: beside the SQLite file unless DEVELOPMENT_KEY_FILE says otherwise. */
export function developmentKeyFile(config: Pick<Config, 'developmentKeyFile' | 'databaseUrl'>): string {
  return config.developmentKeyFile ?? join(dirname(databasePath(config.databaseUrl)), 'development-key.json');
}
