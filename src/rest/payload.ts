import { createHash } from 'node:crypto';
import { type CallRecordDocument, isEmpty, isObject, type JsonObject } from '../domain/document.js';
import { toGraphProperties } from '../domain/written-payload.js';
import { formatInt64 } from '../domain/int64.js';
import { stringifyJson } from '../platform/json.js';
import { MEMBER_LIST } from '../domain/record-members.js';
import { formatSelection, type Shape } from './expand.js';
import { contextUrl, type Links } from './links.js';
import { toKnownEntity, toKnownSet } from './members.js';
import type { AnswerForm } from './negotiation.js';
import { BY_ITSELF } from './offers.js';
import { type CollectionName, expandPart, isKnown, type PartName, PARTS, pickShape, showItem } from './parts.js';

const RECORD_TYPE = '#microsoft.graph.callRecords.callRecord';

/** The form in which records are sent. */
export interface Representation extends Shape {
  form: AnswerForm;
  links: Links;
}

/**
 * One record as a whole response: what was asked for. If nothing was selected, that includes the first page of its
 * participants.
 */
export function toEntityPayload(document: CallRecordDocument, shown: Representation): JsonObject {
  const context = contextUrl(shown.links, `${formatSelection(shown)}/$entity`);
  const expand =
    shown.select === null && !shown.expand.has('participants_v2')
      ? new Map([...shown.expand, ['participants_v2', { select: null, expand: new Map<string, Shape>() }] as const])
      : shown.expand;
  return finish(
    { '@odata.context': context, '@odata.type': RECORD_TYPE, ...toItem(document, { ...shown, expand }) },
    shown.form,
  );
}

/** The members of a page beside its items. */
interface PageControl {
  count: number | undefined;
  nextLink: string | undefined;
}

/** A page of records. They have participants_v2 only if it is expanded, as in Microsoft Graph. */
export function toCollectionPayload(
  documents: readonly CallRecordDocument[],
  control: PageControl,
  shown: Representation,
): JsonObject {
  const items = documents.map((document) => toItem(document, shown));
  return toPage(contextUrl(shown.links, formatSelection(shown)), control, items, shown.form);
}

/** A page of a collection below a record; `path` leads from the records to the collection. */
export function toPartPayload(
  path: string,
  name: CollectionName,
  page: PageControl & { value: JsonObject[] },
  shown: Representation,
): JsonObject {
  const context = contextUrl(shown.links, `${path}${formatSelection(shown)}`);
  return toPage(
    context,
    page,
    page.value.map((item) => showItem(name, item, shown, shown.form)),
    shown.form,
  );
}

/**
 * One entity below a record as a whole response; `path` leads from the records to its collection, or to the entity if
 * it is single.
 */
export function toPartEntityPayload(
  path: string,
  name: CollectionName,
  item: JsonObject,
  shown: Representation,
): JsonObject {
  const context = contextUrl(shown.links, `${path}${formatSelection(shown)}/$entity`);
  return finish({ '@odata.context': context, ...showItem(name, item, shown, shown.form) }, shown.form);
}

/** An empty page still has its list. The count is an Int64 (OData 4.01 JSON, section 3.2). */
function toPage(context: string, { count, nextLink }: PageControl, items: JsonObject[], form: AnswerForm): JsonObject {
  const control = {
    '@odata.context': context,
    ...(count !== undefined && { '@odata.count': form.int64AsText ? String(count) : count }),
    ...(nextLink !== undefined && { '@odata.nextLink': nextLink }),
  };
  return { ...finish(control, form), value: items.map((item) => finish(item, form)) };
}

function toItem(document: CallRecordDocument, { select, expand, form, links }: Representation): JsonObject {
  const wants = (name: string) => select === null || select.has(name);
  const properties = toGraphProperties(document);
  const record: JsonObject = {
    ...properties,
    version: toVersion(document.version, form),
    ...(!form.unknownMembers && knownMembers(document)),
    organizer: document.organizer && toKnownSet(document.organizer, form),
    ...(wants('participants') &&
      isKnown(document.participantsFetched, document.participants) && {
        participants: document.participants.map((set) => toKnownSet(set, form)),
      }),
    organizer_v2: isObject(properties.organizer_v2) ? toKnownEntity(properties.organizer_v2, form) : null,
  };
  const shown = pickShape(record, { select, expand }, 'id');
  for (const [name, shape] of expand) {
    if (isPart(name)) Object.assign(shown, expandPart(name, document, { form, links, shape }));
    else if (name === BY_ITSELF && isObject(shown[name])) shown[name] = pickShape(shown[name], shape);
  }
  return shown;
}

const isPart = (name: string): name is PartName => Object.hasOwn(PARTS, name);

function knownMembers(document: CallRecordDocument): JsonObject {
  const evolving = MEMBER_LIST.filter(({ kind }) => kind.known);
  return Object.fromEntries(evolving.map(({ name, kind }) => [name, kind.toKnown(document[name])]));
}

function toVersion(version: bigint, { int64AsText }: AnswerForm): number | string | bigint {
  if (int64AsText) return version.toString();
  const exact = formatInt64(version);
  return typeof exact === 'number' ? exact : version;
}

/**
 * Applies the preferences for the whole response: `omit-values=nulls`, which in Graph also omits empty values, and
 * `odata.metadata=none`.
 */
function finish(payload: JsonObject, { omitNulls, metadata }: AnswerForm): JsonObject {
  if (!omitNulls && metadata !== 'none') return payload;
  return prune(payload, (name, value) => {
    if (omitNulls && isEmpty(value)) return false;
    return metadata !== 'none' || !name.includes('@odata.') || /@odata\.(nextLink|count)$/.test(name);
  });
}

/** Works from the leaves up: an object with no members left is empty. Items of lists stay, as their places count. */
function prune(object: JsonObject, keeps: (name: string, value: unknown) => boolean): JsonObject {
  const pruned = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(pruned) : isObject(value) ? prune(value, keeps) : value;
  const members = Object.entries(object).map(([name, member]): [string, unknown] => [name, pruned(member)]);
  return Object.fromEntries(members.filter(([name, member]) => keeps(name, member)));
}

/** A weak ETag: of the record's revision, which covers all that is known of it, and of the payload that is sent. */
export function entityTag(revision: string, payload: JsonObject): string {
  return `W/"${revision}.${hash(payload)}"`;
}

/** Whether a list of entity tags, as in `If-None-Match`, has this one, by weak comparison (RFC 9110, 8.8.3.2). */
export function matchesTag(header: string, tag: string): boolean {
  return tagsOf(header).some((one) => one === '*' || opaque(one) === opaque(tag));
}

/** Whether a list of entity tags, as in `If-Match`, has a tag of this revision of the record; `*` matches any. */
export function matchesRevision(header: string, revision: string): boolean {
  return tagsOf(header).some((tag) => tag === '*' || /^"(\d+)\.[\w-]+"$/.exec(opaque(tag))?.[1] === revision);
}

const tagsOf = (header: string) => header.split(',').map((tag) => tag.trim());
const opaque = (tag: string) => tag.replace(/^W\//, '');

function hash(value: unknown): string {
  return createHash('sha256').update(stringifyJson(value)).digest('base64url').slice(0, 16);
}
