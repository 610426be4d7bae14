import { expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { CallRecordFilter, DateTimeOffsetFilter } from '../../domain/filter.js';
import { conjuncts, type Selection } from '../query/index-conditions.js';
import type { Engine } from '../engine/engine.js';
import { compileFilter, isUnconstrained, type RecordQuery } from '../query/compile-filter.js';
import type { Tables } from '../rows/tables.js';
import type { Aggregate } from './statistics-sums.js';
import { type Grain, isWithin, LENGTHS, UNSUMMED, UNSUMMED_DAYS, UNSUMMED_HOURS } from './marked-hours.js';

type Condition = RawBuilder<SqlBool>;

/** The kept sums for a selection, and the parts of time whose records have to be read. */
export interface KeptSums {
  /** The conditions of the filter on type and modalities; null for none. */
  keys: Condition | null;
  /** The conditions for parts of time that lie wholly in the filter's range. */
  whole: Record<Grain, Condition[]>;
  /** The parts of time that the range cuts. */
  cut: Record<Grain, string[]>;
}

/** Null if the selection filters by more than time, type and modalities, or is limited to a person. */
export function keptSums({ filter, visibleTo }: Selection): KeptSums | null {
  if (visibleTo !== null || !isOfKeys(withoutStart(filter))) return null;
  const sums: KeptSums = {
    keys: saysNothing(withoutStart(filter)) ? null : compiled(withoutStart(filter)),
    whole: { month: [], day: [], hour: [] },
    cut: { month: [], day: [], hour: [] },
  };
  for (const { startDateTime } of conjuncts(filter))
    for (const grain of ['month', 'day', 'hour'] as const) if (startDateTime) addBounds(sums, grain, startDateTime);
  return sums;
}

/** Leaves out the range of the start, at the top and in `and`. */
function withoutStart(filter: CallRecordFilter | null): CallRecordFilter {
  return { ...filter, startDateTime: null, and: filter?.and?.map(withoutStart) ?? null };
}

function isOfKeys(filter: CallRecordFilter): boolean {
  const { type: _type, modalities: _modalities, and, or, not, ...others } = filter;
  return isUnconstrained(others) && [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])].every(isOfKeys);
}

function saysNothing({ and, ...others }: CallRecordFilter): boolean {
  return isUnconstrained(others) && (and ?? []).every(saysNothing);
}

const compiled = (filter: CallRecordFilter): Condition =>
  compileFilter(expressionBuilder<Tables>() as never as RecordQuery, filter, {
    indexed: [],
    visibleTo: null,
  }) as Condition;

/** The rest of a time's text at the first moment of a part. */
const FIRST: Record<Grain, string> = { month: '-01T00:00:00', day: 'T00:00:00', hour: ':00:00' };

function addBounds({ whole, cut }: KeptSums, grain: Grain, bounds: DateTimeOffsetFilter): void {
  for (const [name, bound] of Object.entries(bounds) as [string, string | null | undefined][]) {
    if (bound == null) continue;
    const slot = bound.slice(0, LENGTHS[grain]);
    const isFirst = bound.slice(LENGTHS[grain]) === FIRST[grain];
    if (name !== 'lt' && name !== 'lte')
      whole[grain].push(name === 'gte' && isFirst ? sql`r.slot >= ${slot}` : sql`r.slot > ${slot}`);
    if (name !== 'gt' && name !== 'gte') whole[grain].push(sql`r.slot < ${slot}`);
    // The first moment of a part is the end of the one before.
    if (!isFirst || (name !== 'lt' && name !== 'gte')) cut[grain].push(slot);
  }
}

interface Wanted {
  kept: KeptSums;
  aggregates: readonly Aggregate[];
  /** The length of the text that identifies a part of time, up to an hour; 0 adds up all together. */
  length: number;
  /**
   * For hours that are put together: the first hours of the stretches, in order, and the hour after the last stretch.
   */
  stretches?: readonly string[] | null;
}

/**
 * The sums of a selection, in one statement, with several rows for a part of time: kept sums of days, kept sums of
 * hours in other days, and the records of changed hours and of hours that the range cuts.
 */
export function selectSums(engine: Engine, selection: Selection, wanted: Wanted): RawBuilder<unknown> {
  const { kept } = wanted;
  const keys = kept.keys ? sql`r.is_keyed = 1 and ${kept.keys}` : sql`r.is_keyed = 0`;
  const days = sql`call_record_sums as r where ${keys} and r.grain = 'day' and r.slot not in (${UNSUMMED_DAYS})
    and ${all(kept.whole.day)}`;
  const daysInPart = sql`(select distinct d.day from (${UNSUMMED_DAYS}) as d${others(kept.cut.day)}) as p`;
  const hours = sql`${keys} and r.grain = 'hour' and r.slot not in (${UNSUMMED_HOURS}) and ${all(kept.whole.hour)}`;
  const hoursOfDays = sql`${daysInPart} cross join call_record_sums as r where ${isWithin('r.slot', 'p.day', 'day')} and ${hours}`;
  const records = sql`${recordsBeside(engine, kept, UNSUMMED_HOURS)} where ${areBeside(selection)}`;
  const sums = wanted.stretches
    ? [ofStretches(hours, wanted)]
    : wanted.length === LENGTHS.hour
      ? [grouped('hour', sql`call_record_sums as r where ${hours}`, wanted)]
      : [grouped('day', days, wanted), grouped('hour', hoursOfDays, wanted)];
  const named = wanted.stretches ? sql`, ${stretchesOf(wanted.stretches)}` : sql``;
  const parts = sql.join([...sums, grouped(null, records, wanted)], sql` union all `);
  return sql`${UNSUMMED}${named} ${parts}`;
}

/** The records of some hours, and of hours that the range cuts; to be restricted by {@link areBeside}. */
export const recordsBeside = (
  { dialect }: Engine,
  { cut }: KeptSums,
  hours: RawBuilder<unknown>,
): RawBuilder<unknown> =>
  dialect.recordsOfParts(sql`(${hours}${others(cut.hour)}) as h`, isWithin('r.start_date_time', 'h.hour', 'hour'));

export const areBeside = ({ filter }: Selection): RawBuilder<unknown> => compiled({ ...filter });

export const all = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`1 = 1` : sql.join(conditions, sql` and `);

/** Further rows of one column. */
export const others = (slots: readonly string[]): RawBuilder<unknown> =>
  sql.join(
    slots.map((slot) => sql` union select cast(${slot} as text)`),
    sql``,
  );

/** `stretches (first_hour, next_hour) as …`: each ends before the first hour of the next. */
function stretchesOf(hours: readonly string[]): RawBuilder<unknown> {
  const rows = hours.slice(1).map((next, index) => sql`(cast(${hours[index]} as text), cast(${next} as text))`);
  return sql`stretches (first_hour, next_hour) as (values ${sql.join(rows)})`;
}

/** The sums of hours, by the first hour of their stretch. */
function ofStretches(hours: RawBuilder<unknown>, { aggregates }: Wanted): RawBuilder<unknown> {
  const columns = aggregates.map((one) => sql`${one.ofSums} as ${sql.ref(one.name)}`);
  return sql`select ${sql.join([sql`s.first_hour as slot`, ...columns])} from stretches as s cross join call_record_sums as r
    where r.slot >= s.first_hour and r.slot < s.next_hour and ${hours} group by s.first_hour`;
}

/** Groups sums of a grain, or records if it is null. */
function grouped(grain: Grain | null, from: RawBuilder<unknown>, { aggregates, length }: Wanted): RawBuilder<unknown> {
  const columns = aggregates.map((one) => sql`${one[grain ? 'ofSums' : 'value']} as ${sql.ref(one.name)}`);
  if (length === 0) return sql`select ${sql.join(columns)} from ${from}`;
  const text = sql.ref(grain ? 'r.slot' : 'r.start_date_time');
  // The unchanged column is in the order of the key: nothing needs to be sorted.
  const slot = grain && LENGTHS[grain] === length ? text : sql`substr(${text}, 1, ${sql.lit(length)})`;
  return sql`select ${sql.join([sql`${slot} as slot`, ...columns])} from ${from} group by ${slot}`;
}
