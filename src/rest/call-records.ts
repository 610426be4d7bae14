import type { FastifyReply } from 'fastify';
import { Asker } from '../domain/asker.js';
import { checkIdempotencyKey } from '../domain/create-input.js';
import { badUserInput, CallRecordsError, HttpError } from '../domain/errors.js';
import { isGuid } from '../domain/identity.js';
import { pageCost, requireReach } from '../domain/cost.js';
import { formatCursor } from '../domain/page.js';
import type { StoredDocument } from '../store/documents.js';
import { readCreateBody } from './create-body.js';
import { applyPreferences, type Exchange, type RestDoor, sendPayload } from './exchange.js';
import { collectionUrl, nextLink, partUrl, recordUrl } from './links.js';
import { partPage, type PartName, PARTS, readPartToken } from './parts.js';
import {
  entityTag,
  matchesRevision,
  matchesTag,
  type Representation,
  toCollectionPayload,
  toEntityPayload,
  toPartPayload,
} from './payload.js';
import {
  readListOptions,
  readPartOptions,
  readRecordOptions,
  SESSIONS,
  SESSIONS_WITH_SEGMENTS,
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
  const { document, revision } = await door.store.createDocument(input, { caller: caller.subject, idempotencyKey });
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
  const { caller, reply, options, form, links } = exchange;
  const { filter, order, page, count, select, expand } = readListOptions(options, limits, form.maxPageSize);
  requireReach(page.limit, limits);
  await spend(caller.subject, pageCost(page.limit));
  const asker = new Asker(caller.subject, reply.raw);
  const list = { filter, order, page, visibleTo: caller.visibleTo, asker, sessions: false };
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
  const wantsSessions = shown.expand.has(SESSIONS) || shown.expand.has(SESSIONS_WITH_SEGMENTS);
  const { document, revision } = await findVisible(door, exchange, wantsSessions);
  const payload = toEntityPayload(document, shown);
  const tag = entityTag(revision, payload);
  void reply.header('etag', tag);
  const known = request.headers['if-none-match'];
  if (known !== undefined && matchesTag(known, tag)) return reply.code(304).send();
  return sendPayload(exchange, payload);
}

/** `GET …/callRecords/{id}/participants_v2`, and the same for sessions. */
export const listParticipants = (door: RestDoor, exchange: Exchange) => listPart(door, exchange, 'participants_v2');
export const listSessions = (door: RestDoor, exchange: Exchange) => listPart(door, exchange, 'sessions');

async function listPart(door: RestDoor, exchange: Exchange, name: PartName): Promise<FastifyReply> {
  const { options, form, links } = exchange;
  const { pageSize, selectable, expandable, items } = PARTS[name];
  const { select, expand, count, size, start } = readPartOptions(options, {
    selectable,
    expandable,
    sizes: { usual: pageSize, limit: door.limits.maxPageSize, preferred: form.maxPageSize },
    readToken: (token) => readPartToken(name, token),
  });
  const { document } = await findVisible(door, exchange, name === 'sessions');
  const all = items(document);
  const { value, next } = partPage(name, all, start, size);
  const page = {
    value,
    count: count ? all.length : undefined,
    nextLink: next === null ? undefined : nextLink(partUrl(links, document.id, name), options, next),
  };
  return sendPayload(exchange, toPartPayload(document.id, name, page, { select, expand, form, links }));
}

/** `DELETE …/callRecords/{id}`. */
export async function deleteRecord({ store, spend }: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { caller, request, reply } = exchange;
  await spend(caller.subject, 1);
  const expected = request.headers['if-match'];
  const isExpected = expected === undefined ? undefined : (one: string) => matchesRevision(expected, one);
  if (!(await store.delete(idOf(exchange), isExpected))) throw notFound();
  return reply.code(204).send();
}

async function findVisible({ store, spend }: RestDoor, exchange: Exchange, sessions: boolean): Promise<StoredDocument> {
  const { caller } = exchange;
  await spend(caller.subject, 1);
  const stored = await store.findDocument(idOf(exchange), { visibleTo: caller.visibleTo, sessions });
  if (!stored) throw notFound();
  return stored;
}

/** What is no GUID is the id of nothing. */
function idOf({ request }: Exchange): string {
  const { id } = request.params as { id: string };
  if (!isGuid(id)) throw notFound();
  return id.toLowerCase();
}

/** Also for a record that the caller may not see. */
function notFound(): CallRecordsError {
  return new CallRecordsError('NOT_FOUND', 'There is no call record with this id.');
}
