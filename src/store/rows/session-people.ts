import { type CallRecordDocument, isObject, type JsonObject } from '../../domain/document.js';
import { identityKey } from '../../domain/identity.js';
import { objectsOf } from '../../platform/json-object.js';

/** Longer ids, which do not occur, do not fit into an index entry. */
const INDEXED_LENGTH = 1_024;

const SIDES = ['caller', 'callee'] as const;

/**
 * The keys of the ids of a session's, or a segment's, caller and callee, each once. They come from
 * `associatedIdentity`, which has no kind, and from every member of the legacy identity set.
 */
export function endpointIds(part: JsonObject): string[] {
  const ids = new Set<string>();
  addEndpointIds(part, ids);
  return [...ids];
}

/** The keys of everybody in the sessions of a document and in their segments, each once. */
export function sessionPeople({ sessions }: Pick<CallRecordDocument, 'sessions'>): Set<string> {
  const ids = new Set<string>();
  for (const session of sessions) {
    addEndpointIds(session, ids);
    for (const segment of objectsOf(session.segments)) addEndpointIds(segment, ids);
  }
  return ids;
}

function addEndpointIds(part: JsonObject, ids: Set<string>): void {
  for (const side of SIDES) {
    const endpoint = part[side];
    if (!isObject(endpoint)) continue;
    const { associatedIdentity, identity } = endpoint;
    addId(associatedIdentity, ids);
    if (isObject(identity)) for (const one of Object.values(identity)) addId(one, ids);
  }
}

function addId(identity: unknown, ids: Set<string>): void {
  const id = isObject(identity) ? identity.id : null;
  if (typeof id === 'string' && id !== '' && id.length <= INDEXED_LENGTH) ids.add(identityKey(id));
}
