import { randomInt } from 'node:crypto';
import type { Kysely } from 'kysely';
import { QUALITY_RULES } from '../../domain/quality.js';
import type { Engine } from '../engine/engine.js';
import { qualityOfDocument } from '../rows/quality-columns.js';
import { REVISIONS } from '../rows/row-mapping.js';
import { streamRows } from '../rows/stream-rows.js';
import type { Tables } from '../rows/tables.js';
import { markUnsummed } from '../rows/unsummed.js';
import { idsBelow } from './record-parts.js';
import { loadForChange } from './write-records.js';

/** Ids of records whose quality was computed by earlier rules. Records judged by later rules are left alone. */
export function judgedBefore(database: Kysely<Tables>, limit: number): Promise<string[]> {
  return idsBelow(database, 'quality_rules', QUALITY_RULES, limit);
}

/** Computes the quality of up to `limit` of these by the rules of this version; resolves to how many there were. */
export async function judgeAnew(engine: Engine, transaction: Kysely<Tables>, limit: number): Promise<number> {
  const ids = await judgedBefore(transaction, limit);
  const documents = [...(await loadForChange(engine, transaction, ids)).values()];
  const judged = documents.map((document) => ({ document, quality: qualityOfDocument(document) }));
  for (const {
    document,
    quality: { record, people },
  } of judged) {
    await transaction
      .updateTable('call_records')
      // A new revision, because caches hold the quality by the earlier rules.
      .set({ ...record, revision: randomInt(REVISIONS) })
      .where('id', '=', document.id)
      .execute();
    for (const [id, quality] of people) {
      await transaction
        .updateTable('call_record_people')
        .set(quality)
        .where('identity_id', '=', id)
        .where('start_date_time', '=', document.startDateTime)
        .where('record_id', '=', document.id)
        .execute();
    }
  }
  const streams = judged.flatMap(({ document, quality }) => streamRows(document, quality));
  if (ids.length > 0) {
    await markUnsummed(transaction, ids);
    await transaction.deleteFrom('call_record_streams').where('record_id', 'in', ids).execute();
  }
  if (streams.length > 0) await engine.insertRows(transaction, 'call_record_streams', streams);
  return ids.length;
}
