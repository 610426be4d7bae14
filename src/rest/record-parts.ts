import type { FastifyReply } from 'fastify';
import { isObject, type JsonObject } from '../domain/document.js';
import { CallRecordsError } from '../domain/errors.js';
import { toGraphProperties } from '../domain/written-payload.js';
import { identityKey } from '../domain/identity.js';
import { type Exchange, type RestDoor, sendCount, sendPayload } from './exchange.js';
import { readShape } from './expand.js';
import { findVisible } from './find-visible.js';
import { nextLink, partUrl } from './links.js';
import { PARTICIPANT } from './offers.js';
import { type CollectionName, COLLECTIONS, type PartName, PARTS, partPage, readPartToken } from './parts.js';
import { toPartEntityPayload, toPartPayload } from './payload.js';
import { readPartOptions } from './query-options.js';
import { objectsOf } from '../platform/json-object.js';

type Answer = (door: RestDoor, exchange: Exchange) => Promise<FastifyReply>;

/** A collection below a record: its items, and its path from that record. */
interface Items {
  recordId: string;
  name: CollectionName;
  path: string;
  all: JsonObject[];
}

type FindItems = (door: RestDoor, exchange: Exchange) => Promise<Items>;

const participants: FindItems = (door, exchange) => findPart(door, exchange, 'participants_v2');
const sessions: FindItems = (door, exchange) => findPart(door, exchange, 'sessions');

async function findPart(door: RestDoor, exchange: Exchange, name: PartName): Promise<Items> {
  const { document } = await findVisible(door, exchange, name === 'sessions');
  return { recordId: document.id, name, path: name, all: PARTS[name].items(document) };
}

async function segments(door: RestDoor, exchange: Exchange): Promise<Items> {
  const { recordId, all } = await sessions(door, exchange);
  const { key } = parametersOf(exchange);
  const session = itemOf(all, key, 'session');
  const own = objectsOf(session.segments);
  return {
    recordId,
    name: 'segments',
    path: `sessions('${encodeURIComponent(key.replaceAll("'", "''"))}')/segments`,
    all: own,
  };
}

/** `GET …/callRecords/{id}/participants_v2`; the other collections are alike. */
export const listParticipants = listOf('participants_v2', participants);
export const listSessions = listOf('sessions', sessions);
export const listSegments = listOf('segments', segments);

function listOf(name: CollectionName, find: FindItems): Answer {
  return async (door, exchange) => {
    const { options, form, links } = exchange;
    const { pageSize, offer } = COLLECTIONS[name];
    const { count, size, start, ...shape } = readPartOptions(options, {
      offer,
      sizes: { usual: pageSize, limit: door.limits.maxPageSize, preferred: form.maxPageSize },
      readToken: (token) => readPartToken(name, token),
    });
    const { recordId, path, all } = await find(door, exchange);
    const { value, next } = partPage(name, all, start, size);
    const page = {
      value,
      count: count ? all.length : undefined,
      nextLink: next === null ? undefined : nextLink(partUrl(links, recordId, path), options, next),
    };
    return sendPayload(exchange, toPartPayload(`('${recordId}')/${path}`, name, page, { ...shape, form, links }));
  };
}

/** `GET …/callRecords/{id}/participants_v2/$count`; the other collections are alike. */
export const countParticipants = countOf(participants);
export const countSessions = countOf(sessions);
export const countSegments = countOf(segments);

function countOf(find: FindItems): Answer {
  return async (door, exchange) => sendCount(exchange, (await find(door, exchange)).all.length);
}

/** `GET …/callRecords/{id}/participants_v2/{id}`: the first one with this id. */
export const getParticipant = itemIn('participants_v2', participants, ({ all }, { key }) => {
  const wanted = identityKey(key);
  const found = all.find(({ id }) => typeof id === 'string' && identityKey(id) === wanted);
  if (!found) throw notThere('participant', key);
  return found;
});

/** `GET …/callRecords/{id}/sessions/{id or place}`. */
export const getSession = itemIn('sessions', sessions, ({ all }, { key }) => itemOf(all, key, 'session'));

/** `GET …/callRecords/{id}/sessions/{id or place}/segments/{id or place}`. */
export const getSegment = itemIn('segments', segments, ({ all }, { segment }) => itemOf(all, segment, 'segment'));

function itemIn(
  name: CollectionName,
  find: FindItems,
  choose: (items: Items, parameters: Parameters) => JsonObject,
): Answer {
  return async (door, exchange) => {
    const { options, form, links } = exchange;
    const shape = readShape(options.get('$select'), options.get('$expand'), COLLECTIONS[name].offer);
    const items = await find(door, exchange);
    const item = choose(items, parametersOf(exchange));
    const path = `('${items.recordId}')/${items.path}`;
    return sendPayload(exchange, toPartEntityPayload(path, name, item, { ...shape, form, links }));
  };
}

/** `GET …/callRecords/{id}/organizer_v2`; 204 if there is none (OData 4.01, Protocol 11.2.7). */
export async function getOrganizer(door: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { options, form, links, reply } = exchange;
  const shape = readShape(options.get('$select'), options.get('$expand'), PARTICIPANT);
  const { document } = await findVisible(door, exchange, false);
  const { organizer_v2: organizer } = toGraphProperties(document);
  if (!isObject(organizer)) return reply.code(204).send();
  const path = `('${document.id}')/organizer_v2`;
  return sendPayload(exchange, toPartEntityPayload(path, 'participants_v2', organizer, { ...shape, form, links }));
}

interface Parameters {
  key: string;
  segment: string;
}

function parametersOf({ request }: Exchange): Parameters {
  return request.params as Parameters;
}

/**
 * The first item with the id. As an id may occur twice, a place is accepted, too: from 0, or negative to count from the
 * end (OData 4.01, URL Conventions 4.11).
 */
function itemOf(all: readonly JsonObject[], key: string, what: string): JsonObject {
  const wanted = identityKey(key);
  const withId = all.find(({ id }) => typeof id === 'string' && identityKey(id) === wanted);
  const item = withId ?? (/^-?\d{1,9}$/.test(key) ? all.at(Number(key)) : undefined);
  if (!item) throw notThere(what, key);
  return item;
}

function notThere(what: string, key: string): CallRecordsError {
  const shown = JSON.stringify(key.length > SHOWN ? `${key.slice(0, SHOWN)}…` : key);
  return new CallRecordsError('NOT_FOUND', `The call record has no ${what} ${shown}.`);
}

const SHOWN = 60;
