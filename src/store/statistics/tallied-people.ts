import { sql } from 'kysely';
import { chunksOf } from '../../platform/chunks.js';
import type { IdentityKind } from '../../domain/identity.js';
import type { Engine } from '../engine/engine.js';
import type { Selection } from '../query/index-conditions.js';
import { inRole } from '../query/compile-filter.js';
import { startsInRange } from '../query/path-query.js';
import { ORGANIZER, PARTICIPANT } from '../rows/tables.js';
import { selectTallies } from './kept-tallies.js';
import type { KeptSums } from './statistics-kept.js';
import { COUNTS, inCalls, type Role } from './tallied-records.js';
import type { Sums } from './statistics-sums.js';

/** A person in calls of a selection, in a role. */
export interface TalliedPerson {
  kind: IdentityKind;
  identity_id: string;
  count: number;
  /** The sums of durations. */
  sums: Sums;
}

/** With the id of the latest of the calls. */
export type TopPerson = TalliedPerson & { last: string };

const COLUMNS = [...COUNTS.keys()];

/** If more people have as many calls as the last one wanted, all calls are read instead. */
const MOST_EQUAL = 2_000;

/** How many take part in a selection's calls; null if many hours have no tally. */
export async function countTallied(engine: Engine, selection: Selection, kept: KeptSums): Promise<number | null> {
  const counted = await tallyPeople(engine, selection, { kept, role: 'participants', limit: 0 });
  return counted && counted.count;
}

interface Asked {
  kept: KeptSums;
  role: Role;
  limit: number;
}

/**
 * The people in most calls; equal counts are ordered by ids and kinds. Null if too many people have equal counts, or if
 * many hours have no tally.
 */
export async function topTallied(engine: Engine, selection: Selection, asked: Asked): Promise<TopPerson[] | null> {
  const read = await tallyPeople(engine, selection, asked);
  if (read === null || read.numbered.length > MOST_EQUAL) return null;
  const { role, limit } = asked;
  const counted = (who: Pick<TalliedPerson, 'kind' | 'identity_id'>, of: (name: string) => number | string) => ({
    kind: who.kind,
    identity_id: who.identity_id,
    count: Number(of(role)),
    sums: { seconds: BigInt(of(`${role}_seconds`)), ticks: BigInt(of(`${role}_ticks`)) },
  });
  const values = new Map(read.numbered.map((person) => [person.number, person.values]));
  const named = (await nameAll(engine, [...values.keys()])).map((one) =>
    counted(one, (name) => values.get(one.number)?.[COLUMNS.indexOf(name)] ?? 0),
  );
  const unnumbered = read.others.map((row) => counted(row, (name) => row[name] as string));
  return withLatest(engine, selection, role, [...named, ...unnumbered].sort(inOrder).slice(0, limit));
}

const ROLES = { organizer: ORGANIZER, participants: PARTICIPANT } as const;

/** Looks up the latest calls. A person whose call was deleted meanwhile is left out. */
async function withLatest(
  { reader }: Engine,
  selection: Selection,
  role: Role,
  people: TalliedPerson[],
): Promise<TopPerson[]> {
  if (people.length === 0) return [];
  const values = people.map(({ identity_id, kind }) => sql`(${identity_id}, ${kind})`);
  const inTime = startsInRange(selection).map((condition) => sql`and ${condition}`);
  const { rows } = await sql<{ identity_id: string; kind: string; last: string | null }>`
    with c (identity_id, kind) as (values ${sql.join(values)})
    select c.identity_id, c.kind, (
      select p.record_id from call_record_people as p
      where p.identity_id = c.identity_id and (p.roles & ${sql.lit(ROLES[role])}) <> 0 ${sql.join(inTime, sql` `)} and exists (
        select 1 from call_record_identities as i
        where i.record_id = p.record_id and i.identity_id = p.identity_id and i.kind = c.kind and ${inRole(ROLES[role])})
      order by p.start_date_time desc, p.record_id desc limit 1) as last
    from c`.execute(reader);
  const latest = new Map(rows.map((row) => [`${row.kind} ${row.identity_id}`, row.last]));
  return people.flatMap((person) => {
    const last = latest.get(`${person.kind} ${person.identity_id}`);
    return last == null ? [] : [{ ...person, last }];
  });
}

function inOrder(a: TalliedPerson, b: TalliedPerson): number {
  return b.count - a.count || compareBytes(a.identity_id, b.identity_id) || compareBytes(a.kind, b.kind);
}

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

type Named = Pick<TalliedPerson, 'kind' | 'identity_id'> & { number: number };

async function nameAll({ reader }: Engine, numbers: readonly number[]): Promise<Named[]> {
  const people: Named[] = [];
  for (const some of chunksOf(numbers)) {
    const { rows } = await sql<Named>`select number, kind, identity_id from tallied_people
      where number in (${sql.join(some)})`.execute(reader);
    people.push(...rows);
  }
  return people;
}

/** Counts the calls of everybody from the kept tallies of hours, days and months; null if many hours have no tally. */
function tallyPeople(engine: Engine, selection: Selection, { kept, role, limit }: Asked) {
  const counts = [...COUNTS].map(([name, value]) => [name, { value, type: 'bigint' as const }] as const);
  const statement = selectTallies(engine, selection, {
    kept,
    tallied: 'PEOPLE',
    columns: {
      kind: { value: sql`c.kind`, type: 'text' },
      identity_id: { value: sql`c.identity_id`, type: 'text' },
      number: { value: sql`n.number`, type: 'bigint' },
      ...Object.fromEntries(counts),
    },
    from: (records, where) => sql`(${inCalls(records, where)}) as c
      left join tallied_people as n on n.identity_id = c.identity_id and n.kind = c.kind
      group by c.kind, c.identity_id, n.number`,
  });
  const reduction = { way: 'people', asked: { columns: COLUMNS, by: role, limit } } as const;
  return engine.reduce(statement, reduction, selection.asker);
}
