import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../rows/tables.js';
import type { Aggregate, SumsRow } from './statistics-sums.js';

/** The sums of parts of time. Several rows may be of one part, by the text of its first moment. */
export interface SlotSums {
  rows: (SumsRow & { slot: string })[];
  /** Rows that add up to the sums of all. */
  all: readonly SumsRow[];
}

interface Wanted {
  /** What the rows of the statement hold beside `slot`. */
  aggregates: readonly Aggregate[];
  /** Those of them that are wanted of each part. */
  ofSlots: readonly Aggregate[];
}

/**
 * The rows of a statement, and what they add up to, as one row of two texts: hundreds of rows of all aggregates would
 * take longer on their way from the thread that reads them than the database takes.
 */
export async function readSlotSums(
  { dialect }: Engine,
  database: Kysely<Tables>,
  statement: RawBuilder<unknown>,
  { aggregates, ofSlots }: Wanted,
): Promise<SlotSums> {
  const names = ofSlots.map(({ name }) => name);
  const ofAll = aggregates.map(({ name, isGreatest }) => {
    const value = sql`cast(${sql.ref(name)} as bigint)`;
    return sql`cast(${isGreatest ? sql`max(${value})` : sql`sum(${value})`} as text)`;
  });
  const { rows } = await sql<{ slots: string | null; sums: string }>`with parts as materialized (${statement})
    select (select ${dialect.listOf(columns(['slot', ...names]))} from parts) as slots,
      (select cast(${dialect.list(sql.join(ofAll))} as text) from parts) as sums`.execute(database);
  const slots = JSON.parse(rows[0]?.slots ?? '[]') as [slot: string, ...values: (string | number | null)[]][];
  const sums = JSON.parse(rows[0]?.sums ?? '[]') as (string | null)[];
  return {
    rows: slots.map((list) => Object.assign(named(names, list.slice(1)), { slot: list[0] })),
    all: [
      named(
        aggregates.map(({ name }) => name),
        sums,
      ),
    ],
  };
}

const columns = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)));

function named(names: readonly string[], values: readonly (string | number | null)[]): SumsRow {
  const row: SumsRow = {};
  names.forEach((name, index) => (row[name] = values[index] ?? null));
  return row;
}
