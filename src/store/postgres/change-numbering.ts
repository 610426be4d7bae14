import { type Kysely, sql } from 'kysely';
import type { Tables } from '../rows/tables.js';

const NUMBERED_AT_ONCE = 10_000;

/** See Engine. */
export async function numberChanges(database: Kysely<Tables>): Promise<void> {
  while (await hasUnnumbered(database)) await database.transaction().execute(numberSome);
}

async function hasUnnumbered(database: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql`select 1 from unnumbered_changes limit 1`.execute(database);
  return rows.length > 0;
}

/** See Engine. */
export async function lastChange(database: Kysely<Tables>): Promise<bigint> {
  for (;;) {
    const { rows } = await sql<{ last: string; waits: boolean }>`
      select last_sequence::text as last, exists (select 1 from unnumbered_changes) as waits from change_numbering
    `.execute(database);
    const [row] = rows;
    if (!row?.waits) return BigInt(row?.last ?? 0);
    await database.transaction().execute(numberSome);
  }
}

/**
 * Moves committed changes to the log and numbers them. One process at a time does so, under a lock that no writer
 * needs. It sees committed changes only, so that numbers appear in their order, and the changes of one record keep
 * theirs.
 */
async function numberSome(transaction: Kysely<Tables>): Promise<void> {
  await sql`select last_sequence from change_numbering where id = 1 for update`.execute(transaction);
  await sql`
    with taken as (
      delete from unnumbered_changes where (logged_at, record_id) in (
        select logged_at, record_id from unnumbered_changes order by logged_at, position limit ${NUMBERED_AT_ONCE})
      returning *),
    numbered as (
      insert into call_record_changes (sequence, record_id, kind, version, changed_at, people_removed, people_added)
      select (select last_sequence from change_numbering where id = 1) + row_number() over (order by logged_at, position, record_id),
        record_id, kind, version, floor(extract(epoch from logged_at) * 1000)::bigint, people_removed, people_added
      from taken
      returning sequence)
    update change_numbering set last_sequence = (select max(sequence) from numbered)
    where id = 1 and exists (select 1 from numbered)`.execute(transaction);
}
