import { type Kysely } from 'kysely';
import type { UtcText } from '../../domain/date-time.js';
import { withoutDetails } from '../../domain/forgetting.js';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../rows/tables.js';
import { readDetailsUntil } from './forgotten.js';
import { loadForChange, rewriteDocuments } from './write-records.js';

/** The progress of one step. */
export interface DetailsStep {
  /** Records that had details. */
  stripped: number;
  /** The last record of this step, by its end and id; the next step begins after it. Null when all are done. */
  next: { end: UtcText; id: string } | null;
}

/**
 * Sets the personal details of up to so many records to null: records that ended before a time, the earliest first. It
 * begins after the last step (null: where an earlier run ended).
 */
export async function pruneDetails(
  engine: Engine,
  transaction: Kysely<Tables>,
  { end, after, limit }: { end: UtcText; after: DetailsStep['next']; limit: number },
): Promise<DetailsStep> {
  const from = await readDetailsUntil(transaction);
  const rows = await transaction
    .selectFrom('call_records')
    .select(['id', 'end_date_time'])
    .where('end_date_time', '<', end)
    .where((where) =>
      after
        ? where(where.refTuple('end_date_time', 'id'), '>', where.tuple(after.end, after.id))
        : where('end_date_time', '>=', from),
    )
    .orderBy('end_date_time')
    .orderBy('id')
    .limit(limit)
    .execute();
  const ids = rows.map(({ id }) => id);
  const documents = await loadForChange(engine, transaction, ids);
  const stripped = [...documents.values()].flatMap((from) => {
    const to = withoutDetails(from);
    return to === from ? [] : [{ from, to }];
  });
  await rewriteDocuments(engine, transaction, stripped);
  const last = rows.length < limit ? undefined : rows.at(-1);
  const until = last ? last.end_date_time : end;
  if (until > from) await transaction.updateTable('forgotten_details').set({ ended_before: until }).execute();
  return { stripped: stripped.length, next: last ? { end: last.end_date_time, id: last.id } : null };
}
