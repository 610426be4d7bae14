import {
  type CallRecordDocument,
  type Extension,
  Fetched,
  type JsonObject,
  dropNulls,
  entityId,
  fill,
  identitiesOf,
  isObject,
} from './document.js';
import { identityKey, kindOfId } from './identity.js';
import { mendObject } from './shapes.js';

/** An identity set, and the other members of its `participants_v2` entity. */
export interface Participant {
  set: JsonObject;
  extra: JsonObject | null;
}

/** The participants of a record, by where they were listed. */
export interface Participants {
  /** From `participants_v2`, and how much of it was fetched. */
  entities: Participant[];
  fetched: Fetched;
  /** People that only the legacy `participants` has (a known issue of Graph: the newer list can miss people). */
  legacy: Participant[];
  /**
   * Stand-ins until a copy of this version lists people: those of an earlier version, or the callers of its sessions.
   */
  provisional: Participant[];
}

export const NOBODY: Participants = { entities: [], fetched: Fetched.none, legacy: [], provisional: [] };

/** The participants of a stored record, by where they were listed. */
export function participantsOf({ participants, participantsFetched, extension }: CallRecordDocument): Participants {
  const all = participants.map((set, index) => ({ set, extra: extension?.participants?.[index] ?? null }));
  const end = all.length - (extension?.legacyParticipants ?? 0);
  const [told, legacy] = [all.slice(0, end), all.slice(end)];
  return participantsFetched === Fetched.none
    ? { entities: [], fetched: Fetched.none, legacy, provisional: told }
    : { entities: told, fetched: participantsFetched, legacy, provisional: [] };
}

/** The document with these participants. If there are none at all, the callers of its sessions stand in. */
export function withParticipants(document: CallRecordDocument, participants: Participants): CallRecordDocument {
  const { entities, fetched, legacy } = participants;
  const provisional = isUntold(participants) && participants.provisional.length === 0 ? callersOf(document) : [];
  const all = [...entities, ...participants.provisional, ...provisional, ...legacy];
  const { participants: _extras, legacyParticipants: _count, ...others } = document.extension ?? {};
  const extension: Extension = {
    ...others,
    ...(all.some(({ extra }) => extra !== null) && { participants: all.map(({ extra }) => extra) }),
    ...(legacy.length > 0 && { legacyParticipants: legacy.length }),
  };
  return {
    ...document,
    participants: all.map(({ set }) => set),
    participantsFetched: fetched,
    extension: Object.keys(extension).length > 0 ? extension : null,
  };
}

/** Whether no copy of this version has listed participants. */
export function isUntold({ fetched, legacy }: Participants): boolean {
  return fetched === Fetched.none && legacy.length === 0;
}

/**
 * Combines two copies of one version, in either order. Entities complete each other and win over the legacy list.
 * People that only the legacy list has come last.
 */
export function completeParticipants(stored: Participants, incoming: Participants): Participants {
  if (isUntold(incoming)) return stored;
  const own = mendPeople(stored);
  if (isUntold(own)) return incoming;
  const [base, other] = incoming.fetched > own.fetched ? [incoming, own] : [own, incoming];
  const entities = match(base.entities, other.entities);
  const isSettled = base.fetched === Fetched.wholly && other.fetched === Fetched.wholly;
  const legacy = match(legacyList(base), legacyList(other));
  return withLegacy({ ...base, entities: isSettled ? entities.filled : [...entities.filled, ...entities.missing] }, [
    ...legacy.filled,
    ...legacy.missing,
  ]);
}

/**
 * The inverse of `withLegacy`: a legacy list from which it makes these participants again. It begins with a counterpart
 * for each entity that shares its key with people that only the legacy list has: a masked number is one id for several
 * people. Otherwise the entities would take those people's sets.
 */
export function legacyList({ entities, legacy }: Participants): Participant[] {
  if (legacy.length === 0) return legacy;
  const keys = new Set(legacy.map(({ set }) => participantKey(set)));
  const counterparts = entities.filter(({ set }) => keys.has(participantKey(set)));
  return [...counterparts.map(({ set }) => ({ set, extra: null })), ...legacy];
}

/** Adds a legacy list. People who are also among the entities complete those; the rest stay legacy. */
export function withLegacy(participants: Participants, legacy: Participant[]): Participants {
  const { filled, missing } = match(participants.entities, legacy);
  return { ...participants, entities: filled, legacy: missing };
}

/**
 * Adds a page of `participants_v2`, which is a part of the list of its own: two people in it may have the same id
 * (masked numbers), or none. A page that is already in the list only completes its people.
 */
export function addPage(stored: Participants, page: Participant[]): Participants {
  const own = mendPeople(stored);
  const { filled } = identify(own.entities, page);
  if (own.fetched === Fetched.wholly || holdsRun(filled, page)) {
    return completeParticipants(own, { ...NOBODY, entities: page, fetched: Fetched.partly });
  }
  const entities = [...own.entities, ...page];
  return withLegacy({ ...NOBODY, entities, fetched: Fetched.partly }, legacyList(own));
}

interface Matched {
  filled: Participant[];
  missing: Participant[];
}

/** Completes entries of `base` with their counterparts in `others`, one for one; `missing` are those without one. */
function match(base: Participant[], others: Participant[]): Matched {
  const byKey = matchBy(base, others, keyOf, keyOf);
  return identify(byKey.filled, byKey.missing);
}

/** Pairs a person with an identity in one list with an entity in the other that has the same id, but no identity. */
function identify(base: Participant[], others: Participant[]): Matched {
  const { filled, missing } = matchBy(base, others, idOfNobody, idOfSomebody);
  return matchBy(filled, missing, idOfSomebody, idOfNobody);
}

/** Null means no key. */
type KeyOf = (participant: Participant) => string | null;

function matchBy(base: Participant[], others: Participant[], keyOfOwn: KeyOf, keyOfOther: KeyOf): Matched {
  if (others.length === 0) return { filled: base, missing: [] };
  const places = placesByKey(base, keyOfOwn);
  const filled = [...base];
  const missing = others.filter((other) => {
    const key = keyOfOther(other);
    const place = key === null ? undefined : places.get(key)?.pop();
    if (place === undefined) return true;
    filled[place] = completePerson(base[place] as Participant, other);
    return false;
  });
  return { filled, missing };
}

/** The places of each key, in reverse, so that `pop` gives the first: thousands may share one key. */
function placesByKey(participants: Participant[], key: KeyOf): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let place = participants.length - 1; place >= 0; place--) {
    const own = key(participants[place] as Participant);
    if (own === null) continue;
    const some = places.get(own);
    if (some) some.push(place);
    else places.set(own, [place]);
  }
  return places;
}

function completePerson(own: Participant, other: Participant): Participant {
  const set = fill(own.set, other.set);
  const extra = own.extra && other.extra ? fill(own.extra, other.extra) : (own.extra ?? other.extra);
  return { set, extra: extra && withoutOwnId(set, extra) };
}

/** The other members of an entity; its id only if it differs from that of the identity. */
export function withoutOwnId(set: JsonObject, extra: JsonObject): JsonObject | null {
  const { id, ...rest } = extra;
  const other = 'id' in extra && id !== entityId(set) ? extra : rest;
  return Object.keys(other).length > 0 ? other : null;
}

/**
 * Participants without the text that earlier versions stored in the place of an identity. If nothing is left of a
 * person, they are dropped, and the list counts as not complete.
 */
function mendPeople(stored: Participants): Participants {
  const entities = stored.entities.flatMap(mendPerson);
  const isCut = entities.length < stored.entities.length && stored.fetched === Fetched.wholly;
  const fetched = isCut ? Fetched.partly : stored.fetched;
  return { ...stored, entities, fetched, legacy: stored.legacy.flatMap(mendPerson) };
}

function mendPerson(person: Participant): Participant[] {
  const set = mendObject(person.set, 'identitySet');
  const extra = person.extra && mendObject(person.extra, 'entity');
  if (set === person.set && extra === person.extra) return [person];
  const mended = { set: dropNulls(set), extra };
  return set !== person.set && isNobody(mended) ? [] : [mended];
}

/**
 * Whether the page is in the list as one unbroken run. It is searched for with the algorithm of Knuth, Morris and
 * Pratt, in linear time: thousands may share one key.
 */
function holdsRun(entities: Participant[], page: Participant[]): boolean {
  const keysOf = (people: Participant[]) => people.map(({ set }) => participantKey(set));
  const run = keysOf(page);
  // Null equals no key, so that a match ends with the page.
  const joined = [...run, null, ...keysOf(entities)];
  /** For each place, how many of the page's first keys end there as a run (its prefix function). */
  const ending = [0];
  for (let place = 1; place < joined.length; place++) {
    let length = ending[place - 1] as number;
    while (length > 0 && joined[length] !== joined[place]) length = ending[length - 1] as number;
    if (joined[length] === joined[place]) length += 1;
    if (place > run.length && length === run.length) return true;
    ending.push(length);
  }
  return false;
}

/** The key that tells participants of one record apart: kind and id of the first identity with an id, else its name. */
function participantKey(set: JsonObject): string {
  const identities = identitiesOf(set);
  for (const { kind, identity } of identities) {
    if (typeof identity.id === 'string') return `${kind}:${identityKey(identity.id)}`;
  }
  for (const { kind, identity } of identities) {
    if (typeof identity.displayName === 'string') return `${kind} named ${identity.displayName}`;
  }
  return '';
}

const keyOf: KeyOf = ({ set }) => participantKey(set);
const isNobody = ({ set }: Participant): boolean => participantKey(set) === '';
const idOfNobody: KeyOf = (participant) => (isNobody(participant) ? idOf(participant) : null);
const idOfSomebody: KeyOf = (participant) => (isNobody(participant) ? null : idOf(participant));

/** The id of the entity; null if it has none. */
function idOf({ set, extra }: Participant): string | null {
  const id = entityId(set) ?? extra?.id;
  return typeof id === 'string' ? identityKey(id) : null;
}

/** In a group call each participant is the caller of sessions with the service. In other calls both ends are people. */
function callersOf({ sessions, sessionsFetched, type }: CallRecordDocument): Participant[] {
  if (sessionsFetched === Fetched.none) return [];
  const ends = sessions.flatMap(({ caller, callee }) => (type === 'groupCall' ? [caller] : [caller, callee]));
  const sets = new Map(
    ends.flatMap((end) => (isObject(end) ? endpointSets(end) : [])).map((set) => [participantKey(set), set]),
  );
  return [...sets.values()].map((set) => ({ set, extra: null }));
}

/** The identity set of an endpoint: the legacy one, or one made of the identity that replaces it. */
function endpointSets({ identity, associatedIdentity }: JsonObject): JsonObject[] {
  if (isObject(identity) && identitiesOf(identity).length > 0)
    return [Object.fromEntries(identitiesOf(identity).map((one) => [one.kind, one.identity]))];
  if (!isObject(associatedIdentity)) return [];
  return [{ [kindOfId(associatedIdentity.id)]: associatedIdentity }];
}
