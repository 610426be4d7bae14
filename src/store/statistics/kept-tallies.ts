import { type RawBuilder, sql, type SqlBool } from 'kysely';
import type { Engine } from '../engine/engine.js';
import type { Selection } from '../query/index-conditions.js';
import { all, areBeside, type KeptSums, keptSums, others, recordsBeside } from './statistics-kept.js';
import { type Grain, isWithin, UNTALLIED, UNTALLIED_DAYS, UNTALLIED_HOURS, UNTALLIED_MONTHS } from './marked-hours.js';
import type { Tallied } from './tallies.js';

/** Of more hours that are not counted, as after a large import, their records are better read as those of all calls are. */
const MOST_UNTALLIED = 200;

/** The times of a selection that tallies are read for; null if it asks for more than time. */
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
  /** What is read of records whose hours have no tally, as columns and their types. */
  columns: Record<string, { value: RawBuilder<unknown>; type: 'text' | 'bigint' }>;
  /** What these are read from, and in which groups: given which records `r` there are. */
  from: (records: RawBuilder<unknown>, where: RawBuilder<unknown>) => RawBuilder<unknown>;
}

/** Rows with a tally, or without one of records. */
export type TallyRow<Row> = ({ tally: Uint8Array } & Record<keyof Row, null>) | (Row & { tally: null });

/**
 * The tallies of months, of the days of others, and of the hours of other days, and the records of what has none. Null if
 * many hours are not counted. One statement, which tells in a row of its own how many those are.
 */
export async function readTallies<Row>(
  engine: Engine,
  selection: Selection,
  { kept, tallied, columns, from }: Wanted,
): Promise<TallyRow<Row>[] | null> {
  const nothing = Object.entries(columns).map(
    ([name, { type }]) => sql`cast(null as ${sql.raw(type)}) as ${sql.ref(name)}`,
  );
  const told = sql`select ${sql.join([sql`r.tally as tally`, ...nothing, sql`cast(null as bigint) as hours`])}`;
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
      from ${from(recordsBeside(kept, UNTALLIED_HOURS), sql`${areBeside(selection)} and ${FEW}`)}`,
    sql`select ${sql.join([sql`null`, ...nothing, sql`hours`])} from many`,
  ];
  const statement = sql<
    TallyRow<Row> & { hours: number | string | null }
  >`${UNTALLIED}, ${MANY} ${sql.join(parts, sql` union all `)}`;
  const { rows } = await statement.execute(engine.readerFor('rows', selection.asker));
  const isMany = rows.some(({ hours }) => hours !== null && Number(hours) > MOST_UNTALLIED);
  return isMany ? null : rows.filter(({ hours }) => hours === null);
}
