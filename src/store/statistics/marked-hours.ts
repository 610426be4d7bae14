import { type RawBuilder, sql } from 'kysely';
import { HOUR_LENGTH } from '../rows/unsummed.js';

/**
 * A part of time that is counted together: `2026-01`, `2026-01-15`, `2026-01-15T12`. Sums are kept of days and hours.
 */
export type Grain = 'month' | 'day' | 'hour';

export const DAY_LENGTH = 10;
const MONTH_LENGTH = 7;
export const LENGTHS: Record<Grain, number> = { month: MONTH_LENGTH, day: DAY_LENGTH, hour: HOUR_LENGTH };

/** The character after all texts that begin with a part of time: `:` follows an hour, `T` a day, `-` a month. */
const ENDS: Record<Grain, string> = { month: '.', day: 'U', hour: ';' };

/** Whether a text that begins with a time lies in the part that a column names. */
export const isWithin = (text: string, part: string, grain: Grain): RawBuilder<boolean> =>
  sql`${sql.ref(text)} >= ${sql.ref(part)} and ${sql.ref(text)} < ${sql.ref(part)} || ${sql.lit(ENDS[grain])}`;

/**
 * Whether a text that begins with a time lies in one of these hours, which are in order and not far apart. They are not
 * joined as rows: PostgreSQL would expect a ninth of the table for each.
 */
export function isWithinAny(text: string, hours: readonly string[]): RawBuilder<boolean> {
  const [column, first, last] = [sql.ref(text), hours[0] ?? '', hours.at(-1) ?? ''];
  return sql`${column} >= ${first} and ${column} < ${last + ENDS.hour}
    and substr(${column}, 1, ${sql.lit(HOUR_LENGTH)}) in (${sql.join(hours)})`;
}

/** Rows of one column, `slot`. */
export const eachOf = (slots: readonly string[]): RawBuilder<unknown> =>
  sql.join(
    slots.map((slot) => sql`select cast(${slot} as text) as slot`),
    sql` union all `,
  );

/**
 * `name (hour) as …`: the hours that a table marks, each once, however many marks an hour has. Each is found by one
 * search; the last is null.
 */
const marked = (name: string, table: string): RawBuilder<unknown> => sql`${sql.ref(name)} (hour) as (
  select min(hour) from ${sql.ref(table)} union all
  select (select min(m.hour) from ${sql.ref(table)} m where m.hour > ${sql.ref(`${name}.hour`)})
  from ${sql.ref(name)} where ${sql.ref(`${name}.hour`)} is not null)`;

/** `with recursive unsummed (hour) as …`. */
export const UNSUMMED = sql`with recursive ${marked('unsummed', 'call_record_unsummed')}`;

/** The hours of {@link UNSUMMED}. */
export const UNSUMMED_HOURS = sql`select hour from unsummed where hour is not null`;
export const UNSUMMED_DAYS = sql`select substr(hour, 1, ${sql.lit(DAY_LENGTH)}) as day from unsummed where hour is not null`;

/** `with recursive …`: the hours whose records changed since they were counted, summed again or not. */
export const UNTALLIED = sql`with recursive ${marked('unsummed', 'call_record_unsummed')},
  ${marked('summed', 'call_record_untallied')},
  untallied (hour) as (select hour from unsummed where hour is not null union select hour from summed where hour is not null)`;

/** The hours of {@link UNTALLIED}, and their days and months. */
export const UNTALLIED_HOURS = sql`select hour from untallied`;
export const UNTALLIED_DAYS = partsOf('day');
export const UNTALLIED_MONTHS = partsOf('month');

function partsOf(grain: Grain): RawBuilder<unknown> {
  return sql`select substr(hour, 1, ${sql.lit(LENGTHS[grain])}) as ${sql.ref(grain)} from untallied`;
}
