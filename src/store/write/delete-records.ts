import { type Kysely, sql } from 'kysely';
import { CallRecordsError } from '../../domain/errors.js';
import { deleted } from '../changes/change-log.js';
import { chunksOf } from '../../platform/chunks.js';
import type { Engine } from '../engine/engine.js';
import { forgetIdentities } from './known-identities.js';
import { idsBelow, lockRecords, removeParts } from './record-parts.js';
import type { Tables } from '../rows/tables.js';

type Transaction = Kysely<Tables>;

/** Whether the record in this revision is still the expected one. */
export type IsExpected = (revision: string) => boolean;

/**
 * Deletes a record with all of its rows; false if there was none. `isExpected` is called within the transaction. If it
 * denies, rejects with PRECONDITION_FAILED.
 */
export async function deleteRecord(
  engine: Engine,
  transaction: Transaction,
  id: string,
  isExpected?: IsExpected,
): Promise<boolean> {
  const locked = await lockRecords(engine, transaction, [id]);
  if (locked.size === 0) return false;
  if (isExpected && !isExpected(await revisionOf(transaction, id)))
    throw new CallRecordsError('PRECONDITION_FAILED', 'The record has changed since; read it again.');
  await deleteLocked(engine, transaction, locked);
  return true;
}

/** Deletes records as `deleteRecord` does; resolves to how many there were. */
export async function deleteRecords(engine: Engine, transaction: Transaction, ids: readonly string[]): Promise<number> {
  const locked = await lockRecords(engine, transaction, ids);
  if (locked.size > 0) await deleteLocked(engine, transaction, locked);
  return locked.size;
}

/** The ids of the records that ended before a time, the earliest first. */
export function endedBefore(database: Transaction, end: string, limit: number): Promise<string[]> {
  return idsBelow(database, 'end_date_time', end, limit);
}

async function revisionOf(transaction: Transaction, id: string): Promise<string> {
  const { revision } = await transaction
    .selectFrom('call_records')
    .select(sql<string>`cast(revision as text)`.as('revision'))
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return revision;
}

async function deleteLocked(engine: Engine, transaction: Transaction, locked: Map<string, bigint>): Promise<void> {
  const ids = [...locked.keys()];
  const { identities, before } = await removeParts(engine, transaction, ids);
  for (const some of chunksOf(ids)) await transaction.deleteFrom('call_records').where('id', 'in', some).execute();
  await forgetIdentities(engine, transaction, identities);
  await engine.logChanges(
    transaction,
    [...locked].map(([id, version]) => deleted(id, version, before)),
  );
}
