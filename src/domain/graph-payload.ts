import { formatDateTime, now, parseDateTime, type UtcText } from './date-time.js';
import {
  type CallRecordDocument,
  type Extension,
  Fetched,
  type JsonObject,
  dropNulls,
  entityId,
  participantKey,
} from './document.js';
import { badUserInput, type Violation } from './errors.js';
import { isGuid } from './identity.js';
import { parseInt64 } from './int64.js';

/** A page of a record's participants or sessions, fetched by its own URL; the context names the record. */
export interface RecordPart {
  id: string;
  part: 'participants_v2' | 'sessions';
  items: JsonObject[];
}

/** Graph cuts the legacy `participants` at this many; a list of this length may be a cut one. */
const LEGACY_PARTICIPANTS_LIMIT = 130;
const PART_CONTEXT = /callRecords\('([0-9a-fA-F-]+)'\)\/(participants_v2|sessions)(?:\(.*\))?$/;

const KNOWN = new Set([
  ...['id', 'version', 'type', 'modalities', 'startDateTime', 'endDateTime', 'lastModifiedDateTime', 'joinWebUrl'],
  ...['organizer', 'participants', 'organizer_v2', 'participants_v2', 'sessions'],
]);

/** The items in a JSON value as people save it: one record, a page or list of them, or a page of a record's parts. */
export function graphItems(json: unknown): { items: unknown[] } | { part: RecordPart } {
  if (Array.isArray(json)) return { items: json };
  if (!isObject(json) || !Array.isArray(json.value) || 'id' in json) return { items: [json] };
  const context = PART_CONTEXT.exec(textOf(json['@odata.context']));
  if (!context) return { items: json.value };
  const [, id, part] = context as unknown as [string, string, RecordPart['part']];
  return { part: { id: id.toLowerCase(), part, items: json.value.filter(isObject) } };
}

/**
 * Reads one callRecord in any shape Graph has sent: legacy members, `_v2` entities, or both; whole, cut, or a list item.
 * Throws `BAD_USER_INPUT` with every violation; unknown members of enumerations and objects are data, not errors.
 */
export function readGraphRecord(json: unknown): CallRecordDocument {
  if (!isObject(json)) throw badUserInput([{ path: [], rule: 'type', message: 'Expected a callRecord object.' }]);
  const reader = new Reader(json);
  const document = reader.document();
  if (reader.violations.length > 0) throw badUserInput(reader.violations);
  return document;
}

/** Collects violations while it reads, so that all of a record's problems are told at once. */
class Reader {
  readonly violations: Violation[] = [];

  constructor(private readonly json: JsonObject) {}

  document(): CallRecordDocument {
    return {
      id: this.id(),
      version: this.version(),
      type: this.text('type') ?? 'unknown',
      modalities: this.modalities(),
      startDateTime: this.dateTime('startDateTime', true),
      endDateTime: this.dateTime('endDateTime', true),
      lastModifiedDateTime: this.dateTime('lastModifiedDateTime', false),
      joinWebUrl: this.text('joinWebUrl'),
      ...this.people(),
      ...this.sessions(),
    };
  }

  private add(path: (string | number)[], rule: string, message: string): void {
    this.violations.push({ path, rule, message });
  }

  private id(): string {
    const { id } = this.json;
    if (typeof id === 'string' && isGuid(id)) return id.toLowerCase();
    this.add(['id'], id == null ? 'required' : 'guid', id == null ? 'A value is required.' : 'Expected a GUID.');
    return '';
  }

  private version(): bigint {
    try {
      const version = parseInt64(this.json.version);
      if (version < 1n) this.add(['version'], 'minimum', 'Versions count from 1.');
      return version;
    } catch (error) {
      this.add(['version'], this.json.version == null ? 'required' : 'Int64', (error as Error).message);
      return 0n;
    }
  }

  private dateTime(name: string, required: boolean): UtcText {
    const value = this.json[name];
    if (value == null) {
      if (required) this.add([name], 'required', 'A value is required.');
      return now();
    }
    try {
      return parseDateTime(textOf(value));
    } catch (error) {
      this.add([name], 'DateTimeOffset', (error as Error).message);
      return '';
    }
  }

  private text(name: string): string | null {
    const value = this.json[name];
    if (value == null) return null;
    if (typeof value !== 'string' || value.includes('\0')) this.add([name], 'type', 'Expected a string without NUL.');
    return textOf(value);
  }

  private modalities(): string[] {
    const value = this.json.modalities ?? [];
    if (Array.isArray(value) && value.every((member) => typeof member === 'string')) return [...new Set<string>(value)];
    this.add(['modalities'], 'type', 'Expected a list of strings.');
    return [];
  }

  private people(): Pick<CallRecordDocument, 'organizer' | 'participants' | 'participantsFetched' | 'extension'> {
    const organizer = this.organizer();
    const { sets, extras, fetched } = this.participants();
    const properties = Object.entries(this.json).filter(([name]) => !KNOWN.has(name) && !name.includes('@odata.'));
    const extension: Extension = {
      ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
      ...(organizer.extra && { organizer: organizer.extra }),
      ...(extras.some((extra) => extra !== null) && { participants: extras }),
    };
    return {
      organizer: organizer.set,
      participants: sets,
      participantsFetched: fetched,
      extension: Object.keys(extension).length > 0 ? extension : null,
    };
  }

  private organizer(): { set: JsonObject | null; extra: JsonObject | null } {
    const entity = this.json.organizer_v2;
    if (isObject(entity)) return this.entity(entity, ['organizer_v2']);
    const legacy = this.json.organizer;
    return { set: isObject(legacy) ? this.identitySet(legacy, ['organizer']) : null, extra: null };
  }

  private participants(): { sets: JsonObject[]; extras: (JsonObject | null)[]; fetched: Fetched } {
    const entities = this.list('participants_v2');
    const legacy = this.list('participants').map((set, index) => this.identitySet(set, ['participants', index]));
    const read = entities.map((entity, index) => this.entity(entity, ['participants_v2', index]));
    const known = new Set(read.map(({ set }) => participantKey(set)));
    const missing = legacy.filter((set) => !known.has(participantKey(set)));
    return {
      sets: read.length > 0 ? [...read.map(({ set }) => set), ...missing] : legacy,
      extras: read.map(({ extra }) => extra),
      fetched: this.participantsFetched(read.length, legacy.length),
    };
  }

  private participantsFetched(entities: number, legacy: number): Fetched {
    if (Array.isArray(this.json.participants_v2)) {
      return this.json['participants_v2@odata.nextLink'] === undefined ? Fetched.wholly : Fetched.partly;
    }
    // The legacy member is null or empty since 2026-06-30: that says nothing about who was there.
    if (entities + legacy === 0) return Fetched.none;
    return legacy < LEGACY_PARTICIPANTS_LIMIT ? Fetched.wholly : Fetched.partly;
  }

  private sessions(): Pick<CallRecordDocument, 'sessions' | 'sessionsFetched'> {
    if (this.json.sessions === undefined) return { sessions: [], sessionsFetched: Fetched.none };
    const cut = this.json['sessions@odata.nextLink'] !== undefined;
    return { sessions: this.list('sessions'), sessionsFetched: cut ? Fetched.partly : Fetched.wholly };
  }

  private list(name: string): JsonObject[] {
    const value = this.json[name] ?? [];
    if (Array.isArray(value) && value.every(isObject)) return value;
    this.add([name], 'type', 'Expected a list of objects.');
    return [];
  }

  /** A `_v2` entity: its identity set, and what else it carries (its id only where it is not the identity's). */
  private entity(entity: JsonObject, path: (string | number)[]): { set: JsonObject; extra: JsonObject | null } {
    const { identity, ...rest } = entity;
    const set = isObject(identity) ? this.identitySet(identity, [...path, 'identity']) : {};
    const extra = Object.entries(rest).filter(
      ([name, value]) => !(name === 'id' && value === entityId(set)) && !name.includes('@odata.'),
    );
    return { set, extra: extra.length > 0 ? Object.fromEntries(extra) : null };
  }

  private identitySet(json: JsonObject, path: (string | number)[]): JsonObject {
    const set = dropNulls(json);
    for (const [kind, identity] of Object.entries(set)) {
      if (isObject(identity)) this.identity(identity, [...path, kind]);
    }
    if (isObject(set.acsUser)) set.azureCommunicationServicesUser ??= set.acsUser;
    return set;
  }

  private identity(identity: JsonObject, path: (string | number)[]): void {
    for (const name of ['id', 'displayName', 'tenantId', 'userPrincipalName']) {
      const value = identity[name];
      if (value != null && (typeof value !== 'string' || value.includes('\0')))
        this.add([...path, name], 'type', 'Expected a string without NUL.');
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The participants of a page that was fetched by itself, in the form they are stored in. */
export function readParticipants(items: JsonObject[]): { set: JsonObject; extra: JsonObject | null }[] {
  const { participants, extension } = readGraphRecord({ ...PROBE, participants_v2: items });
  return participants.map((set, index) => ({ set, extra: extension?.participants?.[index] ?? null }));
}

const PROBE = {
  id: '00000000-0000-0000-0000-000000000000',
  version: 1,
  startDateTime: '2000-01-01T00:00:00Z',
  endDateTime: '2000-01-01T00:00:00Z',
};

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A stored record in the shape Graph sends since 2026-06-30, from which `readGraphRecord` makes the same document again.
 * Parts that were fetched partly carry a next link without a page behind it, so that they are read as partly fetched.
 */
export function toGraphPayload(document: CallRecordDocument): JsonObject {
  const { extension } = document;
  const participants = document.participants.map((set, index) =>
    toEntity(set, extension?.participants?.[index] ?? null),
  );
  return {
    id: document.id,
    version: document.version,
    type: document.type,
    modalities: document.modalities,
    startDateTime: formatDateTime(document.startDateTime),
    endDateTime: formatDateTime(document.endDateTime),
    lastModifiedDateTime: formatDateTime(document.lastModifiedDateTime),
    joinWebUrl: document.joinWebUrl,
    ...extension?.properties,
    organizer_v2: document.organizer === null ? null : toEntity(document.organizer, extension?.organizer ?? null),
    ...part('participants_v2', document.participantsFetched, participants),
    ...part('sessions', document.sessionsFetched, document.sessions),
  };
}

function toEntity(identity: JsonObject, extra: JsonObject | null): JsonObject {
  return { id: entityId(identity), identity, ...extra };
}

function part(name: string, fetched: Fetched, items: JsonObject[]): JsonObject {
  if (fetched === Fetched.none && items.length === 0) return {};
  return { [name]: items, ...(fetched !== Fetched.wholly && { [`${name}@odata.nextLink`]: '' }) };
}
