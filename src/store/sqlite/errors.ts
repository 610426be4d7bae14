import { CallRecordsError } from '../../domain/errors.js';
import { codeOf } from '../../platform/error-code.js';

/** The error for clients if the file cannot be read or written now. */
export const outOfUse = (cause: unknown, message = 'The database cannot be used at the moment; try again later.') =>
  new CallRecordsError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 1, cause });

/** The error for clients if a retry does not help. */
export const damaged = (cause: unknown) =>
  outOfUse(cause, 'The database is damaged; it has to be restored from a backup.');

/** Whether another connection holds the lock. */
export const isBusy = (error: unknown) => codeOf(error).startsWith('SQLITE_BUSY');

/** One line for the person who starts the server, saying what to do. */
export function explain(location: string, error: unknown): Error {
  const code = codeOf(error);
  const reason = (error as Error).message;
  const advice =
    code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')
      ? 'it is damaged or no SQLite database; restore it from a backup, or move it away to start empty'
      : code.startsWith('SQLITE_READONLY') ||
          code.startsWith('SQLITE_CANTOPEN') ||
          /^E(ACCES|ROFS|NOENT|PERM)$/.test(code)
        ? 'it cannot be written; give this user write permission on the file and its folder, or set DATABASE_URL to another file'
        : isBusy(error)
          ? 'another process has it for itself, as the first import into an empty database does; start again when that has ended'
          : reason;
  return new Error(`Cannot open the database ${location}: ${advice}.`, { cause: error });
}
