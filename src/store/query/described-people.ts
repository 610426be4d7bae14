import type { Asker } from '../../domain/asker.js';
import type { CallRecord } from '../../domain/call-record.js';
import { type Identity, identityKey, IdentityKind, type UserIdentity } from '../../domain/identity.js';
import type { Person } from '../../domain/person.js';
import type { Engine } from '../engine/engine.js';
import { countCalls } from './count-calls.js';
import { findPeople, findPerson, type FoundPerson, type PeopleSearch } from './find-people.js';
import { findRecords } from './read-records.js';

/** A person; `callCount` is there if it was asked for. */
export type DescribedPerson = Omit<Person, 'callCount'> & Partial<Pick<Person, 'callCount'>>;

/** How people are described: who asks, and whether calls are counted. */
interface Describing {
  visibleTo: string | null;
  counted: boolean;
  asker?: Asker;
}

/** The people whom a search finds, with their names in the latest of their visible calls. */
export async function listPeople(engine: Engine, asked: PeopleSearch & Describing): Promise<DescribedPerson[]> {
  return describe(engine, await findPeople(engine, asked), asked);
}

/** The person of an id, by all of that person's calls. Without calls it is a user without names. */
export async function findSelf(engine: Engine, id: string, counted: boolean): Promise<DescribedPerson> {
  const found = await findPerson(engine, id);
  const [person] = found ? await describe(engine, [found], { visibleTo: null, counted }) : [];
  const nobody = { id: identityKey(id), displayName: null, userPrincipalName: null, callCount: 0, lastCallAt: null };
  return person ?? { kind: IdentityKind.USER, ...nobody };
}

async function describe(
  engine: Engine,
  people: readonly FoundPerson[],
  { visibleTo, counted, asker }: Describing,
): Promise<DescribedPerson[]> {
  if (people.length === 0) return [];
  const ids = [...new Set(people.map(({ recordId }) => recordId))];
  const records = await findRecords(engine.reader, ids, visibleTo, ['id', 'organizer', 'participants']);
  const counts = counted ? await countCalls(engine, people, { me: visibleTo, asker }) : [];
  return people.map(({ recordId, ...person }, index) => ({
    ...person,
    ...namesIn(records.get(recordId), person),
    ...(counted && { callCount: counts[index] }),
  }));
}

/** The person's first names in the record; none if the record is gone since. */
function namesIn(record: CallRecord | undefined, { kind, id }: Pick<FoundPerson, 'kind' | 'id'>) {
  const sets = [record?.organizer, ...(record?.participants ?? [])];
  const own = sets.flatMap((set): (Identity & Pick<UserIdentity, 'userPrincipalName'>)[] => {
    const identity = set?.[kind];
    return typeof identity?.id === 'string' && identityKey(identity.id) === id ? [identity] : [];
  });
  return {
    displayName: own.find(({ displayName }) => displayName != null)?.displayName ?? null,
    userPrincipalName: own.find(({ userPrincipalName }) => userPrincipalName != null)?.userPrincipalName ?? null,
  };
}
