import { type RawBuilder, sql } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import type { Engine } from '../engine/engine.js';
import { inRole } from '../query/compile-filter.js';
import { KIND_BITS, PARTICIPANT } from '../rows/tables.js';

const ALL_KINDS = [...KIND_BITS.values()].reduce((all, bit) => all | bit, 0);
/** The bits of the kinds in which a person is in a record, of `call_record_people as p`. */
const KINDS = sql`(p.roles & ${sql.lit(ALL_KINDS)})`;
/** With one kind, it is clear in which kind a person has a role. */
const HAS_ONE_KIND = sql`(${KINDS} & (${KINDS} - 1)) = 0`;

const cases = (from: (kind: string, bit: number) => RawBuilder<unknown>): RawBuilder<unknown> =>
  sql.join(
    [...KIND_BITS].map(([kind, bit]) => from(kind, bit)),
    sql` `,
  );
const KIND = sql`case ${KINDS} ${cases((kind, bit) => sql`when ${sql.lit(bit)} then ${sql.lit(kind)}`)} end`;

/** A person's identities in the record of `p`. They are read only if there is more than one kind. */
const identitiesIn = (role: number): RawBuilder<unknown> => sql`call_record_identities as i
  where i.record_id = p.record_id and i.identity_id = p.identity_id and ${inRole(role)}`;

/** How many different (kind, id) take part in any call: each known identity is looked up in its calls. */
export async function countEverybody(engine: Engine, asker: Asker | undefined): Promise<number> {
  const bit = sql`case k.kind ${cases((kind, one) => sql`when ${sql.lit(kind)} then ${sql.lit(one)}`)} end`;
  const { rows } = await sql<{ count: number | string }>`
    select count(*) as count from (
      select distinct n.identity_id, n.kind from known_identities as n where n.identity_id <> '') as k
    where exists (
      select 1 from call_record_people as p where p.identity_id = k.identity_id
        and (p.roles & ${sql.lit(PARTICIPANT)}) <> 0 and (p.roles & ${bit}) <> 0
        and (${HAS_ONE_KIND} or exists (select 1 from ${identitiesIn(PARTICIPANT)} and i.kind = k.kind))
      limit 1 offset 0)`.execute(engine.readerFor('rows', asker));
  return Number(rows[0]?.count);
}

/** If more people have the role in several kinds, all calls are read instead. */
const MOST_OF_KINDS = 500;

/**
 * The ids that can be among the people in most calls, in any kind. Each person's calls lie together in the index, so
 * they are counted in one pass. Calls in several kinds are first added up. Such a person is a candidate if the sum
 * reaches the count of the last of the top people of one kind. Null if these are too many.
 */
export async function candidatesOfAll(
  engine: Engine,
  asker: Asker | undefined,
  { role, limit }: { role: number; limit: number },
): Promise<string[] | null> {
  const most = sql`select identity_id, calls, is_of_kinds from counted where is_of_kinds = 0
    order by calls desc, identity_id limit ${sql.lit(limit)}`;
  const { rows } = await sql<{ identity_id: string; is_of_kinds: number }>`
    with counted as (
      select p.identity_id, count(*) as calls, case
          when min(${KINDS}) = max(${KINDS}) and (min(${KINDS}) & (min(${KINDS}) - 1)) = 0 then 0 else 1 end as is_of_kinds
      from call_record_people as p where (p.roles & ${sql.lit(role)}) <> 0 and p.identity_id <> '' group by p.identity_id)
    select identity_id, is_of_kinds from (${most}) as most
    union all
    select * from (select identity_id, is_of_kinds from counted where is_of_kinds = 1 and calls >= (
        select case when count(*) = ${sql.lit(limit)} then min(most.calls) else 0 end from (${most}) as most)
      limit ${sql.lit(MOST_OF_KINDS + 1)}) as others`.execute(engine.readerFor('rows', asker));
  const ofKinds = rows.filter((row) => Number(row.is_of_kinds) === 1);
  return ofKinds.length > MOST_OF_KINDS ? null : rows.map((row) => row.identity_id);
}

/** All calls in which these people have the role, each once, with the kind in which they have it. */
export function callsOf(ids: readonly string[], role: number): RawBuilder<unknown> {
  // The index by start holds the duration. The id is written so that it leads to no other index.
  const calls = sql`call_record_people as p cross join call_records as m`;
  const theirs = sql`p.identity_id in (${sql.join(ids)}) and (p.roles & ${sql.lit(role)}) <> 0
    and m.start_date_time = p.start_date_time and m.id between p.record_id and p.record_id`;
  const columns = sql`m.id, m.start_date_time, m.duration_ticks`;
  return sql`select ${columns}, ${KIND} as kind, p.identity_id from ${calls} where ${theirs} and ${HAS_ONE_KIND}
    union all
    select distinct ${columns}, i.kind, i.identity_id from ${calls}
      cross join call_record_identities as i
      where ${theirs} and not ${HAS_ONE_KIND} and i.record_id = p.record_id and i.identity_id = p.identity_id
        and ${inRole(role)}`;
}
