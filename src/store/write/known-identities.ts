import { type Kysely, type RawBuilder, sql } from 'kysely';
import { chunksOf } from '../../platform/chunks.js';
import { compareText } from '../../platform/compare-text.js';
import type { Engine } from '../engine/engine.js';
import { SAME_NAMES } from '../query/identity-matches.js';
import { INVOLVED, type KnownIdentity, type Tables } from '../rows/tables.js';

type Transaction = Kysely<Tables>;

/** An identity as it stood in a record, with the start of that record. */
export interface RemovedIdentity extends KnownIdentity {
  start_date_time: string;
}

const KEY = ['identity_id', 'kind', 'display_name', 'user_principal_name'] as const satisfies (keyof KnownIdentity)[];

/** The key of an identity with its names, in whatever record they stood. */
export function knownKey(known: KnownIdentity): string {
  return `${known.identity_id}\0${known.kind}\0${known.display_name}\0${known.user_principal_name}`;
}

/** Each identity once, in the order of the key. */
export function distinctKnown<Known extends KnownIdentity>(known: readonly Known[]): Known[] {
  const byKey = new Map(known.map((one) => [knownKey(one), one]));
  return [...byKey].sort(([a], [b]) => compareText(a, b)).map(([, one]) => one);
}

const keyColumns = sql.raw(KEY.join(', '));

/** Names and ids are personal data. They are removed with the last record that holds the identity with these names. */
export async function forgetIdentities(
  engine: Engine,
  transaction: Transaction,
  removed: RemovedIdentity[],
): Promise<void> {
  for (const some of chunksOf(removed)) {
    // If two transactions removed the last two records at once, each would see the other's record, and the name would
    // stay for good.
    await engine.awaitForgetting(transaction, some);
    const unheld = await heldByNobody(transaction, some);
    if (unheld.length === 0) continue;
    // Waits for transactions that have claimed one of these meanwhile: that one stays.
    await engine.claimKnown(transaction, unheld);
    const forgotten = engine.hasOneWriter ? unheld : await heldByNobody(transaction, unheld);
    if (forgotten.length === 0) continue;
    const keys = forgotten.map((one) => sql`(${sql.join(KEY.map((column) => one[column]))})`);
    await sql`delete from known_identities where (${keyColumns}) in (values ${sql.join(keys)})`.execute(transaction);
    const people = forgotten.map(({ identity_id, kind }) => sql`(${identity_id}, ${kind})`);
    await sql`delete from tallied_people where (identity_id, kind) in (values ${sql.join(people)}) and not exists (
      select 1 from known_identities as k where k.identity_id = tallied_people.identity_id and k.kind = tallied_people.kind)`.execute(
      transaction,
    );
  }
}

/**
 * The identities that no record holds. It searches outwards in time from the removed record: after a change of names, a
 * search from one end passes years of records with the other names.
 */
async function heldByNobody(transaction: Transaction, removed: readonly RemovedIdentity[]): Promise<RemovedIdentity[]> {
  const values = removed.map((one) => sql`(${sql.join([...KEY.map((column) => one[column]), one.start_date_time])})`);
  const { rows } = await sql<RemovedIdentity>`
    with n (${keyColumns}, start_date_time) as (values ${sql.join(values)})
    select ${sql.raw(KEY.map((column) => `n.${column}`).join(', '))}, n.start_date_time from n
    where coalesce(${holder('>=', 'asc')}, ${holder('<', 'desc')}, ${NAMED_WITHOUT_ID}, ${SIGNED_IN_WITHOUT_ID}) is null
  `.execute(transaction);
  return rows;
}

/** The nearest record in that direction that holds the identity with these names. */
function holder(operator: '>=' | '<', direction: 'asc' | 'desc'): RawBuilder<string> {
  return sql`(
    select p.record_id from call_record_people p
    where p.identity_id = n.identity_id and p.roles & ${sql.lit(INVOLVED)} <> 0 and p.start_date_time ${sql.raw(operator)} n.start_date_time and exists (
      select 1 from call_record_identities i
      where i.record_id = p.record_id and i.identity_id = p.identity_id and ${SAME_NAMES} limit 1 offset 0)
    order by p.start_date_time ${sql.raw(direction)} limit 1)`;
}

/** Identities without an id are found by name, which is indexed, or by sign-in name. */
const NAMED_WITHOUT_ID = sql`(
  select i.record_id from call_record_identities i
  where n.identity_id = '' and n.display_name <> '' and i.identity_id is null and i.display_name = n.display_name
    and ${SAME_NAMES} limit 1)`;

const SIGNED_IN_WITHOUT_ID = sql`(
  select i.record_id from call_record_identities i
  where n.identity_id = '' and n.display_name = '' and i.identity_id is null
    and i.user_principal_name = n.user_principal_name and ${SAME_NAMES} limit 1)`;
