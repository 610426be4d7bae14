import type { CallRecordDocument, Extension } from './document.js';
import { identityKey, isGuid } from './identity.js';
import type { RecordPart } from './merge.js';
import type { Participant } from './participants.js';
import { isObject, type JsonObject, objectsOf } from '../platform/json-object.js';

/** Days after the end of a call; null if nothing is forgotten by its age. */
export interface Retention {
  /** When a record is deleted. */
  retentionDays: number | null;
  /** When its personal details are set to null; see {@link withoutDetails}. */
  personalDetailDays: number | null;
}

/**
 * Members that are personal details at any place: addresses, names of devices, and the headers of software, which may
 * contain such a name.
 */
const DETAILS = new Set([
  ...['ipAddress', 'subnet', 'reflexiveIPAddress', 'relayIPAddress', 'macAddress', 'basicServiceSetIdentifier'],
  ...['dnsSuffix', 'captureDeviceName', 'renderDeviceName', 'headerValue'],
]);
/**
 * Members with common names that are personal details in one place only: the computer of an endpoint, and the text of a
 * feedback.
 */
const DETAIL_OF = new Map([
  ['caller', 'name'],
  ['callee', 'name'],
  ['feedback', 'text'],
]);

type People = Pick<CallRecordDocument, 'organizer' | 'participants' | 'sessions' | 'extension'>;

/** The record with its personal details set to null; the same object if it has none. Names and ids stay. */
export function withoutDetails<Document extends People>(document: Document): Document {
  const { organizer, participants, sessions, extension } = document;
  const parts = { organizer, participants, sessions, extension };
  const stripped = strip(parts, '') as People;
  return stripped === parts ? document : { ...document, ...stripped };
}

/** Like {@link withoutDetails}, for a page of participants or sessions. */
export function partWithoutDetails(page: RecordPart): RecordPart {
  return strip(page, '') as RecordPart;
}

/** `parent`: the name of the member that holds the value, or its list. */
function strip(value: unknown, parent: string): unknown {
  return mapped(value, (member, name) =>
    member !== null && (DETAILS.has(name) || DETAIL_OF.get(parent) === name) ? null : strip(member, name || parent),
  );
}

/**
 * The list or object with each member changed by `change`, whose name is empty in a list. The same object if no member
 * changes.
 */
function mapped(value: unknown, change: (member: unknown, name: string) => unknown): unknown {
  if (Array.isArray(value)) return mappedList(value, change);
  if (!isObject(value)) return value;
  // Most objects stay: only one that changes is copied.
  let next: JsonObject | null = null;
  for (const name of Object.keys(value)) {
    const member = value[name];
    const changed = change(member, name);
    if (changed !== member) (next ??= { ...value })[name] = changed;
  }
  return next ?? value;
}

function mappedList(list: unknown[], change: (member: unknown, name: string) => unknown): unknown[] {
  const next = list.map((item) => change(item, ''));
  return next.every((item, index) => item === list[index]) ? list : next;
}

/** The replacement of an erased person's id, by the key of that id; null for everybody else. */
export type ReplacementOf = (key: string) => string | null;

/**
 * The record without erased people. Their ids are replaced wherever they stand, also within texts; their names, devices
 * and addresses are null. The rest of the record stays. If no erased person is in it, the same object is returned.
 * `id`: an id to search for, whatever its form.
 */
export function withoutPeople<Document extends People & Partial<Pick<CallRecordDocument, 'joinWebUrl'>>>(
  document: Document,
  replacementOf: ReplacementOf,
  id?: string,
): Document {
  const { organizer, participants, sessions, extension, joinWebUrl = null } = document;
  const erasing = findErased([organizer, participants, sessions, extension, joinWebUrl], replacementOf, id);
  if (erasing === null) return document;
  const parts = { organizer, participants, sessions, extension, joinWebUrl };
  const next = {
    organizer: organizer && erasing.set(organizer),
    participants: mapped(participants, (set) => erasing.set(set as JsonObject)),
    sessions: mapped(sessions, (session) => erasing.session(session as JsonObject)),
    extension: extension && erasing.extension(extension, { organizer, participants }),
    ...('joinWebUrl' in document && { joinWebUrl: joinWebUrl && erasing.text(joinWebUrl) }),
  };
  const isSame = Object.entries(next).every(([name, part]) => part === parts[name as keyof typeof parts]);
  return isSame ? document : { ...document, ...next };
}

/** Like {@link withoutPeople}, for a page of participants or sessions. */
export function partWithoutPeople(page: RecordPart, replacementOf: ReplacementOf): RecordPart {
  const erasing = findErased(page, replacementOf);
  if (erasing === null) return page;
  if (page.part === 'sessions') return { ...page, sessions: page.sessions.map((session) => erasing.session(session)) };
  return { ...page, participants: page.participants.map((one) => erasing.participant(one)) };
}

/** Like {@link withoutPeople}, for a text beside a record. */
export function textWithoutPeople(text: string, replacementOf: ReplacementOf, id = text): string {
  return findErased(text, replacementOf, id)?.text(text) ?? text;
}

/** Texts that may be ids within another text, such as a meeting's URL. */
const IDS = /8:[\w:.-]+|teamsvisitor:[\w:.-]+|\+\d[\d*]{4,}/g;
const GUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** Most texts are too short to hold an id: `8:x`, or a GUID. */
const SHORTEST_ID = 3;
const GUID_LENGTH = 36;
/** Shorter ids and names may occur in other texts by chance. */
const TELLING_LENGTH = 6;
const NAMES = ['displayName', 'userPrincipalName', 'email', 'mail'];
/**
 * Identities that may belong to another than the participant of their set: an application at the participant's side, or
 * the identity that a call shows.
 */
const OTHERS = new Set(['application', 'applicationInstance', 'assertedIdentity']);
/**
 * The member of an identity that stays, beside the id and annotations. A guest's home tenant reveals who it is, and
 * does not stay.
 */
const KEPT = 'tenantId';
const SIDES = ['caller', 'callee'] as const;

/** Finds the people to erase in parts of a record; null if there are none. */
function findErased(parts: unknown, replacementOf: ReplacementOf, id?: string): Erasing | null {
  const replacements = new Map<string, string>();
  const names = new Set<string>();
  const find = (text: string): boolean => {
    const replacement = replacementOf(identityKey(text));
    if (replacement !== null) replacements.set(identityKey(text), replacement);
    return replacement !== null;
  };
  const look = (value: unknown): void => {
    if (typeof value === 'string') {
      if (value.length >= SHORTEST_ID) for (const text of value.match(IDS) ?? []) find(text);
      if (value.length >= GUID_LENGTH) for (const text of value.match(GUIDS) ?? []) find(text);
    } else if (Array.isArray(value)) value.forEach(look);
    else if (isObject(value)) {
      if (typeof value.id === 'string' && find(value.id))
        for (const name of NAMES) if (typeof value[name] === 'string') names.add(value[name]);
      Object.values(value).forEach(look);
    }
  };
  if (id !== undefined) find(id);
  look(parts);
  return replacements.size > 0 ? new Erasing(replacements, names) : null;
}

/** Erases people from the parts of one record. */
class Erasing {
  private readonly patterns: [RegExp, string][];

  constructor(
    /** By the keys of ids. */
    private readonly replacements: ReadonlyMap<string, string>,
    private readonly names: ReadonlySet<string>,
  ) {
    const telling = [...replacements].filter(([key]) => key.length >= TELLING_LENGTH);
    this.patterns = telling.map(([key, replacement]) => [patternOf(key), replacement]);
  }

  /** An identity set. All identities in it belong to one participant. */
  set(set: JsonObject): JsonObject {
    const replacement = this.inSet(set);
    return replacement === null
      ? (this.other(set) as JsonObject)
      : (mapped(set, (member, name) => this.memberOfSet(member, name, replacement)) as JsonObject);
  }

  participant({ set, extra }: Participant): Participant {
    return { set: this.set(set), extra: extra && this.extra(extra, set) };
  }

  session(session: JsonObject): JsonObject {
    const sides = SIDES.filter((side) => this.atEndpoint(session[side]) !== null);
    return mapped(session, (member, name) => {
      if (name === 'segments') return mapped(member, (segment) => this.segment(segment, sides));
      return this.memberOfPart(member, name);
    }) as JsonObject;
  }

  /**
   * The members that the source sent beyond the schema. `people`: the people of the record before the erasure, to whom
   * they belong.
   */
  extension(extension: Extension, people: Pick<CallRecordDocument, 'organizer' | 'participants'>): Extension | null {
    const { organizer, participants, properties, ...others } = extension;
    const extras = participants?.map((extra, index) => extra && this.extra(extra, people.participants[index] ?? {}));
    const own = organizer && this.extra(organizer, people.organizer ?? {});
    const unknown = this.unknown(properties);
    const hasExtras = extras?.every((extra, index) => extra === participants?.[index]) ?? true;
    if (own === organizer && hasExtras && unknown === properties) return extension;
    const next: Extension = {
      ...others,
      ...(properties && { properties: unknown as JsonObject }),
      ...(own && { organizer: own }),
      ...(extras?.some((extra) => extra !== null) && { participants: extras }),
    };
    return Object.keys(next).length > 0 ? next : null;
  }

  /** A text that may contain ids. */
  text(text: string): string {
    const whole = this.replacements.get(identityKey(text));
    return whole ?? this.patterns.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
  }

  /** The other members of a participant's entity are erased with the person. */
  private extra(extra: JsonObject, set: JsonObject): JsonObject | null {
    return this.inSet(set) === null ? (this.unknown(extra) as JsonObject) : null;
  }

  private segment(segment: unknown, ofSession: readonly string[]): unknown {
    if (!isObject(segment)) return this.other(segment);
    // If a segment leaves out who an end is, its session tells.
    const isOwn = (side: (typeof SIDES)[number]) =>
      this.atEndpoint(segment[side]) !== null || (ofSession.includes(side) && !tellsWho(segment[side]));
    const sides = SIDES.filter(isOwn);
    return mapped(segment, (member, name) => {
      if (name === 'media') return mapped(member, (media) => this.media(media, sides));
      const isSide = sides.includes(name as (typeof SIDES)[number]);
      return this.memberOfPart(isSide ? strip(member, name) : member, name);
    });
  }

  private media(media: unknown, sides: readonly string[]): unknown {
    return mapped(media, (member, name) => {
      const isOwn = sides.some((side) => name === `${side}Device` || name === `${side}Network`);
      return this.other(isOwn ? strip(member, name) : member);
    });
  }

  /** A member of a session or a segment. */
  private memberOfPart(member: unknown, name: string): unknown {
    const replacement = SIDES.some((side) => side === name) ? this.atEndpoint(member) : null;
    if (replacement === null) return this.other(member);
    return mapped(strip(member, name), (own, what) => {
      if (what === 'associatedIdentity') return this.identity(own, what, replacement);
      if (what === 'identity') return mapped(own, (one, kind) => this.memberOfSet(one, kind, replacement));
      return this.unknown(own);
    });
  }

  private memberOfSet(member: unknown, name: string, replacement: string): unknown {
    if (isObject(member))
      return OTHERS.has(name) && this.own(member) === null
        ? this.other(member)
        : this.identity(member, name, replacement);
    return name === 'endpointType' || name.includes('@') ? member : null;
  }

  /** An identity of an erased person. */
  private identity(identity: unknown, kind: string, replacement: string): unknown {
    return mapped(identity, (member, name) => {
      if (name === 'id')
        return typeof member === 'string' ? (this.replacements.get(identityKey(member)) ?? replacement) : null;
      return name.includes('@') || (name === KEPT && kind !== 'guest') ? member : null;
    });
  }

  /** Any other value that may contain identities and ids. */
  private other(value: unknown, name = ''): unknown {
    if (typeof value === 'string') return this.text(value);
    const replacement = isObject(value) ? this.own(value) : null;
    if (replacement !== null) return this.identity(value, name, replacement);
    return mapped(value, (member, what) => this.other(member, what));
  }

  /** A value without a schema, in which the person's names may stand by themselves. */
  private unknown(value: unknown, name = ''): unknown {
    if (typeof value === 'string' && value.length >= TELLING_LENGTH && this.names.has(value)) return null;
    if (typeof value === 'string' || (isObject(value) && this.own(value) !== null)) return this.other(value, name);
    return mapped(value, (member, what) => this.unknown(member, what));
  }

  /** The replacement of an identity's id; null if it stays. */
  private own(identity: unknown): string | null {
    const id = isObject(identity) ? identity.id : null;
    return typeof id === 'string' ? (this.replacements.get(identityKey(id)) ?? null) : null;
  }

  private inSet(set: unknown): string | null {
    for (const member of isObject(set) ? Object.values(set) : []) {
      const replacement = this.own(member);
      if (replacement !== null) return replacement;
    }
    return null;
  }

  private atEndpoint(endpoint: unknown): string | null {
    return isObject(endpoint) ? (this.own(endpoint.associatedIdentity) ?? this.inSet(endpoint.identity)) : null;
  }
}

function tellsWho(endpoint: unknown): boolean {
  return isObject(endpoint) && (isObject(endpoint.associatedIdentity) || objectsOf([endpoint.identity]).length > 0);
}

/** Finds an id in a text, in its own form and as a URL encodes it. */
function patternOf(key: string): RegExp {
  const forms = [...new Set([key, encodeURIComponent(Buffer.from(key).toString())])].map((form) =>
    form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  );
  const either = `(?:${forms.join('|')})`;
  return isGuid(key) ? new RegExp(either, 'gi') : new RegExp(`(?<=^|\\W|%[\\dA-F]{2})${either}(?![\\w*])`, 'g');
}
