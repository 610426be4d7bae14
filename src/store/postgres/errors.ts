import { CallRecordsError } from '../../domain/errors.js';
import { codeOf } from '../../platform/error-code.js';

/** A name that existed at the insert is gone when it is to be held. */
export class IdentityForgotten extends Error {}

/** Serialisation failure, deadlock, names not held by `insertAtOnce`: the transaction was rolled back. */
const TRANSIENT = /^(40001|40P01|22012)$/;

/**
 * Errors after which the database may be usable again. The connection failed, or the server shuts down, starts up, or
 * is out of connections, memory or disk. A lock or a statement took too long, a standby only reads, or rights were
 * taken away.
 */
const UNAVAILABLE = /^(08|53|57|58|28)...$|^(55P03|25006|3D000|42501)$/;

/** A table, column, function or schema is missing. All of them existed after the migration. */
const TAKEN_AWAY = /^(42P01|42703|42883|3F000)$/;

/** An entry of an index holds at most 2,704 bytes, after compression. */
const TOO_LONG_FOR_INDEX = '54000';

/** Whether the same transaction may succeed at another attempt; see Engine. */
export function isTransient(error: unknown): boolean {
  return error instanceof IdentityForgotten || TRANSIENT.test(codeOf(error)) || isRecordOfAnother(error);
}

/**
 * Two transactions stored one new record at the same time. The second finds it at its next attempt. It may fail at any
 * of the record's tables, as the parts of one statement run in no fixed order.
 */
function isRecordOfAnother(error: unknown): boolean {
  return codeOf(error) === '23505' && OF_A_RECORD.test((error as { table?: string }).table ?? '');
}

/** Also their partitions and shards, whose names begin with theirs. */
const OF_A_RECORD = /^call_record(s|_sessions|_identities|_people|_streams|_unsummed)(_|$)/;

/** The error for clients and for the log, from an error of the database at a location; see Engine. */
export function unavailable(location: string, error: unknown): CallRecordsError | null {
  const code = codeOf(error);
  if (code === TOO_LONG_FOR_INDEX)
    return new CallRecordsError('BAD_USER_INPUT', 'A name or an id is too long for an index of the database.');
  const isTakenAway = TAKEN_AWAY.test(code);
  if (!isTransient(error) && !UNAVAILABLE.test(code) && !isTakenAway) return null;
  return new CallRecordsError('SERVICE_UNAVAILABLE', 'The database cannot be used at the moment; try again later.', {
    retryAfterSeconds: 1,
    cause: isTakenAway ? takenAway(location, error) : error,
  });
}

/**
 * The process does not migrate again by itself: empty tables would hide that some were dropped by mistake. The log adds
 * the cause.
 */
function takenAway(location: string, cause: unknown): Error {
  return new Error(
    `The database ${location} was changed while it was in use, something of it is gone: restore it, or run callrecords migrate to begin with an empty one`,
    { cause },
  );
}
