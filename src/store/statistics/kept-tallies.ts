import { type RawBuilder, sql, type SqlBool } from 'kysely';
import type { Engine } from '../engine/engine.js';
import type { Selection } from '../query/index-conditions.js';
import { all, areBeside, type KeptSums, keptSums, others, recordsBeside } from './statistics-kept.js';
import { type Grain, isWithin, UNTALLIED, UNTALLIED_DAYS, UNTALLIED_HOURS, UNTALLIED_MONTHS } from './marked-hours.js';
import type { Tallied } from './tallies.js';

/** If more hours have no tally, as after a large import, it is better to read the records of the selection instead. */
const MOST_UNTALLIED = 200;

/** The times of a selection for which tallies are read; null if it filters by more than time. */
export function keptTallies(selection: Selection): KeptSums | null {
  const kept = keptSums(selection);
  return kept?.keys === null ? kept : null;
}

const MANY = sql`many (hours) as (
  select count(*) from (${UNTALLIED_HOURS} limit ${sql.lit(MOST_UNTALLIED + 1)}) as h)`;
const FEW = sql<SqlBool>`(select hours from many) <= ${sql.lit(MOST_UNTALLIED)}`;

interface Wanted {
  kept: KeptSums;
  tallied: Tallied;
  /** The columns, with their types, to read of records whose hours have no tally. */
  columns: Record<string, { value: RawBuilder<unknown>; type: 'text' | 'bigint' }>;
  /** The source of these columns and its groups, given the records `r`. */
  from: (records: RawBuilder<unknown>, where: RawBuilder<unknown>) => RawBuilder<unknown>;
}

/**
 * The tallies of whole months, of days in the other months, and of hours in the other days; and the records of hours
 * without a tally. It is one statement: a row of its own tells if these are many, and then it is the only one.
 */
export function selectTallies(
  engine: Engine,
  selection: Selection,
  { kept, tallied, columns, from }: Wanted,
): RawBuilder<unknown> {
  const nothing = Object.entries(columns).map(
    ([name, { type }]) => sql`cast(null as ${sql.raw(type)}) as ${sql.ref(name)}`,
  );
  const told = sql`select ${sql.join([sql`r.tally as tally`, ...nothing, sql`cast(null as bigint) as is_many`])}`;
  const of = (grain: Grain, unsummed: RawBuilder<unknown>) =>
    sql`r.tallied = ${sql.lit(tallied)} and r.grain = ${sql.lit(grain)} and r.slot not in (${unsummed})
      and ${all(kept.whole[grain])} and ${FEW}`;
  const within = (grain: Grain, unsummed: RawBuilder<unknown>) => sql`(select distinct d.${sql.ref(grain)} as slot
    from (${unsummed}${others(kept.cut[grain])}) as d) as p cross join call_record_tallies as r
    where ${isWithin('r.slot', 'p.slot', grain)}`;
  const values = Object.entries(columns).map(([name, { value }]) => sql`${value} as ${sql.ref(name)}`);
  const parts = [
    sql`${told} from call_record_tallies as r where ${of('month', UNTALLIED_MONTHS)}`,
    sql`${told} from ${within('month', UNTALLIED_MONTHS)} and ${of('day', UNTALLIED_DAYS)}`,
    sql`${told} from ${within('day', UNTALLIED_DAYS)} and ${of('hour', UNTALLIED_HOURS)}`,
    sql`select ${sql.join([sql`null`, ...values, sql`null`])}
      from ${from(recordsBeside(engine, kept, UNTALLIED_HOURS), sql`${areBeside(selection)} and ${FEW}`)}`,
    sql`select ${sql.join([sql`null`, ...nothing, sql`1`])} where not ${FEW}`,
  ];
  return sql`${UNTALLIED}, ${MANY} ${sql.join(parts, sql` union all `)}`;
}
