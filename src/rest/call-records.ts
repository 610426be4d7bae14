import type { FastifyReply } from 'fastify';
import { checkIdempotencyKey } from '../domain/create-input.js';
import { requireReach } from '../domain/cost.js';
import { badUserInput, type CallRecordsError, HttpError } from '../domain/errors.js';
import { formatCursor, type Position } from '../domain/page.js';
import { COLUMNS } from '../store/query/order-columns.js';
import type { ListQuery } from '../store/query/read-records.js';
import type { Store } from '../store/store.js';
import type { DocumentAccess } from '../store/query/read-documents.js';
import { readCreateBody } from './create-body.js';
import { applyPreferences, type Exchange, type RestDoor, sendCount, sendPayload } from './exchange.js';
import type { Shape } from './expand.js';
import { findVisible, noSuchRecord, recordIdOf } from './find-visible.js';
import { collectionUrl, nextLink, recordUrl } from './links.js';
import type { AnswerForm } from './negotiation.js';
import { SESSIONS } from './offers.js';
import { expandedSize } from './parts.js';
import {
  entityTag,
  matchesRevision,
  matchesTag,
  type Representation,
  toCollectionPayload,
  toEntityPayload,
} from './payload.js';
import { listCost, readFilter, readListOptions, readRecordShape } from './query-options.js';

/** `POST …/callRecords`. */
export async function createRecord(door: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { caller, request, reply, form, links } = exchange;
  const shown: Representation = { ...readRecordShape(exchange.options), form, links };
  await door.spend(caller.subject, 1);
  if (request.headers['content-type'] === undefined)
    throw new HttpError(415, 'The header Content-Type: application/json is required.');
  const { input, extension } = readCreateBody(request.body, door.readCreate);
  const idempotencyKey = singleHeader(request.headers['idempotency-key']);
  const violations = checkIdempotencyKey(idempotencyKey, ['Idempotency-Key']);
  if (violations.length > 0) throw badUserInput(violations);
  const { document, revision } = await door.store.createDocument(input, {
    ...{ caller: caller.subject, idempotencyKey, extension },
  });
  void reply.header('location', recordUrl(links, document.id));
  if (form.returns === 'minimal') {
    applyPreferences(reply, ['return=minimal']);
    return reply.header('odata-entityid', recordUrl(links, document.id)).code(204).send();
  }
  const payload = toEntityPayload(document, shown);
  void reply.code(201).header('etag', entityTag(revision, payload));
  return sendPayload(exchange, payload, [...form.applied, ...(form.returns ? ['return=representation'] : [])]);
}

function singleHeader(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header.join(', ') : header) ?? null;
}

/** `GET …/callRecords`. */
export async function listRecords({ store, limits, spend }: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { caller, asker, options, form, links } = exchange;
  const { page, skip, count, select, expand, ...asked } = readListOptions(options, limits, form.maxPageSize);
  requireReach(page.limit, limits);
  if (skip > 0 && skip + page.limit > limits.maxRecords) throw skipsTooFar(limits.maxRecords);
  await spend(caller.subject, listCost(page.limit, expand.has(SESSIONS)) + (skip > 0 ? listCost(skip, false) : 0));
  const list = { ...asked, page, visibleTo: caller.visibleTo, asker, sessions: wantedSessions({ expand }, form) };
  const before = skip > 0 ? await placeOf(store, list, skip) : page.after;
  const { documents, last, hasMore } =
    before === undefined ? NO_MORE : await store.listDocuments({ ...list, page: { ...page, after: before } });
  // A page with no records ($top=0, to count only) has no last record to continue from.
  const more = hasMore && last !== null;
  const control = {
    count: count ? await store.count(list) : undefined,
    nextLink: more ? nextLink(collectionUrl(links), options, formatCursor(asked.order, last)) : undefined,
  };
  return sendPayload(exchange, toCollectionPayload(documents, control, { select, expand, form, links }));
}

const NO_MORE = { documents: [], last: null, hasMore: false };

/** The place of the last of `count` records to skip; undefined if there are fewer. */
async function placeOf(store: Store, list: Omit<ListQuery, 'columns'>, count: number): Promise<Position | undefined> {
  const page = { ...list.page, limit: count };
  const { positions } = await store.list({ ...list, page, columns: ['id', COLUMNS[list.order.field]] });
  return positions[count - 1];
}

function skipsTooFar(most: number): CallRecordsError {
  const message = `$skip and a page reach ${most} records at most (MAX_RECORDS); follow @odata.nextLink, which has no such end.`;
  return badUserInput([{ path: ['$skip'], rule: 'maximum', message }]);
}

/**
 * The number of sessions to read per record: those that are shown, and one more that tells whether there is a next
 * page.
 */
function wantedSessions({ expand }: Pick<Shape, 'expand'>, form: AnswerForm): DocumentAccess['sessions'] {
  return expand.has(SESSIONS) && expandedSize(SESSIONS, form) + 1;
}

/** `GET …/callRecords/$count`. */
export async function countRecords({ store, spend }: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { caller, asker, options } = exchange;
  const filter = readFilter(options.get('$filter'));
  await spend(caller.subject, listCost(0, false));
  return sendCount(exchange, await store.count({ filter, visibleTo: caller.visibleTo, asker }));
}

/** `GET …/callRecords/{id}`. */
export async function getRecord(door: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { request, reply, form, links } = exchange;
  const shown: Representation = { ...readRecordShape(exchange.options), form, links };
  const { document, revision } = await findVisible(door, exchange, wantedSessions(shown, form));
  const payload = toEntityPayload(document, shown);
  const tag = entityTag(revision, payload);
  void reply.header('etag', tag);
  const known = request.headers['if-none-match'];
  if (known !== undefined && matchesTag(known, tag)) return reply.code(304).send();
  return sendPayload(exchange, payload);
}

/** `DELETE …/callRecords/{id}`. */
export async function deleteRecord({ store, spend }: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { caller, request, reply } = exchange;
  await spend(caller.subject, 1);
  const expected = request.headers['if-match'];
  const isExpected = expected === undefined ? undefined : (one: string) => matchesRevision(expected, one);
  if (!(await store.delete(recordIdOf(exchange), isExpected))) throw noSuchRecord();
  return reply.code(204).send();
}
