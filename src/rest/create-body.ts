import type { CreateCallRecordInput } from '../domain/call-record.js';
import type { CreateReader } from '../domain/create-input.js';
import {
  dropNulls,
  type Extension,
  fill,
  identitiesOf,
  isEmpty,
  isObject,
  type JsonObject,
} from '../domain/document.js';
import { badUserInput, ENOUGH_VIOLATIONS, gather, type Violation } from '../domain/errors.js';
import { identityKey, IdentityKind, type IdentitySetInput } from '../domain/identity.js';
import { NOBODY, type Participant, withLegacy } from '../domain/participants.js';
import { checkKept, isKeptOfEntity, isKeptOfIdentity, isKeptOfSet, NOT_TAKEN } from './kept-members.js';
import { IDENTITY_TYPES, isTypeName, TYPES } from './type-names.js';

type Path = (string | number)[];

const KINDS = Object.values(IdentityKind) as string[];
const ACS_USER = IdentityKind.AZURE_COMMUNICATION_SERVICES_USER;
const IDENTITY_MEMBERS = new Set(['id', 'displayName', 'tenantId']);
const SET_MEMBERS = new Set([...KINDS, 'endpointType']);
const PROPERTIES = new Set([
  ...['version', 'type', 'modalities', 'startDateTime', 'endDateTime', 'joinWebUrl', 'organizer', 'participants'],
]);
/** Members that Graph's records may lack, as the records of its lists do. */
const LEFT_OUT = new Set(['joinWebUrl', 'organizer', 'participants']);
const IMPORTED = 'Without it a record is not created; one that was made elsewhere is imported.';
/** Members that the server sets. Values that a client sends for them are ignored. */
const SERVER_SET = new Set(['id', 'lastModifiedDateTime']);

/** The members that also exist in a `_v2` form. */
const PEOPLE = ['organizer', 'participants'] as const;
type People = Pick<CreateCallRecordInput, (typeof PEOPLE)[number]>;

/** What a create holds: the input of every door, and what Graph is known to send besides. */
export interface CreateBody {
  input: CreateCallRecordInput;
  extension: Extension | null;
}

/**
 * Reads the body of a create in any form that Graph has for a callRecord: with annotations, with `_v2` members beside
 * the legacy ones or instead of them, and with members that are null. The result goes through the same validation as
 * GraphQL's input. Throws `BAD_USER_INPUT` with every violation, under the names that the client wrote.
 */
export function readCreateBody(body: unknown, readCreate: CreateReader): CreateBody {
  if (!isObject(body)) return { input: readCreate(body, []), extension: null };
  const reader = new BodyReader(body, readCreate);
  const input = reader.input();
  if (!input || reader.violations.length > 0) throw badUserInput(reader.violations);
  return { input, extension: reader.extensionOf(input) };
}

/** Reads a body and collects its violations, so that one error reports them all. */
class BodyReader {
  readonly violations: Violation[] = [];
  /**
   * Members that are kept unchanged, by the identity set as read: those of the set, and those of the entity around it.
   */
  private readonly keptOfSets = new Map<unknown, JsonObject>();
  private readonly keptOfEntities = new Map<unknown, JsonObject>();

  constructor(
    private readonly body: JsonObject,
    private readonly readCreate: CreateReader,
  ) {}

  /** The kept members of the entities of people. Those of identity sets are in the input already. */
  extensionOf({ organizer, participants }: CreateCallRecordInput): Extension | null {
    const all = participants.map((set) => this.keptOfEntities.get(set) ?? null);
    const own = this.keptOfEntities.get(organizer);
    if (!own && all.every((extra) => extra === null)) return null;
    return { ...(own && { organizer: own }), ...(all.some((extra) => extra !== null) && { participants: all }) };
  }

  /** Undefined if there are violations. */
  input(): CreateCallRecordInput | undefined {
    const { organizer_v2, participants_v2, sessions, ...rest } = this.members(this.body, [], TYPES.record);
    if (!isEmpty(sessions))
      this.add(['sessions'], 'readOnly', 'Sessions are read-only: a record is created without them.');
    // Not by assignment, which would set the prototype for a member `__proto__`.
    const record: JsonObject = Object.fromEntries(
      Object.entries(rest).filter(([name, value]) => PROPERTIES.has(name) || !(SERVER_SET.has(name) || isEmpty(value))),
    );
    const legacy: JsonObject = {
      organizer: this.set(record.organizer, ['organizer']),
      participants: this.each(record.participants, (set, index) => this.set(set, ['participants', index])),
    };
    const newer: JsonObject = {
      organizer: this.entity(organizer_v2, ['organizer_v2'], TYPES.organizer),
      participants: this.each(participants_v2, (entity, index) =>
        this.entity(entity, ['participants_v2', index], TYPES.participant),
      ),
    };
    const told = new Set<string>(PEOPLE.filter((name) => this.isTold(name)));
    const written = { ...record, ...legacy, ...only(newer, (name) => told.has(name)) };
    const input = this.parse(written, told);
    const twice = only(legacy, (name) => told.has(name) && !saysNothing(legacy[name]));
    if (Object.keys(twice).length === 0) return input;
    const beside = this.parseBeside({ ...written, ...twice }, twice);
    return input && beside && this.merge(input, beside);
  }

  /** Whether the `_v2` member counts. An empty one does, too, if the legacy member is missing or empty. */
  private isTold(name: (typeof PEOPLE)[number]): boolean {
    const newer = this.body[`${name}_v2`];
    return !isEmpty(newer) || (newer != null && isEmpty(this.body[name]));
  }

  /** Reads a record; the `_v2` members in `told` take the place of the legacy ones. */
  private parse(record: JsonObject, told: ReadonlySet<string>): CreateCallRecordInput | undefined {
    const input = gather(
      this.violations,
      () => this.readCreate(record, []),
      (violation) => {
        const { path } = violation;
        return asNotTaken(told.has(String(path[0])) ? { ...violation, path: this.pathOfNewer(path) } : violation);
      },
    );
    return input && this.withKept(input, record);
  }

  /** The input, with the kept members put back into the sets that it was read from. */
  private withKept(input: CreateCallRecordInput, { organizer, participants }: JsonObject): CreateCallRecordInput {
    const restore = (set: IdentitySetInput, from: unknown): IdentitySetInput => {
      const restored = fill(dropNulls(set), this.keptOfSets.get(from) ?? {});
      const beside = this.keptOfEntities.get(from);
      if (beside) this.keptOfEntities.set(restored, beside);
      return restored;
    };
    const sets = participants as unknown[];
    return {
      ...input,
      organizer: restore(input.organizer, organizer),
      participants: input.participants.map((set, index) => restore(set, sets[index])),
    };
  }

  /** Reads legacy members that came beside `_v2` members. Violations elsewhere in the record are reported already. */
  private parseBeside(record: JsonObject, twice: JsonObject): Partial<People> | undefined {
    const violations: Violation[] = [];
    const input = gather(violations, () => this.readCreate(record, []));
    for (const violation of violations)
      if (Object.hasOwn(twice, String(violation.path[0]))) this.violations.push(asNotTaken(violation));
    return input && only(this.withKept(input, record), (name) => Object.hasOwn(twice, name));
  }

  /**
   * A person in both members is one person: the `_v2` member wins, and the legacy one completes it. People in the
   * legacy list only come last, as on import. There can be only one organizer, though.
   */
  private merge(input: CreateCallRecordInput, { organizer, participants }: Partial<People>): CreateCallRecordInput {
    const [merged, other] = organizer ? this.mergeSets([input.organizer], [organizer]) : [input.organizer];
    if (other) this.add(['organizer'], 'exclusive', 'Another organizer than in organizer_v2; send one of the two.');
    return {
      ...input,
      organizer: merged ?? input.organizer,
      participants: participants ? this.mergeSets(input.participants, participants) : input.participants,
    };
  }

  private mergeSets(newer: readonly IdentitySetInput[], legacy: readonly IdentitySetInput[]): IdentitySetInput[] {
    const [entities, others] = [newer, legacy].map((sets) =>
      sets.map((set): Participant => ({ set: dropNulls(set), extra: this.keptOfEntities.get(set) ?? null })),
    );
    const merged = withLegacy({ ...NOBODY, entities: entities ?? [] }, others ?? []);
    return [...merged.entities, ...merged.legacy].map(({ set, extra }) => {
      if (extra) this.keptOfEntities.set(set, extra);
      return set;
    });
  }

  /** The path in the `_v2` member, for a path in the legacy member that it replaces. */
  private pathOfNewer([name, ...rest]: Path): Path {
    const newer = `${String(name)}_v2`;
    const place = typeof rest[0] === 'number' ? rest.splice(0, 1) : [];
    const list = this.body[newer];
    const entity = Array.isArray(list) ? (list as unknown[])[place[0] as number] : name === 'organizer' ? list : null;
    return [newer, ...place, ...(isObject(entity) ? ['identity'] : []), ...rest];
  }

  private each(list: unknown, read: (item: unknown, index: number) => unknown): unknown {
    return Array.isArray(list) ? list.map(read) : list;
  }

  private entity(value: unknown, path: Path, types: string[]): unknown {
    if (!isObject(value)) return value;
    const { identity, id, ...rest } = this.members(value, path, types);
    const kept: JsonObject = {};
    for (const [name, member] of Object.entries(rest)) {
      if (isEmpty(member)) continue;
      if (isKeptOfEntity(name)) this.keep(kept, name, member, path);
      else this.add([...path, name], 'unknown', NOT_TAKEN);
    }
    if (id != null && isObject(identity) && !hasId(identity, id))
      this.add([...path, 'id'], 'identity', `Expected the id of an identity in it, or none. ${IMPORTED}`);
    const set = this.set(identity, [...path, 'identity']);
    if (Object.keys(kept).length > 0) this.keptOfEntities.set(set, kept);
    return set;
  }

  private set(value: unknown, path: Path): unknown {
    if (!isObject(value)) return value;
    const kept: JsonObject = {};
    const read: [string, unknown][] = [];
    for (const [name, member] of Object.entries(this.members(value, path, TYPES.set))) {
      if (KINDS.includes(name)) read.push([name, this.identity(member, name as IdentityKind, path, kept)]);
      else if (SET_MEMBERS.has(name)) read.push([name, member]);
      else if (isEmpty(member)) continue;
      else if (isKeptOfSet(name)) this.keep(kept, name, member, path);
      else read.push([name, member]);
    }
    const set = Object.fromEntries(read);
    // As on import: `acsUser` is Graph's older name of this kind of identity.
    if (isObject(kept.acsUser) && set[ACS_USER] == null)
      set[ACS_USER] = this.identity(kept.acsUser, ACS_USER, path, kept);
    if (Object.keys(kept).length > 0) this.keptOfSets.set(set, kept);
    return set;
  }

  /** The known members of an identity. Its kept members are put with those of its set. */
  private identity(value: unknown, kind: IdentityKind, path: Path, keptOfSet: JsonObject): unknown {
    if (!isObject(value)) return value;
    const members = Object.entries(this.members(value, [...path, kind], ['identity', ...IDENTITY_TYPES[kind]]));
    const kept: JsonObject = {};
    const read = members.filter(([name, member]) => {
      if (isIdentityMember(name, kind)) return true;
      if (isEmpty(member)) return false;
      if (!isKeptOfIdentity(name)) return true;
      this.keep(kept, name, member, [...path, kind]);
      return false;
    });
    if (Object.keys(kept).length > 0) keptOfSet[kind] = kept;
    return Object.fromEntries(read);
  }

  /** Keeps a member unchanged if it has the type that Graph gives it. */
  private keep(kept: JsonObject, name: string, member: unknown, path: Path): void {
    const violation = checkKept(name, member, [...path, name]);
    if (violation) this.add(violation.path, violation.rule, violation.message);
    else kept[name] = member;
  }

  /** The members without annotations (OData 4.01 JSON, section 4.5). Of the annotations only the type is checked. */
  private members(object: JsonObject, path: Path, types: string[]): JsonObject {
    const members = Object.entries(object).filter(([name]) => !name.includes('@'));
    for (const name of ['@odata.type', '@type']) {
      if (Object.hasOwn(object, name) && !isTypeName(object[name], types))
        this.add([...path, name], 'type', `Expected ${types.map((one) => `#microsoft.graph.${one}`).join(' or ')}.`);
    }
    return Object.fromEntries(members);
  }

  private add(path: Path, rule: string, message: string): void {
    this.violations.push({ path, rule, message });
    if (this.violations.length >= ENOUGH_VIOLATIONS) throw badUserInput(this.violations);
  }
}

/**
 * Adds a hint to violations by what records from elsewhere may have, but created ones may not: such records are
 * imported.
 */
function asNotTaken(violation: Violation): Violation {
  const { path, rule, message } = violation;
  if (rule === 'unknown') return { ...violation, message: NOT_TAKEN };
  const isOfRecord = path.length === 1 && LEFT_OUT.has(String(path[0]));
  const isLacking = rule === 'required' ? isOfRecord : rule === 'identity';
  return isLacking ? { ...violation, message: `${message} ${IMPORTED}` } : violation;
}

function isIdentityMember(name: string, kind: IdentityKind): boolean {
  return IDENTITY_MEMBERS.has(name) || (name === 'userPrincipalName' && kind === IdentityKind.USER);
}

function hasId(set: JsonObject, id: unknown): boolean {
  const ids = identitiesOf(set).flatMap(({ identity }) => (typeof identity.id === 'string' ? [identity.id] : []));
  return typeof id === 'string' && ids.some((one) => identityKey(one) === identityKey(id));
}

/** Whether a value is empty. A set whose members are all null is: Graph sends that for a member it has retired. */
function saysNothing(value: unknown): boolean {
  return isEmpty(isObject(value) ? dropNulls(value) : value);
}

function only<Members extends object>(members: Members, isWanted: (name: string) => boolean): Partial<Members> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => isWanted(name))) as Partial<Members>;
}
