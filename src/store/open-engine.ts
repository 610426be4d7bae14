import { databasePath } from '../platform/database-url.js';
import type { Engine, EngineOptions } from './engine/engine.js';
import type { ForgettingOptions } from './forgetting.js';
import { openSqlite } from './sqlite/engine.js';
import { requireFile } from './sqlite/files.js';

/** How a store is opened, whatever its engine. */
export interface OpenOptions extends EngineOptions, ForgettingOptions {
  /** Throws if there is no such file, instead of making it. */
  mustExist?: boolean;
  /** Whether the store forgets on a thread of its own. A process that answers clients needs that. */
  forgetsBeside?: boolean;
}

/** The URL and the options of an open store, by which it can be opened again. */
export interface Opened {
  databaseUrl: string;
  options: OpenOptions;
}

/** Opens the database that `DATABASE_URL` names. */
export async function openEngine(databaseUrl: string, options: OpenOptions): Promise<Engine> {
  const path = databasePath(databaseUrl);
  if (path === null) {
    // The driver is loaded only if the data is on a server.
    const { openPostgres } = await import('./postgres/engine.js');
    return openPostgres(databaseUrl, options);
  }
  if (options.mustExist) requireFile(path);
  return openSqlite(path, options);
}
