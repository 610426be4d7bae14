import { type Kysely, sql } from 'kysely';
import type { Tables, UnsummedTable } from './tables.js';

/** The length of the hour in the text of a time: `2026-01-15T12`. */
export const HOUR_LENGTH = 13;

/**
 * The hours in which records began, each once. Marking those of its commit is all that a writer does for statistics, and
 * no other transaction waits for it: in `call_record_unsummed` all is counted again, in `call_record_untallied` only
 * people and streams.
 */
export function markedHours(records: readonly { start_date_time: string }[]): UnsummedTable[] {
  const hours = new Set(records.map((record) => record.start_date_time.slice(0, HOUR_LENGTH)));
  const marked_at = Date.now();
  return [...hours].map((hour) => ({ hour, marked_at }));
}

/** Marks the hours in which records began that will be changed or deleted. */
export async function markUnsummed(transaction: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  const hour = sql`substr(start_date_time, 1, ${sql.lit(HOUR_LENGTH)})`;
  await sql`insert into call_record_unsummed (hour, marked_at)
    select distinct ${hour}, ${sql.lit(Date.now())} from call_records where id in (${sql.join(ids)})
  `.execute(transaction);
}
