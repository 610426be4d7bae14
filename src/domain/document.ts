import type { CreateCallRecordInput } from './call-record.js';
import type { UtcText } from './date-time.js';
import { type IdentityKind, kindsOf } from './identity.js';
import { isObject, type JsonObject } from '../platform/json-object.js';
import { mapMembers, MEMBER_LIST, type OptionalMemberName, type RecordMembers } from './record-members.js';

export { isObject, type JsonObject };

/**
 * How much of a part of a record the source has sent of its version. A list item sends none, a paged part some of it;
 * what stands in a part of which none was sent is provisional: it belongs to an earlier version.
 */
export enum Fetched {
  none = 0,
  partly = 1,
  wholly = 2,
}

/**
 * A record as it is stored: what the schema knows as columns, and all else that the source sent.
 * Enumerations hold the source's text, which can be a member that no schema knows.
 */
export interface CallRecordDocument extends RecordMembers {
  organizer: JsonObject | null;
  participants: JsonObject[];
  participantsFetched: Fetched;
  /** Sessions as they came. */
  sessions: JsonObject[];
  sessionsFetched: Fetched;
  extension: Extension | null;
}

/** What Graph sends beside the members that the schema knows. */
export interface Extension {
  /** Properties of the record itself. */
  properties?: JsonObject;
  /** Members of the `organizer_v2` entity beside its identity. */
  organizer?: JsonObject;
  /** Members of the `participants_v2` entities beside their identity, by position; null where there are none. */
  participants?: (JsonObject | null)[];
  /** How many of the participants, the last ones, the legacy member alone has told. */
  legacyParticipants?: number;
  /** Members that no copy of this version has brought: what stands in them is a default, or of an earlier version. */
  absent?: OptionalMember[];
}

/** Members that a copy of a record may lack; of participants and sessions `Fetched` tells. */
export type OptionalMember = OptionalMemberName | 'organizer';
export const OPTIONAL_MEMBERS: readonly OptionalMember[] = [
  ...MEMBER_LIST.filter(({ isOptional }) => isOptional).map(({ name }) => name as OptionalMemberName),
  'organizer',
];

/** The document of a new record; the server sets its id and time. */
export function newDocument(
  input: CreateCallRecordInput,
  id: string,
  lastModifiedDateTime: UtcText,
): CallRecordDocument {
  return Object.assign(
    mapMembers(({ name }) => (input as Partial<RecordMembers>)[name] ?? null),
    {
      id,
      lastModifiedDateTime,
      modalities: [...new Set<string>(input.modalities)],
      organizer: dropNulls(input.organizer),
      participants: input.participants.map(dropNulls),
      participantsFetched: Fetched.wholly,
      sessions: [],
      sessionsFetched: Fetched.none,
      extension: null,
    },
  );
}

/** An identity set without its null members: they say nothing, and Graph sends a dozen of them with each. */
export function dropNulls(set: object): JsonObject {
  return Object.fromEntries(Object.entries(set).filter(([, member]) => member != null));
}

/** The identities of a set that the schema knows, with the kind of each; see {@link kindsOf} for their order. */
export function identitiesOf(set: JsonObject): { kind: IdentityKind; identity: JsonObject }[] {
  return kindsOf(set).flatMap((kind) => {
    const identity = set[kind];
    return typeof identity === 'object' ? [{ kind, identity: identity as JsonObject }] : [];
  });
}

/** The id of a set's first identity, as a `_v2` entity carries it; null where no identity has one. */
export function entityId(set: JsonObject): string | null {
  for (const { identity } of identitiesOf(set)) if (typeof identity.id === 'string') return identity.id;
  return null;
}

/** Null, absent, or a list or an object with nothing in it. */
export function isEmpty(value: unknown): boolean {
  return value == null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** The object with those members of another copy that it lacks or has as null, at every depth; what is there stays. */
export function fill(present: JsonObject, other: JsonObject): JsonObject {
  return combine(present, other, (own, value) =>
    isObject(own) && isObject(value) ? fill(own, value) : (own ?? value),
  );
}

/** The object with what `choose` makes of each member that the other one has; undefined is what is not there. */
export function combine(
  present: JsonObject,
  other: JsonObject,
  choose: (own: unknown, value: unknown) => unknown,
): JsonObject {
  // Not by assignment, which would take a `__proto__` for what the object inherits from.
  const members = new Map(Object.entries(present));
  for (const [name, value] of Object.entries(other)) members.set(name, choose(members.get(name), value));
  return Object.fromEntries(members);
}
