import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf } from '../../platform/error-code.js';

/** The list of who called whom is for its owner alone. */
const OWNER_ONLY = 0o600;
/** The bits of a mode for users who are neither the owner nor in the group. */
const OTHERS = 0o007;
/** The files that SQLite keeps beside a database, made with the database's mode. */
const BESIDE = ['-wal', '-shm', '-journal'];

/** Makes the empty file that SQLite then fills, for its owner alone. Throws if it exists. */
export function makePrivate(path: string): void {
  closeSync(openSync(path, 'wx', OWNER_ONLY));
}

/**
 * Makes the file of a database if there is none, for its owner alone. An existing file that others may read, as umasks
 * leave it, becomes its owner's alone, too. One that is open only to its group stays so: that is on purpose.
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
    // The file belongs to another user, who lets this one write, and who decides on its mode.
    if (codeOf(error) !== 'EPERM') throw error;
  }
}

/** Throws if there is no such file. */
export function requireFile(path: string): void {
  if (!existsSync(path)) throw new Error(`There is no database ${resolve(path)}.`);
}
