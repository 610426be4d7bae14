import type { CreateCallRecordInput } from '../domain/call-record.js';
import { parseCreateInput } from '../domain/create-input.js';
import { isEmpty, isObject, type JsonObject } from '../domain/document.js';
import { badUserInput, gather, type Violation } from '../domain/errors.js';
import { IdentityKind } from '../domain/identity.js';

type Path = (string | number)[];

/** Names of types as `@odata.type` may give them, without `#microsoft.graph.`. */
const TYPES = {
  record: ['callRecords.callRecord'],
  set: ['identitySet', 'communicationsIdentitySet'],
  organizer: ['callRecords.organizer', 'callRecords.participantBase'],
  participant: ['callRecords.participant', 'callRecords.participantBase'],
};
const USER = ['userIdentity', 'communicationsUserIdentity', 'callRecords.userIdentity'];
const PHONE = ['communicationsPhoneIdentity'];
/** Beside the base type `identity`, which every kind may have. */
const IDENTITY_TYPES: Record<IdentityKind, string[]> = {
  [IdentityKind.USER]: USER,
  [IdentityKind.APPLICATION]: ['communicationsApplicationIdentity'],
  [IdentityKind.DEVICE]: [],
  [IdentityKind.PHONE]: PHONE,
  [IdentityKind.GUEST]: ['communicationsGuestIdentity'],
  [IdentityKind.ENCRYPTED]: ['communicationsEncryptedIdentity'],
  [IdentityKind.ON_PREMISES]: ['communicationsOnPremisesIdentity'],
  [IdentityKind.APPLICATION_INSTANCE]: ['communicationsApplicationInstanceIdentity'],
  [IdentityKind.ASSERTED_IDENTITY]: [...USER, ...PHONE],
  [IdentityKind.AZURE_COMMUNICATION_SERVICES_USER]: ['azureCommunicationServicesUserIdentity'],
};
const KINDS = Object.values(IdentityKind) as string[];
const SET_MEMBERS = new Set([...KINDS, 'endpointType']);
const IDENTITY_MEMBERS = new Set(['id', 'displayName', 'tenantId', 'userPrincipalName']);
const PROPERTIES = new Set([
  ...['version', 'type', 'modalities', 'startDateTime', 'endDateTime', 'joinWebUrl', 'organizer', 'participants'],
]);
/** The server's own: what a client sends for them is not looked at. */
const SERVER_SET = new Set(['id', 'lastModifiedDateTime']);

/**
 * Reads the body of a create in any form Graph has for a callRecord: with annotations, with `_v2` members in place of the
 * legacy ones, with members that are null. What is left goes through the validation that GraphQL's input goes through.
 * Throws `BAD_USER_INPUT` with every violation, by the names that the client wrote.
 */
export function readCreateBody(body: unknown): CreateCallRecordInput {
  if (!isObject(body)) return parseCreateInput(body, []);
  const reader = new BodyReader();
  const json = reader.record(body);
  const input = gather(
    reader.violations,
    () => parseCreateInput(json, []),
    (violation) => reader.asWritten(violation),
  );
  if (!input || reader.violations.length > 0) throw badUserInput(reader.violations);
  return input;
}

class BodyReader {
  readonly violations: Violation[] = [];
  /** The legacy members for which a `_v2` member stands in. */
  private readonly standIns = new Set<unknown>();

  record(body: JsonObject): JsonObject {
    const { organizer_v2, participants_v2, sessions, ...rest } = this.members(body, [], TYPES.record);
    if (!isEmpty(sessions))
      this.add(['sessions'], 'readOnly', 'Sessions are read-only: a record is created without them.');
    // Not by assignment, which would take a `__proto__` for what the record inherits from.
    const record: JsonObject = Object.fromEntries(
      Object.entries(rest).filter(([name, value]) => PROPERTIES.has(name) || !(SERVER_SET.has(name) || isEmpty(value))),
    );
    if (isEmpty(record.organizer) && organizer_v2 != null) {
      this.standIns.add('organizer');
      record.organizer = this.entity(organizer_v2, ['organizer_v2'], TYPES.organizer);
    } else record.organizer = this.set(record.organizer, ['organizer']);
    if (isEmpty(record.participants) && Array.isArray(participants_v2)) {
      this.standIns.add('participants');
      record.participants = participants_v2.map((entity, index) =>
        this.entity(entity, ['participants_v2', index], TYPES.participant),
      );
    } else if (Array.isArray(record.participants))
      record.participants = record.participants.map((set, index) => this.set(set, ['participants', index]));
    return record;
  }

  /** A violation by the names that the client wrote: those of the `_v2` member where it stood in. */
  asWritten(violation: Violation): Violation {
    const [name, ...rest] = violation.path;
    if (!this.standIns.has(name)) return violation;
    const place = typeof rest[0] === 'number' ? rest.splice(0, 1) : [];
    return { ...violation, path: [`${String(name)}_v2`, ...place, 'identity', ...rest] };
  }

  private entity(value: unknown, path: Path, types: string[]): unknown {
    if (!isObject(value)) return value;
    const { identity, id: _id, ...rest } = this.members(value, path, types);
    for (const [name, member] of Object.entries(rest)) {
      if (!isEmpty(member)) this.add([...path, name], 'unknown', 'There is no such property.');
    }
    return this.set(identity, [...path, 'identity']);
  }

  private set(value: unknown, path: Path): unknown {
    if (!isObject(value)) return value;
    const members = Object.entries(this.members(value, path, TYPES.set));
    return Object.fromEntries(
      members
        .filter(([name, member]) => SET_MEMBERS.has(name) || !isEmpty(member))
        .map(([name, member]) => [
          name,
          KINDS.includes(name) ? this.identity(member, name as IdentityKind, path) : member,
        ]),
    );
  }

  private identity(value: unknown, kind: IdentityKind, path: Path): unknown {
    if (!isObject(value)) return value;
    const members = Object.entries(this.members(value, [...path, kind], ['identity', ...IDENTITY_TYPES[kind]]));
    return Object.fromEntries(members.filter(([name, member]) => IDENTITY_MEMBERS.has(name) || !isEmpty(member)));
  }

  /** The members without annotations (OData 4.01 JSON, section 4.5), of which only the type is looked at. */
  private members(object: JsonObject, path: Path, types: string[]): JsonObject {
    const members = Object.entries(object).filter(([name]) => !name.includes('@'));
    for (const name of ['@odata.type', '@type']) {
      if (Object.hasOwn(object, name)) this.checkType(object[name], [...path, name], types);
    }
    return Object.fromEntries(members);
  }

  private checkType(type: unknown, path: Path, types: string[]): void {
    const name = typeof type === 'string' ? /^#?microsoft\.graph\.(.+)$/.exec(type)?.[1] : undefined;
    if (name === undefined || !types.includes(name))
      this.add(path, 'type', `Expected ${types.map((one) => `#microsoft.graph.${one}`).join(' or ')}.`);
  }

  private add(path: Path, rule: string, message: string): void {
    this.violations.push({ path, rule, message });
  }
}
