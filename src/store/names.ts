import { type Kysely, type RawBuilder, sql } from 'kysely';
import { chunksOf } from './chunks.js';
import type { Engine } from './engine.js';
import type { NamesTable, Tables } from './schema.js';

type Transaction = Kysely<Tables>;

/** A name as an identity bore it in a record, with the start of that record. */
export interface RemovedName extends NamesTable {
  start_date_time: string;
}

/** A name is personal data: it goes with the last record in which the identity bears it. */
export async function forgetNames(engine: Engine, transaction: Transaction, names: RemovedName[]): Promise<void> {
  for (const some of chunksOf(names)) {
    // Of two who remove the last two records at once, each would see the other's, and the name would stay for good.
    await engine.awaitForgetting(transaction, some);
    const unheld = await namesHeldByNobody(transaction, some);
    if (unheld.length === 0) continue;
    // Those that got hold of one meanwhile are waited for, and then it stays.
    await engine.claimNames(transaction, unheld);
    const forgotten = engine.hasOneWriter ? unheld : await namesHeldByNobody(transaction, unheld);
    if (forgotten.length === 0) continue;
    const pairs = forgotten.map(({ identity_id, display_name }) => sql`(${identity_id}, ${display_name})`);
    await sql`delete from identity_names where (identity_id, display_name) in (values ${sql.join(pairs)})`.execute(
      transaction,
    );
  }
}

/**
 * Those that no record holds. It is looked for from the record on that is gone, to both sides: who changes a name bears the
 * one for years and then the other, and all records with the first may have to be passed over to come to the second.
 */
async function namesHeldByNobody(transaction: Transaction, names: readonly RemovedName[]): Promise<RemovedName[]> {
  const values = names.map((name) => sql`(${name.identity_id}, ${name.display_name}, ${name.start_date_time})`);
  const { rows } = await sql<RemovedName>`
    with n (identity_id, display_name, start_date_time) as (values ${sql.join(values)})
    select n.identity_id, n.display_name, n.start_date_time from n
    where coalesce(${holder('>=', 'asc')}, ${holder('<', 'desc')}, ${HOLDER_WITHOUT_ID}) is null`.execute(transaction);
  return rows;
}

/** The nearest record, in that direction, in which the identity bears the name. */
function holder(operator: '>=' | '<', direction: 'asc' | 'desc'): RawBuilder<string> {
  return sql`(
    select p.record_id from call_record_people p
    where p.identity_id = n.identity_id and p.start_date_time ${sql.raw(operator)} n.start_date_time and exists (
      select 1 from call_record_identities i
      where i.record_id = p.record_id and i.identity_id = p.identity_id and i.display_name = n.display_name limit 1 offset 0)
    order by p.start_date_time ${sql.raw(direction)} limit 1)`;
}

const HOLDER_WITHOUT_ID = sql`(
  select i.record_id from call_record_identities i
  where n.identity_id = '' and i.identity_id is null and i.display_name = n.display_name limit 1)`;
