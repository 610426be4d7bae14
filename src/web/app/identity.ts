import type { IdentityKind } from '../gql/graphql.js';
import { nameOf } from './format.js';
import type { PersonKey } from './view-state.js';

interface Shown {
  kind?: IdentityKind | null;
  identity?: { id?: string | null; displayName?: string | null } | null;
}

/** What somebody is called: guests and telephones often have no name, and then their id says who it was. */
export function identityName(set: Shown | null | undefined): string {
  const { id, displayName } = set?.identity ?? {};
  if (displayName) return displayName;
  if (id) return id.length > 24 && set?.kind !== 'PHONE' ? `${nameOf(set?.kind ?? '')} ${id.slice(0, 8)}…` : id;
  return set?.kind ? `${nameOf(set.kind)} without a name` : 'Not told';
}

/** By what somebody is found again; null of who has no id. */
export function personKeyOf(set: Shown | null | undefined): PersonKey | null {
  const id = set?.identity?.id;
  return id && set?.kind ? { kind: set.kind, id } : null;
}
