import { sql } from 'kysely';
import type { Engine } from './engine.js';
import type { ChangeKind } from './schema.js';

/** A change of a record. Numbers grow in the order of the log and are not reused. */
export interface Change {
  sequence: bigint;
  recordId: string;
  kind: ChangeKind;
}

/** The changes after a number, oldest first. */
export async function readChanges(engine: Engine, after: bigint | null, limit: number): Promise<Change[]> {
  await engine.numberChanges();
  const rows = await engine.reader
    .selectFrom('call_record_changes')
    .select([sql<string>`cast(sequence as text)`.as('number'), 'record_id', 'kind'])
    .where('sequence', '>', (after ?? 0n) as never)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows.map(({ number, record_id, kind }) => ({ sequence: BigInt(number), recordId: record_id, kind }));
}
