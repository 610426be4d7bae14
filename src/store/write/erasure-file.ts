import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../platform/error-code.js';
import { makeFolder } from '../../platform/make-folder.js';

/** An erased person: the keyed hash of the id, and the replacement. */
export interface Erased {
  person: string;
  replacement: string;
}

/** The content of the file: the key of the hashes (null if a setting has it), and the erased people. */
interface Content {
  key: string | null;
  erased: Erased[];
}

/** The file reveals no more than the database about calls. But anybody who has it can try ids against its hashes. */
const OWNER_ONLY = 0o600;
const KEY_BYTES = 32;

/**
 * Reads the file, which stays when the database is restored from a backup. A missing file is empty. A line that a power
 * cut left unfinished is ignored: the database, which is written first, has that person.
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

/** The key in the file. A missing file is made with the given key, readable by its owner alone. */
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

/** Adds a person; once it returns, the line is on disk. */
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
    // Begins a new line, as the last one may be unfinished.
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
