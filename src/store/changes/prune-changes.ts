import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../rows/tables.js';

/**
 * Removes the oldest changes that are older than so many milliseconds, up to `limit`; the newest change always stays.
 * Resolves to how many were removed: fewer than `limit` if no more are that old.
 */
export async function pruneChanges(
  engine: Engine,
  transaction: Kysely<Tables>,
  { olderThanMs, limit }: { olderThanMs: number; limit: number },
): Promise<number> {
  // From the start, so that the kept changes have no gaps. After a clock was set back, a change may look older than the
  // one before it.
  const oldest = await sql<{ sequence: string; is_old: number }>`
    select cast(sequence as text) as sequence,
      case when changed_at < ${engine.dialect.nowMs} - ${olderThanMs} then 1 else 0 end as is_old
    from call_record_changes
    where sequence < (select max(sequence) from call_record_changes)
    order by call_record_changes.sequence limit ${limit}`.execute(transaction);
  const young = oldest.rows.findIndex(({ is_old }) => is_old === 0);
  const old = young < 0 ? oldest.rows : oldest.rows.slice(0, young);
  const last = old.at(-1);
  if (last) await pruneTo(transaction, BigInt(last.sequence));
  return old.length;
}

/** Removes the changes up to a number, which must be less than that of the newest change. */
export async function pruneTo(transaction: Kysely<Tables>, sequence: bigint): Promise<void> {
  // The floor never falls, also if two processes prune at once.
  await transaction.updateTable('change_log_floor').set({ sequence }).where('sequence', '<', sequence).execute();
  await transaction
    .deleteFrom('call_record_changes')
    .where('sequence', '<=', sequence as never)
    .execute();
}
