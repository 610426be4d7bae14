import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../platform/error-code.js';
import { makeFolder } from '../../platform/make-folder.js';

/** Somebody who was erased: a keyed hash of the id, and what stands in its place. */
export interface Erased {
  person: string;
  replacement: string;
}

/** What the file holds: the key of the hashes, null where a setting has it; and all who were erased. */
interface Content {
  key: string | null;
  erased: Erased[];
}

/** The file tells who was called by whom no more than the database does; but with it, ids can be tried. */
const OWNER_ONLY = 0o600;
const KEY_BYTES = 32;

/**
 * Reads the file that stays when the database is restored from a backup; nothing of one that is not there. A line that a
 * power cut left unfinished counts for nothing: the database, where it was noted before, has whom it told of.
 */
export function readErasureFile(path: string): Content {
  const content: Content = { key: null, erased: [] };
  if (!existsSync(path)) return content;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const told = parse(path, line);
    if (told === null) continue;
    if ('key' in told) content.key ??= told.key;
    else content.erased.push(told);
  }
  return content;
}

function parse(path: string, line: string): Erased | { key: string } | null {
  let told: Partial<Erased & { key: string }>;
  try {
    told = (JSON.parse(line) ?? {}) as typeof told;
  } catch {
    return null;
  }
  if (typeof told.key === 'string') return { key: told.key };
  if (typeof told.person === 'string' && typeof told.replacement === 'string')
    return { person: told.person, replacement: told.replacement };
  throw new Error(`${path} is not a list of erased people: restore it, or set ERASURE_FILE to the right one.`);
}

/** The key in the file, which is made with the given one if it is not there, for its owner alone. */
export function keyInFile(path: string, given = randomBytes(KEY_BYTES).toString('base64url')): string {
  try {
    makeFolder(dirname(path));
    appendTo(path, { key: given }, 'wx');
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unwritable(path, error);
  }
  const { key } = readErasureFile(path);
  if (key === null) throw new Error(`${path} holds no key: set ERASURE_KEY to the one that was used.`);
  return key;
}

/** Adds somebody; once it returns, it is on disk. */
export function addToFile(path: string, erased: Erased): void {
  try {
    makeFolder(dirname(path));
    appendTo(path, erased, 'a');
  } catch (error) {
    throw unwritable(path, error);
  }
}

function appendTo(path: string, line: object, flags: 'a' | 'wx'): void {
  const file = openSync(path, flags, OWNER_ONLY);
  try {
    // A line of its own, whatever the one before has come to.
    writeSync(file, `\n${JSON.stringify(line)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function unwritable(path: string, error: unknown): Error {
  return new Error(`The list of erased people ${path} cannot be written (${codeOf(error)}); set ERASURE_FILE.`, {
    cause: error,
  });
}
