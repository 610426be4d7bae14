import type { CreateCallRecordInput } from './call-record.js';
import type { UtcText } from './date-time.js';
import { type IdentityKind, kindsOf } from './identity.js';
import { isObject, type JsonObject } from '../platform/json-object.js';
import { mapMembers, MEMBER_LIST, type OptionalMemberName, type RecordMembers } from './record-members.js';

export { isObject, type JsonObject };

/**
 * How much of a part of a record the source has sent for this version. A list item sends none of it, a paged part some
 * of it. If none was sent, what the part holds is provisional: it belongs to an earlier version.
 */
export enum Fetched {
  none = 0,
  partly = 1,
  wholly = 2,
}

/**
 * A record as it is stored: columns for what the schema knows, and everything else that the source sent. Enumerations
 * hold the source's text, which may be a member that no schema knows.
 */
export interface CallRecordDocument extends RecordMembers {
  organizer: JsonObject | null;
  participants: JsonObject[];
  participantsFetched: Fetched;
  /** As the source sent them. */
  sessions: JsonObject[];
  sessionsFetched: Fetched;
  extension: Extension | null;
}

/** What Graph sends beside the members in the schema. */
export interface Extension {
  /** Properties of the record itself. */
  properties?: JsonObject;
  /** Members of the `organizer_v2` entity apart from its identity. */
  organizer?: JsonObject;
  /**
   * Members of the `participants_v2` entities apart from their identity, by position; null for an entity without any.
   */
  participants?: (JsonObject | null)[];
  /** How many of the participants, at the end of the list, only the legacy member has. */
  legacyParticipants?: number;
  /** Members that no copy of this version has had. Their value is a default, or from an earlier version. */
  absent?: OptionalMember[];
}

/** Members that a copy of a record may lack. For participants and sessions, see {@link Fetched}. */
export type OptionalMember = OptionalMemberName | 'organizer';
export const OPTIONAL_MEMBERS: readonly OptionalMember[] = [
  ...MEMBER_LIST.filter(({ isOptional }) => isOptional).map(({ name }) => name as OptionalMemberName),
  'organizer',
];

/** The document of a new record, with an id and a time from the server. */
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

/** An identity set without its null members: they mean nothing, and Graph sends a dozen of them with each set. */
export function dropNulls(set: object): JsonObject {
  return Object.fromEntries(Object.entries(set).filter(([, member]) => member != null));
}

/** The identities of a set that the schema knows, each with its kind; see {@link kindsOf} for their order. */
export function identitiesOf(set: JsonObject): { kind: IdentityKind; identity: JsonObject }[] {
  return kindsOf(set).flatMap((kind) => {
    const identity = set[kind];
    return typeof identity === 'object' ? [{ kind, identity: identity as JsonObject }] : [];
  });
}

/** The id of a set's first identity with one, which is the id of a `_v2` entity; null if no identity has an id. */
export function entityId(set: JsonObject): string | null {
  for (const { identity } of identitiesOf(set)) if (typeof identity.id === 'string') return identity.id;
  return null;
}

/** Whether a value is null, missing, or an empty list or object. */
export function isEmpty(value: unknown): boolean {
  return value == null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/**
 * The object, completed at every depth with members of another copy that it lacks or has as null. Other members stay.
 */
export function fill(present: JsonObject, other: JsonObject): JsonObject {
  return combine(present, other, (own, value) =>
    isObject(own) && isObject(value) ? fill(own, value) : (own ?? value),
  );
}

/** The object, with the result of `choose` for each member of the other one; undefined for a member that it lacks. */
export function combine(
  present: JsonObject,
  other: JsonObject,
  choose: (own: unknown, value: unknown) => unknown,
): JsonObject {
  // Not by assignment, which would set the prototype for a member `__proto__`.
  const members = new Map(Object.entries(present));
  for (const [name, value] of Object.entries(other)) members.set(name, choose(members.get(name), value));
  return Object.fromEntries(members);
}
