import type { RawBuilder } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import { type CallRecordFilter, CallRecordOrderField, type IdentityFilter } from '../../domain/filter.js';
import { foldName, identityKey } from '../../domain/identity.js';
import { ORDER_FIELDS } from './order-columns.js';
import { isUnconstrained, isIdsAlone } from './compile-filter.js';
import { classBits, isTrouble } from '../rows/quality-columns.js';
import { INVOLVED, ORGANIZER, PARTICIPANT } from '../rows/tables.js';

/** Which records are asked for, and by whom: `visibleTo` is the person whose records alone are visible, null for all. */
export interface Selection {
  filter: CallRecordFilter | null;
  visibleTo: string | null;
  /** Who waits for it; absent where nobody in particular does. */
  asker?: Asker;
}

/** A person that every record of the selection must involve, in one of the roles. */
export interface Person {
  id: string | RawBuilder<string>;
  roles: number;
}

/** An identity that every record of the selection must hold in the role. */
export interface AskedIdentity {
  identity: IdentityFilter;
  role: number;
}

/** What every record of a selection must fit, and by what an index finds those that do. */
export interface Candidates {
  /** Some records by id, or the occurrences of a meeting: few, whatever is stored. */
  hasIds: boolean;
  hasUrl: boolean;
  people: Person[];
  identities: AskedIdentity[];
  /** Whether all are poor or failed: few calls are. Of a caller's own that is looked at in the own calls. */
  inTrouble: boolean;
  /** Fields that must lie in a range, but not that of the order. */
  ranges: CallRecordOrderField[];
}

/** `order` is null where the records come in none. */
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

/** The filter and what it joins by `and`: all of these must hold. */
export function conjuncts(filter: CallRecordFilter | null): CallRecordFilter[] {
  return filter ? [filter, ...(filter.and ?? []).flatMap(conjuncts)] : [];
}

function isInTrouble({ quality, failureStage }: CallRecordFilter): boolean {
  return (quality?.length ? isTrouble(classBits(quality)) : false) || Boolean(failureStage?.length);
}

/** Whether the filter asks for a meeting anywhere. */
export function asksForUrl(filter: CallRecordFilter | null): boolean {
  const parts = filter ? [...(filter.and ?? []), ...(filter.or ?? []), filter.not ?? null] : [];
  return filter?.joinWebUrl != null || filter?.hasJoinWebUrl != null || parts.some(asksForUrl);
}

/**
 * The persons whom the filter asks for, and the caller whose rows alone are visible. A caller who asks for their own
 * calls in one role is that person in that role: these are visible, too.
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

/** Those of whom the filter wants one, and no other, in a role. */
function peopleAskedFor(part: CallRecordFilter): Person[] {
  return rolesOf(part).flatMap(([identity, roles]) => {
    const [id, ...others] = identity?.id ?? [];
    return id === undefined || others.length > 0 ? [] : [{ id: identityKey(id), roles }];
  });
}

/** Those that an index finds: by sign-in name, by name, by tenant, or by one of several ids. */
function identitiesAskedFor(part: CallRecordFilter): AskedIdentity[] {
  return rolesOf(part).flatMap(([identity, role]) => {
    if (!identity) return [];
    const isFound =
      (identity.id?.length ?? 0) > 1 || hasSignInName(identity) || isNamed(identity) || identity.tenantId?.length;
    return isFound ? [{ identity, role }] : [];
  });
}

/** Whether a sign-in name is asked for, by which an index finds identities. */
export function hasSignInName({ userPrincipalName }: IdentityFilter): boolean {
  return userPrincipalName != null && foldName(userPrincipalName) !== '';
}

/** Whether a part of a name is asked for, which some names may lack. */
export function isNamed({ displayName }: IdentityFilter): boolean {
  return displayName != null && foldName(displayName) !== '';
}

/** Whether the selection asks for nothing but the person, or that the person's calls start in a range. */
export function isPersonAlone({ filter, visibleTo }: Selection, person: Person): boolean {
  if (visibleTo !== null && person.id !== identityKey(visibleTo)) return false;
  const rest = withoutPerson(filter, person);
  return rest === null || isUnconstrained({ ...rest, [CallRecordOrderField.START_DATE_TIME]: null });
}

/** The filter without what the person says already: at the top, and nothing but that id. */
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

/** The filter without an identity that every record holds already, where it stands at the top. */
export function withoutIdentity(
  filter: CallRecordFilter | null,
  { identity, role }: AskedIdentity,
): CallRecordFilter | null {
  if (role === PARTICIPANT && filter?.participant === identity) return { ...filter, participant: null };
  if (role === ORGANIZER && filter?.organizer === identity) return { ...filter, organizer: null };
  return filter;
}
