import { now, parseDateTime, type UtcText } from './date-time.js';
import {
  type CallRecordDocument,
  type Extension,
  Fetched,
  isObject,
  type JsonObject,
  dropNulls,
  entityId,
  OPTIONAL_MEMBERS,
  type OptionalMember,
} from './document.js';
import { badUserInput, ENOUGH_VIOLATIONS, type Violation } from './errors.js';
import { otherDataSet } from './foreign-files.js';
import { isGuid } from './identity.js';
import { parseInt64 } from './int64.js';
import type { RecordPart } from './merge.js';
import { mapMembers, MEMBER_NAMES, type Member } from './record-members.js';
import {
  NOBODY,
  type Participant,
  type Participants,
  participantsOf,
  withLegacy,
  withoutOwnId,
  withParticipants,
} from './participants.js';
import { checkObject, EXPECTED, type GraphObject } from './shapes.js';
import { checkWordCharacters } from './text.js';
import { ABSENT, PROVISIONAL } from './written-payload.js';

/** The most characters of Graph's error that a message repeats. */
const MAX_TOLD = 300;

/** The context of a page of participants or sessions that was fetched by its own URL. It names the record. */
const PART_CONTEXT = /callRecords\('([0-9a-fA-F-]+)'\)\/(participants_v2|sessions)(?:\(.*\))?$/;

const KNOWN = new Set<string>([
  ...MEMBER_NAMES,
  ...['organizer', 'participants', 'organizer_v2', 'participants_v2', 'sessions'],
]);

/**
 * The items in a JSON value as people save it: one record, a page or list of records, or a page of a record's part.
 * Throws `BAD_USER_INPUT` if the items of such a page do not match its context, or are not call records at all.
 */
export function graphItems(json: unknown): { items: unknown[] } | { part: RecordPart } {
  if (Array.isArray(json)) return { items: json };
  if (!isObject(json) || !Array.isArray(json.value) || 'id' in json) return { items: [json] };
  const other = otherDataSet(json);
  if (other !== null) throw badUserInput([{ path: [], rule: 'type', message: other }]);
  const context = PART_CONTEXT.exec(textOf(json['@odata.context']));
  if (!context) return { items: json.value };
  const [, id, part] = context as unknown as [string, string, RecordPart['part']];
  const page = readGraphRecord({ ...PROBE, [part]: json.value });
  return part === 'sessions'
    ? { part: { id: id.toLowerCase(), part, sessions: page.sessions } }
    : { part: { id: id.toLowerCase(), part, participants: participantsOf(page).entities } };
}

const POWERSHELL_DATE = /^\/Date\(-?\d+/;
const POWERSHELL_HINT =
  'Windows PowerShell 5.1 writes dates so: save the answer as it came (Invoke-WebRequest -OutFile), or use PowerShell 7.';

/** The members of a record that a page lacks. */
const PROBE = {
  id: '00000000-0000-0000-0000-000000000000',
  version: 1,
  startDateTime: '2000-01-01T00:00:00Z',
  endDateTime: '2000-01-01T00:00:00Z',
};

/**
 * Reads one callRecord in any shape that Graph has sent: with legacy members, `_v2` entities, or both; whole, cut off,
 * or a list item. Throws `BAD_USER_INPUT` with every violation, including known members at any depth with another kind
 * of JSON value. Unknown members of enumerations and objects are data, not errors.
 */
export function readGraphRecord(json: unknown): CallRecordDocument {
  const other = isObject(json) ? otherDataSet(json) : 'Expected a callRecord object.';
  if (!isObject(json) || other !== null) throw badUserInput([{ path: [], rule: 'type', message: other ?? '' }]);
  const error = graphError(json);
  if (error !== null) throw badUserInput([{ path: ['error'], rule: 'type', message: error }]);
  const reader = new Reader(json);
  const document = reader.document();
  if (reader.violations.length > 0) throw badUserInput(reader.violations);
  return document;
}

/** The message for an error envelope that was saved in place of a response; null for anything else. */
function graphError({ id, error }: JsonObject): string | null {
  if (id != null || !isObject(error) || typeof error.code !== 'string') return null;
  const { code, message } = error;
  const told = (typeof message === 'string' && message !== '' ? `${code}, ${message}` : code)
    .replace(/\s+/g, ' ')
    .slice(0, MAX_TOLD);
  return `An error that Microsoft Graph answered, not a record: ${told}`;
}

/** Reads a record and collects its violations, so that one error reports them all. */
class Reader {
  readonly violations: Violation[] = [];

  constructor(private readonly json: JsonObject) {}

  document(): CallRecordDocument {
    const organizer = this.organizer();
    const document = Object.assign(
      mapMembers((member) => this.member(member)),
      {
        organizer: organizer.set,
        participants: [],
        participantsFetched: Fetched.none,
        ...this.sessions(),
        extension: this.extension(organizer.extra),
      },
    );
    return withParticipants(document, this.participants());
  }

  private readonly add = (path: (string | number)[], rule: string, message: string): void => {
    this.violations.push({ path, rule, message });
    if (this.violations.length >= ENOUGH_VIOLATIONS) throw badUserInput(this.violations);
  };

  private member({ name, kind, isOptional }: Member): unknown {
    switch (kind.name) {
      case 'guid':
        return this.id();
      case 'version':
        return this.version();
      case 'DateTimeOffset':
        return this.dateTime(name, isOptional !== true);
      case 'text':
        return this.text(name);
      case 'member':
        return this.text(name) ?? 'unknown';
      case 'members':
        return this.members(name);
    }
  }

  private id(): string {
    const { id } = this.json;
    if (typeof id === 'string' && isGuid(id)) return id.toLowerCase();
    this.add(['id'], id == null ? 'required' : 'guid', id == null ? 'A value is required.' : 'Expected a GUID.');
    return '';
  }

  private version(): bigint {
    if (this.json.version == null) {
      this.add(['version'], 'required', 'A value is required.');
      return 0n;
    }
    try {
      const version = parseInt64(this.json.version);
      if (version < 1n) this.add(['version'], 'minimum', 'Versions count from 1.');
      return version;
    } catch (error) {
      this.add(['version'], 'Int64', (error as Error).message);
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
      const hint = POWERSHELL_DATE.test(textOf(value)) ? ` ${POWERSHELL_HINT}` : '';
      this.add([name], 'DateTimeOffset', `${(error as Error).message}${hint}`);
      return '';
    }
  }

  private text(name: string): string | null {
    const value = this.json[name];
    if (value == null) return null;
    const message = typeof value === 'string' ? checkWordCharacters(value) : EXPECTED.text;
    if (message !== null) this.add([name], typeof value === 'string' ? 'characters' : 'type', message);
    return textOf(value);
  }

  private members(name: string): string[] {
    const value = this.json[name] ?? [];
    if (Array.isArray(value) && value.every((member) => typeof member === 'string')) return [...new Set<string>(value)];
    this.add([name], 'type', EXPECTED.texts);
    return [];
  }

  private extension(organizer: JsonObject | null): Extension {
    const properties = Object.entries(this.json).filter(
      ([name]) => !KNOWN.has(name) && !name.includes('@odata.') && !name.startsWith('@callrecords.'),
    );
    const absent = this.absent();
    return {
      ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
      ...(organizer && { organizer }),
      ...(absent.length > 0 && { absent }),
    };
  }

  private absent(): OptionalMember[] {
    const named = this.json[ABSENT];
    return OPTIONAL_MEMBERS.filter((name) => (Array.isArray(named) && named.includes(name)) || this.lacks(name));
  }

  /** For the URL and the newer organizer, null means that there is none. For the other members, null says nothing. */
  private lacks(name: OptionalMember): boolean {
    if (name === 'joinWebUrl') return this.json.joinWebUrl === undefined;
    return this.json[name] == null && (name !== 'organizer' || this.json.organizer_v2 === undefined);
  }

  private isProvisional(part: string): boolean {
    const named = this.json[PROVISIONAL];
    return Array.isArray(named) && named.includes(part);
  }

  private organizer(): { set: JsonObject | null; extra: JsonObject | null } {
    const legacy = this.object(this.json.organizer, 'identitySet', ['organizer']);
    const entity = this.object(this.json.organizer_v2, 'entity', ['organizer_v2']);
    const set = legacy && toSet(legacy);
    return entity ? toParticipant(entity, set) : { set, extra: null };
  }

  /**
   * The legacy member has been null or empty since 2026-06-30, and was cut off before. So it shows who took part, never
   * who did not.
   */
  private participants(): Participants {
    const legacy = this.list('participants', 'identitySet').map((set): Participant => ({
      set: toSet(set),
      extra: null,
    }));
    // Reversed, so that the first set with an id wins.
    const own = new Map<unknown, JsonObject>(legacy.map(({ set }) => [entityId(set), set] as const).reverse());
    const entities = this.list('participants_v2', 'entity').map((entity) =>
      toParticipant(entity, own.get(entity.id) ?? null),
    );
    if (this.isProvisional('participants_v2')) return { ...NOBODY, legacy, provisional: entities };
    return withLegacy({ ...NOBODY, entities, fetched: this.fetched('participants_v2') }, legacy);
  }

  private sessions(): Pick<CallRecordDocument, 'sessions' | 'sessionsFetched'> {
    return { sessions: this.list('sessions', 'session'), sessionsFetched: this.fetched('sessions') };
  }

  private fetched(part: RecordPart['part']): Fetched {
    if (this.json[part] === undefined || this.isProvisional(part)) return Fetched.none;
    return this.json[`${part}@odata.nextLink`] === undefined ? Fetched.wholly : Fetched.partly;
  }

  /** The objects of a list, also if somebody has saved its pages as a list of lists. */
  private list(name: string, shape: GraphObject): JsonObject[] {
    const value = this.json[name] ?? [];
    if (!Array.isArray(value)) {
      this.add([name], 'type', EXPECTED.objects);
      return [];
    }
    const items: unknown[] = value.every(Array.isArray) ? value.flat() : value;
    return items.flatMap((item, index): JsonObject[] => {
      const object = this.item(item, shape, [name, index]);
      return object ? [object] : [];
    });
  }

  private item(value: unknown, shape: GraphObject, path: (string | number)[]): JsonObject | null {
    if (value === null) this.add(path, 'type', EXPECTED.object);
    return this.object(value, shape, path);
  }

  private object(value: unknown, shape: GraphObject, path: (string | number)[]): JsonObject | null {
    if (value == null) return null;
    if (isObject(value)) {
      checkObject(value, shape, path, this.add);
      return value;
    }
    this.add(path, 'type', EXPECTED.object);
    return null;
  }
}

/** A `_v2` entity: its identity set, or else the legacy one, and its other members (its id only if it differs). */
function toParticipant(entity: JsonObject, legacy: JsonObject | null): Participant {
  const { identity, ...rest } = entity;
  const set = isObject(identity) ? toSet(identity) : (legacy ?? {});
  const extra = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.includes('@odata.')));
  return { set, extra: withoutOwnId(set, extra) };
}

function toSet(json: JsonObject): JsonObject {
  const set = dropNulls(json);
  if (isObject(set.acsUser)) set.azureCommunicationServicesUser ??= set.acsUser;
  return set;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
