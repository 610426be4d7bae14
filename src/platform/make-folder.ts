import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** What lies in it is nobody else's to read. */
const OWNER_ONLY = 0o700;

/**
 * Makes a folder with those above it, if it is not there, for this user alone. Throws the error of the system, with its code. Not by the
 * option `recursive` of node, which goes on for ever where the system makes none though the folder above is there, as in
 * `/proc`.
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
