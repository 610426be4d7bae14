import { nameOf } from '../app/format.js';
import { identityName } from '../app/identity.js';

/** As much of an end as is needed to name it, whatever else was asked for. */
interface NamedEnd {
  __typename: string;
  identity?: Parameters<typeof identityName>[0];
  userAgent?: object | null;
}

/** What an end of a session is called: a person, or what the service was there for. */
export function endName(end: NamedEnd | null | undefined): string {
  if (end?.__typename === 'ParticipantEndpoint') return identityName(end.identity);
  const { role } = (end?.userAgent ?? {}) as { role?: string | null };
  return role && role !== 'unknown' ? nameOf(role) : 'Service';
}
