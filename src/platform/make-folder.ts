import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Only the owner may read what is in the folder. */
const OWNER_ONLY = 0o700;

/**
 * Makes a folder, and those above it, if it does not exist, for this user alone. Throws the system's error, with its
 * code. It does not use Node's option `recursive`: in places such as `/proc`, where the system makes no folder though
 * the parent exists, that never returns.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path, OWNER_ONLY);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(path)) throw error;
  }
}
