import { isDeepStrictEqual } from 'node:util';
import { type CallRecordDocument, combine, Fetched, isObject, type JsonObject } from './document.js';
import { identityKey } from './identity.js';
import { Pairing } from './pairing.js';
import { mendObject } from './shapes.js';

export type Sessions = Pick<CallRecordDocument, 'sessions' | 'sessionsFetched'>;

/**
 * Combines the sessions of two copies of one version. Graph repeats an id within a record, so sessions are also told
 * apart by their place and their content. Sessions that do not contradict each other complete each other, one for one.
 * The places of a page (`isPage`) do not count. Sessions of an earlier version are replaced.
 */
export function completeSessions(stored: Sessions, incoming: Sessions, isPage: boolean): Sessions {
  if (incoming.sessionsFetched === Fetched.none) return pickSessions(stored);
  const { sessionsFetched } = stored;
  const own = { sessions: stored.sessions.map((session) => mendObject(session, 'session')), sessionsFetched };
  const [base, other] = incoming.sessionsFetched > sessionsFetched ? [incoming, own] : [own, incoming];
  if (other.sessionsFetched === Fetched.none) return pickSessions(base);
  // `base` is at least as complete as `other`: if `other` is whole, both are.
  const isSettled = other.sessionsFetched === Fetched.wholly;
  const places = placesIn(base.sessions, other.sessions, { hasPlaces: !isPage, isSettled });
  const sessions = [...base.sessions];
  for (const [index, session] of other.sessions.entries()) {
    const place = places[index];
    if (place !== undefined) sessions[place] = complete(sessions[place], session) as JsonObject;
    else if (!isSettled) sessions.push(session);
  }
  return { sessions, sessionsFetched: base.sessionsFetched };
}

function pickSessions({ sessions, sessionsFetched }: Sessions): Sessions {
  return { sessions, sessionsFetched };
}

/** What two lists have in common: whether both start at the first session, and whether both are complete. */
interface Lists {
  hasPlaces: boolean;
  isSettled: boolean;
}

/** The place in `base` of each of `others`, one for one; undefined for those that it lacks. */
function placesIn(base: JsonObject[], others: JsonObject[], lists: Lists): (number | undefined)[] {
  const places: (number | undefined)[] = [];
  const own = groupById(base);
  for (const [id, group] of groupById(others)) {
    const candidates = own.get(id) ?? [];
    const [only, ...more] = candidates;
    if (only !== undefined && more.length === 0 && group.length === 1) {
      const [index] = group as [number];
      // If both copies are complete and have one session with this id, it must be the same one.
      if (lists.isSettled || agree(base[only], others[index])) places[index] = only;
    } else {
      const pairing = new Pairing({ base, others, likeness, hasPlaces: lists.hasPlaces });
      for (const [index, place] of pairing.pair(candidates, group)) places[index] = place;
    }
  }
  return places;
}

function groupById(sessions: JsonObject[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [place, { id }] of sessions.entries()) {
    const key = typeof id === 'string' ? identityKey(id) : '';
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  return groups;
}

const likeness = {
  textOf: contentOf,
  agree,
  holds: (own: JsonObject, other: JsonObject) => agree(own, other) && isDeepStrictEqual(complete(own, other), own),
};

/** A session as text, without annotations (OData JSON, section 4.6), which depend on how it was asked for. */
function contentOf(session: JsonObject): string {
  return JSON.stringify(session, (name, value: unknown) => (name.includes('@') ? undefined : value));
}

/**
 * Whether both can be copies of one thing: a value in both is the same, or one of them is nothing (null, absent, an
 * empty list).
 */
function agree(a: unknown, b: unknown): boolean {
  if (isNothing(a) || isNothing(b)) return true;
  if (Array.isArray(a)) return Array.isArray(b) && listsAgree(a, b);
  if (!isObject(a)) return !isObject(b) && !Array.isArray(b) && valuesAgree(a, b);
  return (
    isObject(b) &&
    Object.entries(a).every(([name, value]) => name.includes('@') || !Object.hasOwn(b, name) || agree(value, b[name]))
  );
}

/** Objects in a list are compared by place. Plain values, such as modalities, are a set. */
function listsAgree(a: unknown[], b: unknown[]): boolean {
  if (a.every(isObject) && b.every(isObject)) {
    const [short, long] = a.length < b.length ? [a, b] : [b, a];
    return short.every((item, index) => agree(item, long[index]));
  }
  return a.length === b.length && a.every((item) => b.some((other) => agree(item, other)));
}

function valuesAgree(a: unknown, b: unknown): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return String(a) === String(b);
  return identityKey(a) === identityKey(b) || isRefinedBy(a, b) || isRefinedBy(b, a);
}

const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Graph's lists show whole seconds where a GET shows seven digits. */
function isRefinedBy(time: string, other: string): boolean {
  return WHOLE_SECONDS.test(time) && other.startsWith(`${time.slice(0, -1)}.`);
}

/**
 * The value, completed at every depth with what only the other one has. Its own values stay, except times that the
 * other has with more digits.
 */
function complete(own: unknown, other: unknown): unknown {
  if (isNothing(own)) return other ?? own ?? null;
  if (isObject(own) && isObject(other)) return combine(own, other, complete);
  if (Array.isArray(own) && Array.isArray(other)) return completeList(own, other);
  return typeof own === 'string' && typeof other === 'string' && isRefinedBy(own, other) ? other : own;
}

function completeList(own: unknown[], other: unknown[]): unknown[] {
  if (!own.every(isObject) || !other.every(isObject) || !listsAgree(own, other)) return own;
  const [short, long] = own.length < other.length ? [own, other] : [other, own];
  return long.map((item, index) => (index < short.length ? complete(own[index], other[index]) : item));
}

/** A session has at least one segment: an empty list says no more than null. */
function isNothing(value: unknown): boolean {
  return value == null || (Array.isArray(value) && value.length === 0);
}
