import { type RawBuilder, sql } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import { identityKey } from '../../domain/identity.js';
import type { Engine } from '../engine/engine.js';
import { type FoundPerson, KIND_BIT, valuesOf } from './find-people.js';
import { INVOLVED } from '../rows/tables.js';

/** How many calls each person has been in, in the order given: of all calls, or with `me`, of that person's own. */
export async function countCalls(
  engine: Engine,
  people: readonly FoundPerson[],
  { me, asker }: { me: string | null; asker?: Asker },
): Promise<number[]> {
  if (people.length === 0) return [];
  const { rows } = await (me === null
    ? callsOfEach(people).execute(engine.readerFor('entries', asker))
    : callsWithEach(people, identityKey(me)).execute(engine.readerFor('rows', asker)));
  const counts = new Map(rows.map(({ kind, identity_id, calls }) => [`${kind} ${identity_id}`, Number(calls)]));
  return people.map(({ kind, id }) => counts.get(`${kind} ${id}`) ?? 0);
}

interface CountRow {
  kind: string;
  identity_id: string;
  calls: number | string;
}

function callsOfEach(people: readonly FoundPerson[]): RawBuilder<CountRow> {
  return sql<CountRow>`
    with n (kind, identity_id) as (values ${valuesOf(people)})
    select n.kind, n.identity_id, (
      select count(*) from call_record_people p
      where p.identity_id = n.identity_id and p.roles & ${KIND_BIT} <> 0) as calls
    from n`;
}

function callsWithEach(people: readonly FoundPerson[], me: string): RawBuilder<CountRow> {
  return sql<CountRow>`
    select i.kind, i.identity_id, count(distinct p.record_id) as calls
    from call_record_people p join call_record_identities i on i.record_id = p.record_id
    where p.identity_id = ${me} and p.roles & ${sql.lit(INVOLVED)} <> 0 and (i.kind, i.identity_id) in (values ${valuesOf(people)})
    group by i.kind, i.identity_id`;
}
