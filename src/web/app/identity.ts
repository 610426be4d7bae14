import type { IdentityKind } from '../gql/graphql.js';
import { nameOf } from './format.js';
import type { PersonKey } from './view-state.js';

interface Shown {
  kind?: IdentityKind | null;
  identity?: { id?: string | null; displayName?: string | null } | null;
}

/** The shown name of a person. Guests and telephones often have none; their id is shown then. */
export function identityName(set: Shown | null | undefined): string {
  const { id, displayName } = set?.identity ?? {};
  if (displayName) return displayName;
  if (id) return id.length > 24 && set?.kind !== 'PHONE' ? `${nameOf(set?.kind ?? '')} ${id.slice(0, 8)}…` : id;
  return set?.kind ? `${nameOf(set.kind)} without a name` : 'Not told';
}

/** The key to find a person again; null without an id. */
export function personKeyOf(set: Shown | null | undefined): PersonKey | null {
  const id = set?.identity?.id;
  return id && set?.kind ? { kind: set.kind, id } : null;
}
