import { type CallRecordDocument, Fetched, isObject, type JsonObject } from '../domain/document.js';
import { toParticipantEntities } from '../domain/written-payload.js';
import { formatSelection, type Shape, shapeOptions } from './expand.js';
import { contextUrl, type Links, nextLink, partUrl } from './links.js';
import { toKnownEntity, toKnownSession } from './members.js';
import type { AnswerForm } from './negotiation.js';
import { type Offer, PARTICIPANT, SEGMENT, SESSION } from './offers.js';
import { PARTICIPANTS_PAGE, SEGMENTS_PAGE, SESSIONS_PAGE } from './query-options.js';

/** The navigation properties of a record that are collections. */
export type PartName = 'participants_v2' | 'sessions';
/** Segments are a collection of a session. */
export type CollectionName = PartName | 'segments';

/** What holds for the items of a collection, wherever they are sent. */
interface Collection {
  /** Items of a page, in a record or by themselves; as in Microsoft Graph. */
  pageSize: number;
  offer: Offer;
  show: (item: JsonObject, form: AnswerForm, expand: Shape['expand']) => JsonObject;
}

export const COLLECTIONS: Record<CollectionName, Collection> = {
  participants_v2: { pageSize: PARTICIPANTS_PAGE, offer: PARTICIPANT, show: toKnownEntity },
  sessions: { pageSize: SESSIONS_PAGE, offer: SESSION, show: toKnownSession },
  segments: { pageSize: SEGMENTS_PAGE, offer: SEGMENT, show: toKnownSession },
};

interface Part {
  items: (document: CallRecordDocument) => JsonObject[];
  fetched: (document: CallRecordDocument) => Fetched;
}

export const PARTS: Record<PartName, Part> = {
  participants_v2: {
    items: toParticipantEntities,
    fetched: ({ participantsFetched }) => participantsFetched,
  },
  sessions: {
    items: ({ sessions }) => sessions,
    fetched: ({ sessionsFetched }) => sessionsFetched,
  },
};

/** An item in the shape asked for, with the shape of each expanded member. */
export function showItem(name: CollectionName, item: JsonObject, shape: Shape, form: AnswerForm): JsonObject {
  const shown = pickShape(COLLECTIONS[name].show(item, form, shape.expand), shape);
  for (const [child, { select }] of shape.expand) {
    const items = shown[child];
    if (select !== null && Array.isArray(items))
      shown[child] = items.map((one: unknown) => (isObject(one) ? pick(one, select) : one));
  }
  return shown;
}

/** The selected and expanded members, and those in `more`. */
export function pickShape(object: JsonObject, { select, expand }: Shape, ...more: string[]): JsonObject {
  return select === null ? { ...object } : pick(object, new Set([...select, ...expand.keys(), ...more]));
}

function pick(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.has(name)));
}

/**
 * The first page of a part, inside of its record and in the shape asked for. If the part was never fetched, it is left
 * out: an empty list would mean "none".
 */
export function expandPart(
  name: PartName,
  document: CallRecordDocument,
  { form, links, shape }: { form: AnswerForm; links: Links; shape: Shape },
): JsonObject {
  const items = PARTS[name].items(document);
  if (!isKnown(PARTS[name].fetched(document), items)) return {};
  const { value, next } = partPage(name, items, 0, expandedSize(name, form));
  const place = partUrl(links, document.id, name);
  return {
    [`${name}@odata.context`]: contextUrl(links, `('${document.id}')/${name}${formatSelection(shape)}`),
    [name]: value.map((item) => showItem(name, item, shape, form)),
    ...(next !== null && { [`${name}@odata.nextLink`]: nextLink(place, shapeOptions(shape), next) }),
  };
}

/** The most items of a part inside of its record. */
export function expandedSize(name: PartName, { maxPageSize }: Pick<AnswerForm, 'maxPageSize'>): number {
  const { pageSize } = COLLECTIONS[name];
  return Math.min(maxPageSize ?? pageSize, pageSize);
}

/** Whether anything is known of a part. A part that was never fetched is not empty. */
export function isKnown(fetched: Fetched, items: readonly unknown[]): boolean {
  return fetched !== Fetched.none || items.length > 0;
}

/** The items from `start` on, and the token of the next page if there is one. */
export function partPage(
  name: CollectionName,
  items: JsonObject[],
  start: number,
  size: number,
): { value: JsonObject[]; next: string | null } {
  const end = start + size;
  const hasMore = size > 0 && end < items.length;
  return {
    value: items.slice(start, end),
    next: hasMore ? Buffer.from(`${name}|${end}`).toString('base64url') : null,
  };
}

/** The place in a `$skiptoken` of this collection; null for any other text. */
export function readPartToken(name: CollectionName, token: string): number | null {
  const [part, place = '', ...rest] = Buffer.from(token, 'base64url').toString('utf8').split('|');
  return part === name && rest.length === 0 && /^\d{1,9}$/.test(place) ? Number(place) : null;
}
