import { createHash } from 'node:crypto';
import { type CallRecordDocument, isObject, type JsonObject } from '../domain/document.js';
import { Fetched } from '../domain/document.js';
import { CallType, EndpointType, Modality, toKnownMember, toKnownMembers } from '../domain/enums.js';
import { toGraphProperties, toParticipantEntities } from '../domain/graph-payload.js';
import { formatInt64 } from '../domain/int64.js';
import { stringifyJson } from '../domain/json.js';
import { contextUrl, type Links, participantsUrl, nextLink } from './links.js';
import type { AnswerForm } from './negotiation.js';
import { PARTICIPANTS_PAGE, type RecordOptions } from './query-options.js';

const RECORD_TYPE = '#microsoft.graph.callRecords.callRecord';

/** How records are to be shown. */
export interface Representation extends RecordOptions {
  form: AnswerForm;
  links: Links;
}

/** One record as a whole answer: what was asked for, with participants (their first page) unless something was selected. */
export function toEntityPayload(document: CallRecordDocument, shown: Representation): JsonObject {
  const context = contextUrl(shown.links, `${selectionOf(shown)}/$entity`);
  const expand = shown.select === null ? new Set([...shown.expand, 'participants_v2']) : shown.expand;
  return finish(
    { '@odata.context': context, '@odata.type': RECORD_TYPE, ...toItem(document, { ...shown, expand }) },
    shown.form,
  );
}

/** A page of records: participants_v2 only where expanded, as in Microsoft Graph. */
export function toCollectionPayload(
  documents: readonly CallRecordDocument[],
  control: { count: number | undefined; nextLink: string | undefined },
  shown: Representation,
): JsonObject {
  const payload = {
    '@odata.context': contextUrl(shown.links, selectionOf(shown)),
    ...(control.count !== undefined && { '@odata.count': control.count }),
    ...(control.nextLink !== undefined && { '@odata.nextLink': control.nextLink }),
    value: documents.map((document) => toItem(document, shown)),
  };
  return finish(payload, shown.form);
}

/** A page of a record's participants. */
export function toParticipantsPayload(
  id: string,
  page: { value: JsonObject[]; count: number | undefined; nextLink: string | undefined },
  { select, form, links }: Pick<Representation, 'select' | 'form' | 'links'>,
): JsonObject {
  const payload = {
    '@odata.context': contextUrl(links, `('${id}')/participants_v2${select ? `(${[...select].join()})` : ''}`),
    ...(page.count !== undefined && { '@odata.count': page.count }),
    ...(page.nextLink !== undefined && { '@odata.nextLink': page.nextLink }),
    value: page.value.map((entity) => pick(toKnownEntity(entity, form), select)),
  };
  return finish(payload, form);
}

/** `(id,version,participants_v2())`: what was selected and expanded, as contexts name it. */
function selectionOf({ select, expand }: RecordOptions): string {
  const names = [...(select ?? []), ...[...expand].map((name) => `${name}()`)];
  return names.length === 0 ? '' : `(${names.join()})`;
}

function toItem(document: CallRecordDocument, { select, expand, form, links }: Representation): JsonObject {
  const wants = (name: string) => select === null || select.has(name);
  const properties = toGraphProperties(document);
  const record: JsonObject = {
    ...properties,
    version: toVersion(document.version, form),
    type: form.unknownMembers ? document.type : toKnownMember(CallType, document.type),
    modalities: form.unknownMembers ? document.modalities : toKnownMembers(Modality, document.modalities),
    organizer: document.organizer && toKnownSet(document.organizer, form),
    participants: wants('participants') ? document.participants.map((set) => toKnownSet(set, form)) : [],
    organizer_v2: isObject(properties.organizer_v2) ? toKnownEntity(properties.organizer_v2, form) : null,
  };
  const shown = pick(record, select && new Set([...select, ...expand, 'id']));
  return expand.has('participants_v2') || select?.has('participants_v2')
    ? { ...shown, ...expandParticipants(document, form, links) }
    : shown;
}

/** The first page of participants. Of a record whose participants are not known yet: nothing, for that is not "none". */
function expandParticipants(document: CallRecordDocument, form: AnswerForm, links: Links): JsonObject {
  const { id, participantsFetched, participants } = document;
  if (participantsFetched === Fetched.none && participants.length === 0) return {};
  const size = Math.min(form.maxPageSize ?? PARTICIPANTS_PAGE, PARTICIPANTS_PAGE);
  const { value, next } = pageOfParticipants(document, 0, size);
  return {
    'participants_v2@odata.context': contextUrl(links, `('${id}')/participants_v2`),
    participants_v2: value.map((entity) => toKnownEntity(entity, form)),
    ...(next !== null && { 'participants_v2@odata.nextLink': nextLink(participantsUrl(links, id), new Map(), next) }),
  };
}

/** Participants from a place in the record on, and the token of the next page if there is one. */
export function pageOfParticipants(
  document: CallRecordDocument,
  start: number,
  size: number,
): { value: JsonObject[]; next: string | null } {
  const end = start + size;
  const hasMore = size > 0 && end < document.participants.length;
  return {
    value: toParticipantEntities(document).slice(start, end),
    next: hasMore ? Buffer.from(`${TOKEN_MARK}${end}`).toString('base64url') : null,
  };
}

const TOKEN_MARK = 'participants_v2|';

/** The place that a `$skiptoken` of a record's participants names; null for any other text. */
export function readParticipantsToken(token: string): number | null {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  return /^participants_v2\|\d{1,9}$/.test(text) ? Number(text.slice(TOKEN_MARK.length)) : null;
}

function toVersion(version: bigint, { int64AsText }: AnswerForm): number | string | bigint {
  if (int64AsText) return version.toString();
  const exact = formatInt64(version);
  return typeof exact === 'number' ? exact : version;
}

/** The id of an entity is a string, or absent where no identity in it has one. */
function toKnownEntity({ id, ...rest }: JsonObject, form: AnswerForm): JsonObject {
  const entity = id === null ? rest : { id, ...rest };
  return isObject(entity.identity) ? { ...entity, identity: toKnownSet(entity.identity, form) } : entity;
}

function toKnownSet(set: JsonObject, form: AnswerForm): JsonObject {
  const { endpointType } = set;
  if (form.unknownMembers || typeof endpointType !== 'string' || Object.hasOwn(EndpointType, endpointType)) return set;
  return { ...set, endpointType: EndpointType.unknownFutureValue };
}

function pick(object: JsonObject, names: ReadonlySet<string> | null): JsonObject {
  return names === null ? object : Object.fromEntries(Object.entries(object).filter(([name]) => names.has(name)));
}

/** What holds for all of an answer: `omit-values=nulls` and `odata.metadata=none`. */
function finish(payload: JsonObject, { omitNulls, metadata }: AnswerForm): JsonObject {
  if (!omitNulls && metadata !== 'none') return payload;
  return prune(payload, (name, value) => {
    if (omitNulls && value === null) return false;
    return metadata !== 'none' || !name.includes('@odata.') || /@odata\.(nextLink|count)$/.test(name);
  }) as JsonObject;
}

function prune(value: unknown, keeps: (name: string, value: unknown) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => prune(item, keeps));
  // Numbers with more digits than JavaScript's are objects of a class, which must come through as they are.
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.entries(value).filter(([name, member]) => keeps(name, member));
  return Object.fromEntries(members.map(([name, member]) => [name, prune(member, keeps)]));
}

/** The mark of a record's state: the same for equal records, whatever of them is shown. */
export function stateTag(document: CallRecordDocument): string {
  return hash([document.version, toGraphProperties(document), toParticipantEntities(document)]);
}

/** A weak ETag: the record's state, and how it is shown. */
export function entityTag(document: CallRecordDocument, payload: JsonObject): string {
  return `W/"${stateTag(document)}.${hash(payload)}"`;
}

/** Whether a list of entity tags, as in `If-Match`, has one of the record in its present state; `*` stands for any. */
export function matchesState(header: string, document: CallRecordDocument): boolean {
  const tags = header.split(',').map((tag) => tag.trim());
  const state = stateTag(document);
  return tags.some((tag) => tag === '*' || /^(?:W\/)?"([\w-]+)\.[\w-]+"$/.exec(tag)?.[1] === state);
}

function hash(value: unknown): string {
  return createHash('sha256').update(stringifyJson(value)).digest('base64url').slice(0, 16);
}
