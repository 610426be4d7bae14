import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf } from '../../platform/error-code.js';

/** Whom people call is nobody else's to read. */
const OWNER_ONLY = 0o600;
/** The part of a mode that is of all who are neither the owner nor in the group. */
const OTHERS = 0o007;
/** What SQLite keeps beside a database, and makes with the mode that the database has. */
const BESIDE = ['-wal', '-shm', '-journal'];

/** Makes the empty file that SQLite then fills, for its owner alone; throws where there is one. */
export function makePrivate(path: string): void {
  closeSync(openSync(path, 'wx', OWNER_ONLY));
}

/**
 * Makes the file of a database if there is none, for its owner alone. One that others may read, as umasks leave it, becomes
 * the owner's too; a group that was let in on purpose stays.
 */
export function keepPrivate(path: string): void {
  try {
    makePrivate(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    for (const file of [path, ...BESIDE.map((end) => path + end)]) closeToOthers(file);
  }
}

function closeToOthers(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || (found.mode & OTHERS) === 0) return;
  try {
    chmodSync(file, OWNER_ONLY);
  } catch (error) {
    // It is another user's, who lets this one write: it is up to them.
    if (codeOf(error) !== 'EPERM') throw error;
  }
}

/** Throws where there is no such file. */
export function requireFile(path: string): void {
  if (!existsSync(path)) throw new Error(`There is no database ${resolve(path)}.`);
}
