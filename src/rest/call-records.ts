import type { FastifyReply } from 'fastify';
import { checkIdempotencyKey } from '../domain/create-input.js';
import type { CallRecordDocument } from '../domain/document.js';
import { badUserInput, CallRecordsError, HttpError } from '../domain/errors.js';
import { formatCursor, pageCost } from '../domain/page.js';
import { readCreateBody } from './create-body.js';
import { applyPreferences, type Exchange, type RestDoor, sendPayload } from './exchange.js';
import { collectionUrl, nextLink, participantsUrl, recordUrl } from './links.js';
import {
  entityTag,
  matchesState,
  pageOfParticipants,
  readParticipantsToken,
  type Representation,
  toCollectionPayload,
  toEntityPayload,
  toParticipantsPayload,
} from './payload.js';
import {
  badSkipToken,
  PARTICIPANT_PROPERTIES,
  PARTICIPANTS_PAGE,
  readBoolean,
  readListOptions,
  readNames,
  readPageSize,
  readRecordOptions,
} from './query-options.js';

/** `POST …/callRecords`. */
export async function createRecord(door: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { caller, request, reply, form, links } = exchange;
  const shown: Representation = { ...readRecordOptions(exchange.options), form, links };
  await door.spend(caller.subject, 1);
  if (request.headers['content-type'] === undefined)
    throw new HttpError(415, 'The header Content-Type: application/json is required.');
  const input = readCreateBody(request.body);
  const idempotencyKey = singleHeader(request.headers['idempotency-key']);
  const violations = checkIdempotencyKey(idempotencyKey, ['Idempotency-Key']);
  if (violations.length > 0) throw badUserInput(violations);
  const document = await door.store.createDocument(input, { caller: caller.subject, idempotencyKey });
  void reply.header('location', recordUrl(links, document.id));
  if (form.minimal) {
    applyPreferences(reply, ['return=minimal']);
    return reply.header('odata-entityid', recordUrl(links, document.id)).code(204).send();
  }
  const payload = toEntityPayload(document, shown);
  void reply.code(201).header('etag', entityTag(document, payload));
  return sendPayload(exchange, payload);
}

function singleHeader(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header.join(', ') : header) ?? null;
}

/** `GET …/callRecords`. */
export async function listRecords({ store, limits, spend }: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { caller, options, form, links } = exchange;
  const { filter, order, page, count, select, expand } = readListOptions(options, limits, form.maxPageSize);
  await spend(caller.subject, pageCost(page.limit));
  const list = { filter, order, page, visibleTo: caller.visibleTo, sessions: false };
  const { documents, last, hasMore } = await store.listDocuments(list);
  // A page of none ($top=0, to count only) has no last record to go on from.
  const more = hasMore && last !== null;
  const control = {
    count: count ? await store.count(list) : undefined,
    nextLink: more ? nextLink(collectionUrl(links), options, formatCursor(order, last)) : undefined,
  };
  return sendPayload(exchange, toCollectionPayload(documents, control, { select, expand, form, links }));
}

/** `GET …/callRecords/{id}`. */
export async function getRecord(door: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { request, reply, form, links } = exchange;
  const shown: Representation = { ...readRecordOptions(exchange.options), form, links };
  const document = await findVisible(door, exchange);
  const payload = toEntityPayload(document, shown);
  const tag = entityTag(document, payload);
  void reply.header('etag', tag);
  const known = request.headers['if-none-match']?.split(',').map((one) => one.trim());
  if (known?.includes(tag) || known?.includes('*')) return reply.code(304).send();
  return sendPayload(exchange, payload);
}

/** `GET …/callRecords/{id}/participants_v2`. */
export async function listParticipants(door: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { options, form, links } = exchange;
  const select = readNames('$select', options.get('$select'), PARTICIPANT_PROPERTIES);
  const counted = readBoolean('$count', options.get('$count'));
  const sizes = { usual: PARTICIPANTS_PAGE, limit: door.limits.maxPageSize, preferred: form.maxPageSize };
  const size = readPageSize(options, sizes);
  const token = options.get('$skiptoken');
  const start = token === undefined ? 0 : readParticipantsToken(token);
  if (start === null) throw badSkipToken();
  const document = await findVisible(door, exchange);
  const { value, next } = pageOfParticipants(document, start, size);
  const page = {
    value,
    count: counted ? document.participants.length : undefined,
    nextLink: next === null ? undefined : nextLink(participantsUrl(links, document.id), options, next),
  };
  return sendPayload(exchange, toParticipantsPayload(document.id, page, { select, form, links }));
}

/** `DELETE …/callRecords/{id}`. */
export async function deleteRecord({ store, spend }: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { caller, request, reply } = exchange;
  await spend(caller.subject, 1);
  const expected = request.headers['if-match'];
  const isExpected = expected === undefined ? undefined : (one: CallRecordDocument) => matchesState(expected, one);
  if (!(await store.delete(idOf(exchange), isExpected))) throw notFound();
  return reply.code(204).send();
}

async function findVisible({ store, spend }: RestDoor, exchange: Exchange): Promise<CallRecordDocument> {
  const { caller } = exchange;
  await spend(caller.subject, 1);
  const document = await store.findDocument(idOf(exchange), { visibleTo: caller.visibleTo, sessions: false });
  if (!document) throw notFound();
  return document;
}

function idOf({ request }: Exchange): string {
  return (request.params as { id: string }).id.toLowerCase();
}

/** Also for a record that the caller may not see. */
function notFound(): CallRecordsError {
  return new CallRecordsError('NOT_FOUND', 'There is no call record with this id.');
}
