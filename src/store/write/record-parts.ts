import { type Kysely, sql } from 'kysely';
import type { Before } from '../changes/change-log.js';
import { chunksOf } from '../../platform/chunks.js';
import { compareText } from '../../platform/compare-text.js';
import type { Engine, RowKey } from '../engine/engine.js';
import { distinctKnown, type RemovedIdentity } from './known-identities.js';
import { IN_SESSION, type Tables } from '../rows/tables.js';
import { markUnsummed } from '../rows/unsummed.js';

type Transaction = Kysely<Tables>;

/** The removed parts of records: identities, each once, and the people in each record. */
export interface RemovedParts {
  identities: RemovedIdentity[];
  before: Before;
}

/** The ids of up to so many records with a column below a value, the lowest first, by the column's index. */
export async function idsBelow(
  database: Kysely<Tables>,
  column: 'end_date_time' | 'quality_rules',
  value: string | number,
  limit: number,
): Promise<string[]> {
  const rows = await database
    .selectFrom('call_records')
    .select('id')
    .where(column, '<', value)
    .orderBy(column)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Removes the rows of all parts of records; the records' own rows stay. */
export async function removeParts(
  engine: Engine,
  transaction: Transaction,
  ids: readonly string[],
): Promise<RemovedParts> {
  engine.endFilling?.(false);
  const identities: RemovedIdentity[] = [];
  const before = new Map<string, Set<string>>();
  for (const some of chunksOf(ids)) {
    for (const { record_id, ...identity } of await removeSomeParts(engine, transaction, some)) {
      identities.push(identity);
      if (identity.identity_id === '') continue;
      const people = before.get(record_id);
      if (people) people.add(identity.identity_id);
      else before.set(record_id, new Set([identity.identity_id]));
    }
  }
  return { identities: distinctKnown(identities), before };
}

async function removeSomeParts(
  engine: Engine,
  transaction: Transaction,
  ids: readonly string[],
): Promise<(RemovedIdentity & { record_id: string })[]> {
  const removed = await transaction
    .selectFrom('call_record_identities as i')
    .innerJoin('call_records as r', 'r.id', 'i.record_id')
    .select(['i.record_id', 'i.kind', 'r.start_date_time'])
    .select(
      (['identity_id', 'display_name', 'user_principal_name'] as const).map((column) =>
        sql<string>`coalesce(${sql.ref(`i.${column}`)}, '')`.as(column),
      ),
    )
    .where('i.record_id', 'in', ids)
    .execute();
  await markUnsummed(transaction, ids);
  await engine.removeRows(transaction, 'call_record_people', peopleIn(removed));
  await sql`
    delete from call_record_people where record_id in (${sql.join(ids)}) and (roles & ${sql.lit(IN_SESSION)}) <> 0
  `.execute(transaction);
  await transaction.deleteFrom('call_record_identities').where('record_id', 'in', ids).execute();
  await transaction.deleteFrom('call_record_sessions').where('record_id', 'in', ids).execute();
  await transaction.deleteFrom('call_record_streams').where('record_id', 'in', ids).execute();
  return removed;
}

/** The keys of the rows of people in records, in their order; some of these have no row. */
function peopleIn(removed: readonly (RemovedIdentity & { record_id: string })[]): RowKey[] {
  const keys = removed.map(({ identity_id, start_date_time, record_id }) => ({
    identity_id,
    start_date_time,
    record_id,
  }));
  const byText = new Map(keys.map((key) => [Object.values(key).join('\0'), key]));
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, key]) => key);
}

/** The records that exist, with their versions. No other transaction can change them before this one ends. */
export async function lockRecords(
  engine: Engine,
  transaction: Transaction,
  ids: readonly string[],
): Promise<Map<string, bigint>> {
  const locked = new Map<string, bigint>();
  // In the order of ids, so that two transactions that lock several records never wait for each other.
  for (const some of chunksOf([...ids].sort(compareText))) {
    const rows = transaction
      .selectFrom('call_records')
      .select(['id', sql<string>`cast(version as text)`.as('version')])
      .where('id', 'in', some)
      .orderBy('id');
    for (const { id, version } of await engine.dialect.forUpdate(rows).execute()) locked.set(id, BigInt(version));
  }
  return locked;
}
