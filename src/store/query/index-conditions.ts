import type { RawBuilder } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import { type CallRecordFilter, CallRecordOrderField, type IdentityFilter } from '../../domain/filter.js';
import { foldName, identityKey } from '../../domain/identity.js';
import { ORDER_FIELDS } from './order-columns.js';
import { isUnconstrained, isIdsAlone } from './compile-filter.js';
import { classBits, isTrouble } from '../rows/quality-columns.js';
import { INVOLVED, ORGANIZER, PARTICIPANT } from '../rows/tables.js';

/** The records asked for, and the caller. `visibleTo` is the person whose records alone are visible; null for all. */
export interface Selection {
  filter: CallRecordFilter | null;
  visibleTo: string | null;
  /** The client that waits for the result; absent if none does. */
  asker?: Asker;
}

/** A person whom every record of the selection must involve, in one of the roles. */
export interface Person {
  id: string | RawBuilder<string>;
  roles: number;
}

/** An identity that every record of the selection must hold in the role. */
export interface AskedIdentity {
  identity: IdentityFilter;
  role: number;
}

/** The conditions of a selection by which an index can find its records. */
export interface Candidates {
  /** Whether ids or the URL of a meeting are given: few records match, whatever is stored. */
  hasIds: boolean;
  hasUrl: boolean;
  people: Person[];
  identities: AskedIdentity[];
  /** Whether only poor or failed records match: few calls are. For a caller's own calls, these are searched instead. */
  inTrouble: boolean;
  /** Fields that must lie in a range, except that of the order. */
  ranges: CallRecordOrderField[];
}

/** The candidates of a selection. `order` is null if the records come in no order. */
export function findCandidates({ filter, visibleTo }: Selection, order: CallRecordOrderField | null): Candidates {
  const parts = conjuncts(filter);
  return {
    hasIds: parts.some(({ id }) => id != null),
    hasUrl: parts.some(({ joinWebUrl }) => joinWebUrl != null),
    people: findPeople(parts, visibleTo),
    identities: parts.flatMap(identitiesAskedFor),
    inTrouble: visibleTo === null && parts.some(isInTrouble),
    ranges: ORDER_FIELDS.filter(
      (field) => field !== order && parts.some((part) => part[field] && !isUnconstrained(part[field])),
    ),
  };
}

/** The filter, and the members that it joins by `and`: all of them must hold. */
export function conjuncts(filter: CallRecordFilter | null): CallRecordFilter[] {
  return filter ? [filter, ...(filter.and ?? []).flatMap(conjuncts)] : [];
}

function isInTrouble({ quality, failureStage }: CallRecordFilter): boolean {
  return (quality?.length ? isTrouble(classBits(quality)) : false) || Boolean(failureStage?.length);
}

/** Whether the filter asks for a meeting at any depth. */
export function asksForUrl(filter: CallRecordFilter | null): boolean {
  const parts = filter ? [...(filter.and ?? []), ...(filter.or ?? []), filter.not ?? null] : [];
  return filter?.joinWebUrl != null || filter?.hasJoinWebUrl != null || parts.some(asksForUrl);
}

/**
 * The people whom the filter asks for, and the caller whose rows alone are visible. A caller who asks for their own
 * calls in one role is that person in that role: those calls are visible, too.
 */
function findPeople(parts: CallRecordFilter[], visibleTo: string | null): Person[] {
  const asked = parts.flatMap(peopleAskedFor);
  if (visibleTo === null) return asked;
  const caller = identityKey(visibleTo);
  if (asked.some(({ id }) => id === caller)) return asked;
  return [...asked, { id: caller, roles: INVOLVED }];
}

const rolesOf = ({ participant, organizer }: CallRecordFilter) =>
  [
    [participant, PARTICIPANT],
    [organizer, ORGANIZER],
  ] as const;

/** The people of whom the filter requires exactly one, in a role. */
function peopleAskedFor(part: CallRecordFilter): Person[] {
  return rolesOf(part).flatMap(([identity, roles]) => {
    const [id, ...others] = identity?.id ?? [];
    return id === undefined || others.length > 0 ? [] : [{ id: identityKey(id), roles }];
  });
}

/** The identities that an index finds: by sign-in name, by name, by tenant, or by one of several ids. */
function identitiesAskedFor(part: CallRecordFilter): AskedIdentity[] {
  return rolesOf(part).flatMap(([identity, role]) => {
    if (!identity) return [];
    const isFound =
      (identity.id?.length ?? 0) > 1 || hasSignInName(identity) || isNamed(identity) || identity.tenantId?.length;
    return isFound ? [{ identity, role }] : [];
  });
}

/** Whether the filter sets a sign-in name, by which an index finds identities. */
export function hasSignInName({ userPrincipalName }: IdentityFilter): boolean {
  return userPrincipalName != null && foldName(userPrincipalName) !== '';
}

/** Whether the filter sets a part of a name. Some identities have no name. */
export function isNamed({ displayName }: IdentityFilter): boolean {
  return displayName != null && foldName(displayName) !== '';
}

/** Whether the selection sets only the person, or also a range for the start of the person's calls. */
export function isPersonAlone({ filter, visibleTo }: Selection, person: Person): boolean {
  if (visibleTo !== null && person.id !== identityKey(visibleTo)) return false;
  const rest = withoutPerson(filter, person);
  return rest === null || isUnconstrained({ ...rest, [CallRecordOrderField.START_DATE_TIME]: null });
}

/** The filter without the condition on this id, if it is alone at the top: the person says it already. */
export function withoutPerson(filter: CallRecordFilter | null, { id, roles }: Person): CallRecordFilter | null {
  const says = (identity: IdentityFilter | null | undefined, role: number) =>
    roles === role &&
    identity?.id?.length === 1 &&
    isIdsAlone(identity) &&
    identityKey(identity.id[0] as string) === id;
  if (filter && says(filter.participant, PARTICIPANT)) return { ...filter, participant: null };
  if (filter && says(filter.organizer, ORGANIZER)) return { ...filter, organizer: null };
  return filter;
}

/** The filter without an identity that every record holds already, if it stands at the top. */
export function withoutIdentity(
  filter: CallRecordFilter | null,
  { identity, role }: AskedIdentity,
): CallRecordFilter | null {
  if (role === PARTICIPANT && filter?.participant === identity) return { ...filter, participant: null };
  if (role === ORGANIZER && filter?.organizer === identity) return { ...filter, organizer: null };
  return filter;
}
