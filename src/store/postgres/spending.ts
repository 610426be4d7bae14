import { type Kysely, sql } from 'kysely';
import type { AddSpending } from '../../domain/spending.js';
import type { Tables } from '../rows/tables.js';

const FORGET_EVERY_MS = 60_000;

/**
 * The sums of all processes on a database, one row for each caller. A process reports in one statement. The seconds are
 * those of the database's clock.
 */
export function spendingIn(database: Kysely<Tables>): AddSpending {
  let forgottenAt = Date.now();
  return async (spent) => {
    // In the order of callers, so that two processes never wait for each other.
    const sorted = [...spent].sort((a, b) => (a.caller < b.caller ? -1 : 1));
    const { rows } = await sql<{ caller: string; points: string; ms_left: string }>`
      insert into caller_spending as s (caller, points, ends_at)
      select caller, points, statement_timestamp() + interval '1 second'
      from unnest(${sorted.map(({ caller }) => caller)}::text[], ${sorted.map(({ points }) => points)}::bigint[]) as told (caller, points)
      on conflict (caller) do update set
        points = case when s.ends_at > statement_timestamp() then s.points else 0 end + excluded.points,
        ends_at = case when s.ends_at > statement_timestamp() then s.ends_at else excluded.ends_at end
      returning caller, points, extract(epoch from ends_at - statement_timestamp()) * 1000 as ms_left
    `.execute(database);
    if (Date.now() - forgottenAt > FORGET_EVERY_MS) {
      forgottenAt = Date.now();
      await forgetPast(database).catch(() => undefined);
    }
    return rows.map(({ caller, points, ms_left }) => ({
      caller,
      points: Number(points),
      msLeft: Math.max(1, Number(ms_left)),
    }));
  };
}

/** Removes the rows of callers who have not come for a while. */
async function forgetPast(database: Kysely<Tables>): Promise<void> {
  await sql`delete from caller_spending where ends_at < statement_timestamp() - interval '1 minute'`.execute(database);
}
