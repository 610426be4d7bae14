import { type RawBuilder, sql } from 'kysely';
import { CallRecordOrderField } from '../../domain/filter.js';
import { inRange } from '../query/compile-filter.js';
import { conjuncts, type Selection } from '../query/index-conditions.js';
import { source } from '../query/path-query.js';
import type { Engine } from '../engine/engine.js';
import type { SlotSums } from './slot-sums.js';
import type { Aggregate, SumsRow } from './statistics-sums.js';

export const START = CallRecordOrderField.START_DATE_TIME;
/** Follows each character that may follow the text of a part of time in a longer text. */
const AFTER = '~';

interface Wanted {
  aggregates: readonly Aggregate[];
  /** The length of the text that identifies a part of time. */
  length: number;
}

/**
 * The sums of a selection by parts of time, along the start: a `group by` would sort the records. The parts are found by
 * going from the first record of one to the first of the next.
 */
export async function sumAlongStart(engine: Engine, selection: Selection, wanted: Wanted): Promise<SlotSums['rows']> {
  const { aggregates, length } = wanted;
  const database = engine.readerFor('rows', selection.asker);
  const inTime = (column: RawBuilder<string>) => {
    const ranges = conjuncts(selection.filter).flatMap((part) => inRange(START, part, column));
    return sql.join([sql`${column} is not null`, ...ranges], sql` and `);
  };
  const slot = sql`substr(p.start, 1, ${sql.lit(length)})`;
  const sums = engine.dialect.list(sql.join(aggregates.map(({ value }) => value)));
  // The range of the filter is hidden from the index: the database would read from its beginning for each part.
  const records = source(database, selection, { from: 'order', along: 'none' }, START)
    .select(sql`${sums}`.as('sums'))
    .where(sql<boolean>`r.start_date_time >= ${slot} and r.start_date_time < ${slot} || ${AFTER}`);
  const { rows } = await sql<{ slot: string; sums: string }>`
    with recursive p (start) as (
      select min(r.start_date_time) from call_records as r where ${inTime(sql.ref('r.start_date_time'))}
      union all
      select (select min(r.start_date_time) from call_records as r where r.start_date_time > ${slot} || ${AFTER})
      from p where ${inTime(sql.ref('p.start'))})
    select ${slot} as slot, (${records}) as sums from p where ${inTime(sql.ref('p.start'))}`.execute(database);
  const all = rows.map(({ slot: text, sums: list }): SlotSums['rows'][number] => {
    const values = JSON.parse(list) as (number | string | null)[];
    const named: SumsRow = Object.fromEntries(aggregates.map(({ name }, index) => [name, values[index] ?? null]));
    return { ...named, slot: text };
  });
  return all.filter((row) => row.count !== 0);
}
