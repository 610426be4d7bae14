import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** What lies in it is nobody else's to read. */
const OWNER_ONLY = 0o700;

/**
 * Makes a folder with those above it, if it is not there, for this user alone. Throws the error of the system, with its
 * code. The option `recursive` of node is not used: in places such as `/proc`, where the system makes no folder though
 * the one above is there, it goes on for ever.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path, OWNER_ONLY);
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(path)) throw error;
  }
}
