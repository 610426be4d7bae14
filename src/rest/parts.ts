import { type CallRecordDocument, Fetched, type JsonObject } from '../domain/document.js';
import { toParticipantEntities } from '../domain/graph-payload.js';
import { contextUrl, type Links, nextLink, partUrl } from './links.js';
import { toKnownEntity, toKnownSession } from './members.js';
import type { AnswerForm } from './negotiation.js';
import { PARTICIPANT_PROPERTIES, PARTICIPANTS_PAGE, SESSION_PROPERTIES, SESSIONS_PAGE } from './query-options.js';

/** The parts of a record that are collections of their own. */
export type PartName = 'participants_v2' | 'sessions';

interface Part {
  /** Items of a page, inside of a record or by itself: as in Microsoft Graph. */
  pageSize: number;
  selectable: readonly string[];
  expandable: readonly string[];
  items: (document: CallRecordDocument) => JsonObject[];
  fetched: (document: CallRecordDocument) => Fetched;
  show: (item: JsonObject, form: AnswerForm, expand: ReadonlySet<string>) => JsonObject;
}

export const PARTS: Record<PartName, Part> = {
  participants_v2: {
    pageSize: PARTICIPANTS_PAGE,
    selectable: PARTICIPANT_PROPERTIES,
    expandable: [],
    items: toParticipantEntities,
    fetched: ({ participantsFetched }) => participantsFetched,
    show: toKnownEntity,
  },
  sessions: {
    pageSize: SESSIONS_PAGE,
    selectable: SESSION_PROPERTIES,
    expandable: ['segments'],
    items: ({ sessions }) => sessions,
    fetched: ({ sessionsFetched }) => sessionsFetched,
    show: toKnownSession,
  },
};

/**
 * The first page of a part as it stands inside of its record, `expand` naming what to expand in it. Of a record whose part is
 * not known yet: nothing, for that is not "none".
 */
export function expandPart(
  name: PartName,
  document: CallRecordDocument,
  { form, links, expand }: { form: AnswerForm; links: Links; expand: ReadonlySet<string> },
): JsonObject {
  const part = PARTS[name];
  const items = part.items(document);
  if (!isKnown(part.fetched(document), items)) return {};
  const { value, next } = partPage(name, items, 0, Math.min(form.maxPageSize ?? part.pageSize, part.pageSize));
  const options = new Map(expand.size > 0 ? [['$expand', [...expand].join()]] : []);
  const inner = [...expand].map((one) => `${one}()`).join();
  return {
    [`${name}@odata.context`]: contextUrl(links, `('${document.id}')/${name}${inner && `(${inner})`}`),
    [name]: value.map((item) => part.show(item, form, expand)),
    ...(next !== null && { [`${name}@odata.nextLink`]: nextLink(partUrl(links, document.id, name), options, next) }),
  };
}

/** Whether anything is known of a part: what was never fetched is not "none". */
export function isKnown(fetched: Fetched, items: readonly unknown[]): boolean {
  return fetched !== Fetched.none || items.length > 0;
}

/** Items from a place in the record on, and the token of the next page if there is one. */
export function partPage(
  name: PartName,
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

/** The place that a `$skiptoken` of this part names; null for any other text. */
export function readPartToken(name: PartName, token: string): number | null {
  const [part, place = '', ...rest] = Buffer.from(token, 'base64url').toString('utf8').split('|');
  return part === name && rest.length === 0 && /^\d{1,9}$/.test(place) ? Number(place) : null;
}
