import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../rows/tables.js';
import { columnOf, KEPT } from './statistics-sums.js';
import { DAY_LENGTH, type Grain, isWithin, LENGTHS, UNSUMMED, UNSUMMED_DAYS, UNSUMMED_HOURS } from './marked-hours.js';
import { differingTallies, markUntallied } from './tallies.js';

interface Quiet {
  limit: number;
  /** Hours marked more recently are skipped: they are being written. */
  quietMs: number;
}

/**
 * Hours that have changed, but not recently. For an hour that changes all the time, the records are read instead. It
 * looks at each marked hour, of which an erasure leaves thousands: in a transaction, it would keep writers out.
 */
export async function quietHours(engine: Engine, { limit, quietMs }: Quiet): Promise<string[]> {
  const { rows } = await sql<{ hour: string }>`${UNSUMMED} ${UNSUMMED_HOURS}
      and (select max(m.marked_at) from call_record_unsummed m where m.hour = unsummed.hour) <= ${Date.now() - quietMs}
    limit ${sql.lit(limit)}`.execute(engine.readerFor('rows'));
  return rows.map(({ hour }) => hour);
}

const KEPT_COLUMNS = sql.join(
  [...['is_keyed', 'grain', 'slot', 'type', 'modality_bits'], ...KEPT.map(({ name }) => columnOf(name))].map((name) =>
    sql.ref(name),
  ),
);
type Of = 'value' | 'ofSums';
const kept = (which: Of): RawBuilder<unknown> =>
  sql.join(KEPT.map((one) => sql`cast(coalesce(${one[which]}, '0') as bigint) as ${sql.ref(columnOf(one.name))}`));

/**
 * Adds up the calls of hours again, and then the hours of their days. The marks that this transaction sees are removed
 * first. A later commit marks its hour again; a record whose mark was removed is among the records read here.
 */
export async function sumUp(engine: Engine, transaction: Kysely<Tables>, found: readonly string[]): Promise<number> {
  await engine.dialect.lockSums?.execute(transaction);
  const marked = transaction.selectFrom('call_record_unsummed').select('hour').distinct().where('hour', 'in', found);
  // Another process may have summed the others.
  const hours = (await marked.execute()).map(({ hour }) => hour);
  if (hours.length === 0) return 0;
  const days = [...new Set(hours.map((hour) => hour.slice(0, DAY_LENGTH)))];
  await transaction.deleteFrom('call_record_unsummed').where('hour', 'in', hours).execute();
  await markUntallied(engine, transaction, hours);
  const ofHour = sql`call_records as r where ${isWithin('r.start_date_time', 'd.slot', 'hour')}`;
  const ofDay = sql`call_record_sums as r where r.is_keyed = 1 and r.grain = 'hour' and ${isWithin('r.slot', 'd.slot', 'day')}`;
  await replace(transaction, { grain: 'hour', slots: hours, from: ofHour, which: 'value' });
  await replace(transaction, { grain: 'day', slots: days, from: ofDay, which: 'ofSums' });
  return hours.length;
}

interface Replaced {
  grain: Grain;
  slots: string[];
  /** The rows `r` that lie in each slot `d`. */
  from: RawBuilder<unknown>;
  which: Of;
}

/** First by type and modalities, then all of these together. */
async function replace(transaction: Kysely<Tables>, { grain, slots, from, which }: Replaced): Promise<void> {
  const each = sql.join(
    slots.map((slot) => sql`select cast(${slot} as text) as slot`),
    sql` union all `,
  );
  const own = sql`grain = ${sql.lit(grain)} and slot in (${sql.join(slots)})`;
  await sql`delete from call_record_sums where is_keyed in (0, 1) and ${own}`.execute(transaction);
  const insert = sql`insert into call_record_sums (${KEPT_COLUMNS})`;
  await sql`${insert} select 1, ${sql.lit(grain)}, d.slot, r.type, r.modality_bits, ${kept(which)}
    from (${each}) as d cross join ${from} group by d.slot, r.type, r.modality_bits`.execute(transaction);
  await sql`${insert} select 0, r.grain, r.slot, '', 0, ${kept('ofSums')}
    from call_record_sums as r where r.is_keyed = 1 and ${own} group by r.grain, r.slot`.execute(transaction);
}

/** The first sums that differ from a recount of the records. Neither includes hours that wait to be added up. */
export async function differingSums(engine: Engine, limit: number): Promise<string[]> {
  const recounts = (['hour', 'day'] as const).flatMap((grain) => [recount(grain, true), recount(grain, false)]);
  const { rows } = await sql<{ grain: Grain; slot: string; type: string }>`${UNSUMMED},
    recounted as (${sql.join(recounts, sql` union all `)}),
    stored as (select ${KEPT_COLUMNS} from call_record_sums where grain = 'hour' and slot not in (${UNSUMMED_HOURS})
      or grain = 'day' and slot not in (${UNSUMMED_DAYS}))
    select grain, slot, type from (select * from recounted except select * from stored) as missing
    union select grain, slot, type from (select * from stored except select * from recounted) as surplus
    order by grain, slot, type limit ${sql.lit(limit)}`.execute(engine.readerFor('rows'));
  const sums = rows.map(({ grain, slot, type }) => `the ${grain} ${slot}${type === '' ? '' : `, ${type}`}`);
  const tallies = await engine.snapshot((reader) => differingTallies(engine, reader, limit - sums.length));
  return [...sums, ...tallies];
}

function recount(grain: Grain, isKeyed: boolean): RawBuilder<unknown> {
  const slot = sql`substr(r.start_date_time, 1, ${sql.lit(LENGTHS[grain])})`;
  const keys = isKeyed ? sql`r.type as type, r.modality_bits as modality_bits` : sql`'' as type, 0 as modality_bits`;
  return sql`select ${sql.lit(isKeyed ? 1 : 0)} as is_keyed, ${sql.lit(grain)} as grain, ${slot} as slot, ${keys}, ${kept('value')}
    from call_records as r where ${slot} not in (${grain === 'hour' ? UNSUMMED_HOURS : UNSUMMED_DAYS})
    group by ${slot}${isKeyed ? sql`, r.type, r.modality_bits` : sql``}`;
}
