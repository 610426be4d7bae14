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

/** What describes people: who sees them, and whether their calls are counted. */
interface Describing {
  visibleTo: string | null;
  counted: boolean;
  asker?: Asker;
}

/** Those whom a search finds, with the names that they have in the latest of the calls that are visible. */
export async function listPeople(engine: Engine, asked: PeopleSearch & Describing): Promise<DescribedPerson[]> {
  return describe(engine, await findPeople(engine, asked), asked);
}

/** The person of that id by all of the own calls; a user without names where there are none. */
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

/** The first names that the person has in the record; none in one that is gone since. */
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
