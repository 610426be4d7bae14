import { nameOf } from '../app/format.js';
import { identityName } from '../app/identity.js';

/** The members of an end that its name needs. */
interface NamedEnd {
  __typename: string;
  identity?: Parameters<typeof identityName>[0];
  userAgent?: object | null;
}

/** The name of an end of a session: a person, or the role of the service. */
export function endName(end: NamedEnd | null | undefined): string {
  if (end?.__typename === 'ParticipantEndpoint') return identityName(end.identity);
  const { role } = (end?.userAgent ?? {}) as { role?: string | null };
  return role && role !== 'unknown' ? nameOf(role) : 'Service';
}
