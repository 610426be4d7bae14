import { type CallRecordDocument, isObject, type JsonObject } from '../../domain/document.js';
import { identityKey } from '../../domain/identity.js';
import { objectsOf } from '../../platform/json-object.js';

/** Longer ids, which nobody has, do not fit into an index entry. */
const INDEXED_LENGTH = 1_024;

const SIDES = ['caller', 'callee'] as const;

/**
 * The keys of the ids of a session's, or a segment's, caller and callee, each once: of `associatedIdentity`, which has no
 * kind, and of every member of the legacy identity set.
 */
export function endpointIds(part: JsonObject): string[] {
  const ids = SIDES.flatMap((side) => {
    const endpoint = part[side];
    if (!isObject(endpoint)) return [];
    const { associatedIdentity, identity } = endpoint;
    return [associatedIdentity, ...(isObject(identity) ? Object.values(identity) : [])].flatMap(idOf);
  });
  return [...new Set(ids)];
}

function idOf(identity: unknown): string[] {
  const id = isObject(identity) ? identity.id : null;
  return typeof id === 'string' && id !== '' && id.length <= INDEXED_LENGTH ? [identityKey(id)] : [];
}

/** The keys of everybody in the sessions of a document and in their segments, each once. */
export function sessionPeople({ sessions }: Pick<CallRecordDocument, 'sessions'>): Set<string> {
  return new Set(sessions.flatMap((session) => [session, ...objectsOf(session.segments)].flatMap(endpointIds)));
}
