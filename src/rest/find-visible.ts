import { CallRecordsError } from '../domain/errors.js';
import { isGuid } from '../domain/identity.js';
import type { DocumentAccess, StoredDocument } from '../store/query/read-documents.js';
import type { Exchange, RestDoor } from './exchange.js';

/** The record that the path names; costs one point. Throws NOT_FOUND also for a record that the caller may not see. */
export async function findVisible(
  { store, spend }: RestDoor,
  exchange: Exchange,
  sessions: DocumentAccess['sessions'],
): Promise<StoredDocument> {
  const { caller } = exchange;
  await spend(caller.subject, 1);
  const stored = await store.findDocument(recordIdOf(exchange), { visibleTo: caller.visibleTo, sessions });
  if (!stored) throw noSuchRecord();
  return stored;
}

/** The id of the record in the path. */
export function recordIdOf({ request }: Exchange): string {
  return (request.params as { id: string }).id.toLowerCase();
}

export function noSuchRecord(): CallRecordsError {
  return new CallRecordsError('NOT_FOUND', 'There is no call record with this id.');
}

/** Functions that Graph has in the place of an id, with arguments or, by mistake, without. */
const FUNCTION = /^(?:microsoft\.graph\.(?:callRecords\.)?)?(?:(get\w+|delta)|(\w+)(?=\())(?:\(.*\))?$/is;
/** The most characters of a path that errors repeat. */
const SHOWN = 60;

/**
 * Throws NOT_FOUND if the text in the place of an id is not one, and says what it is. "No such record" would let the
 * client wait for the record and ask again.
 */
export function requireRecordId(parameters: unknown): void {
  const { id } = parameters as { id?: string };
  if (id === undefined || isGuid(id)) return;
  const [, method, other] = FUNCTION.exec(id) ?? [];
  const shown = id.length > SHOWN ? `${id.slice(0, SHOWN)}…` : id;
  const called = method ?? other;
  if (called !== undefined) throw notOffered(`The function ${called.slice(0, SHOWN)}`);
  if (id.startsWith('$')) throw notOffered(shown);
  throw new CallRecordsError('NOT_FOUND', `${JSON.stringify(shown)} is not the id of a call record: that is a GUID.`);
}

function notOffered(what: string): CallRecordsError {
  return new CallRecordsError('NOT_FOUND', `${what} is not offered here; /v1.0/openapi.json lists what is.`);
}
