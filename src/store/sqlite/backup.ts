import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { makePrivate } from './files.js';

const PAGES_AT_ONCE = 2_000;

/**
 * Copies a database in use, as it is at one moment, to a new file. The copy is checked before it gets its name.
 * `progress` is called with the number of pages done, and of all pages. Resolves to the number of records in the copy.
 */
export async function backupSqlite(
  path: string,
  file: string,
  progress: (done: number, total: number) => void,
): Promise<number> {
  if (existsSync(file)) throw new Error(`${file} exists already; a backup overwrites nothing`);
  const unfinished = `${file}.unfinished`;
  await rm(unfinished, { force: true });
  makePrivate(unfinished);
  try {
    const records = await copyTo(path, unfinished, progress);
    verify(unfinished, records);
    await rename(unfinished, file);
    return records;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function copyTo(path: string, file: string, progress: (done: number, total: number) => void): Promise<number> {
  const source = new Database(path, { fileMustExist: true });
  try {
    // Inside this transaction the state that is read stays the same. Without one, each write of others would start the
    // copy again.
    source.exec('begin');
    const records = countRecords(source);
    await source.backup(file, {
      progress: ({ totalPages, remainingPages }) => {
        progress(totalPages - remainingPages, totalPages);
        return PAGES_AT_ONCE;
      },
    });
    return records;
  } finally {
    source.close();
  }
}

/** Checks that the copy is whole, and one file: what SQLite keeps beside a database in use is part of it. */
function verify(file: string, records: number): void {
  const copy = new Database(file, { fileMustExist: true });
  try {
    copy.pragma('journal_mode = DELETE');
    const found = copy.pragma('integrity_check', { simple: true });
    if (found !== 'ok') throw new Error(`the copy is damaged (${String(found)}); is the database?`);
    const copied = countRecords(copy);
    if (copied !== records) throw new Error(`the copy has ${copied} records, not ${records}`);
  } finally {
    copy.close();
  }
}

function countRecords(database: Database.Database): number {
  return database.prepare('select count(*) from call_records').pluck().get() as number;
}
