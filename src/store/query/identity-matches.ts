import { type Expression, type Kysely, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { IdentityFilter } from '../../domain/filter.js';
import { foldName, identityKey } from '../../domain/identity.js';
import { type AskedIdentity, hasSignInName, isNamed } from './index-conditions.js';
import { asProbe, contains, inRole, isIdsAlone, matches } from './compile-filter.js';
import { INVOLVED, type Tables } from '../rows/tables.js';

type Aliased = Tables & { p: Tables['call_record_people']; i: Tables['call_record_identities'] };
type Rows = SelectQueryBuilder<Aliased, 'p' | 'i', object>;

/** The rows to which indexes lead from an identity: calls of people, not all of which need match, and identities. */
interface Entries {
  calls: Rows | null;
  identities: Rows | null;
}

function entriesOf(database: Kysely<Tables>, identity: IdentityFilter): Entries {
  const callsOf = (ids: Expression<unknown>) =>
    database
      .selectFrom('call_record_people as p')
      .where(sql<SqlBool>`p.identity_id in ${ids} and p.roles & ${sql.lit(INVOLVED)} <> 0`) as never as Rows;
  const those = (condition: Expression<SqlBool>) =>
    database.selectFrom('call_record_identities as i').where(condition) as never as Rows;
  if (identity.id?.length)
    return { calls: callsOf(sql`(${sql.join(identity.id.map(identityKey))})`), identities: null };
  const known = database.selectFrom('known_identities as n').select('n.identity_id');
  if (hasSignInName(identity)) {
    const signInName = foldName(identity.userPrincipalName as string);
    return {
      calls: callsOf(known.where('n.user_principal_name', '=', signInName).where('n.user_principal_name', '<>', '')),
      identities: those(sql`i.identity_id is null and i.user_principal_name = ${signInName}`),
    };
  }
  if (!isNamed(identity)) {
    const tenants = (identity.tenantId ?? []).map(identityKey);
    return { calls: null, identities: those(sql`i.tenant_id in (${sql.join(tenants)})`) };
  }
  // The index of names leaves out identities without a name.
  const fits = sql<SqlBool>`(n.display_name <> '' and ${contains('n.display_name', identity.displayName as string)})`;
  const withoutId = known.where('n.identity_id', '=', '').where(fits).clearSelect().select('n.display_name');
  return {
    calls: callsOf(known.where(fits)),
    identities: those(sql`i.identity_id is null and i.display_name in ${withoutId}`),
  };
}

/** One row for each entry that an index finds for an identity in any role, up to the limit. */
export function entriesUpTo(database: Kysely<Tables>, identity: IdentityFilter, limit: number) {
  const { calls, identities } = entriesOf(database, identity);
  const one = sql<number>`1`.as('one');
  return united(calls?.select(one), identities?.select(one)).limit(sql.lit(limit));
}

/** The ids of the records that hold such an identity in its role, found by an index. */
export function holdersOf(database: Kysely<Tables>, { identity, role }: AskedIdentity) {
  const { calls, identities } = entriesOf(database, identity);
  // Hides the condition from all other indexes.
  const matching = sql<SqlBool>`case when ${matches(identity)} then 1 else 0 end = 1`;
  const inRecord = database
    .selectFrom('call_record_identities as i')
    .where(sql<SqlBool>`i.record_id = p.record_id and i.identity_id = p.identity_id`)
    .where(inRole(role))
    .where(matching)
    .select(sql<number>`1`.as('one'));
  const called = calls?.where(sql<SqlBool>`p.roles & ${role} <> 0`).select('p.record_id');
  return united(
    isIdsAlone(identity) ? called : called?.where((where) => where.exists(asProbe(inRecord))),
    identities?.where(inRole(role)).where(matching).select('i.record_id'),
  );
}

function united<Row>(
  calls: SelectQueryBuilder<Aliased, 'p' | 'i', Row> | undefined,
  identities: SelectQueryBuilder<Aliased, 'p' | 'i', Row> | undefined,
): SelectQueryBuilder<Aliased, 'p' | 'i', Row> {
  return calls && identities ? calls.unionAll(identities) : ((calls ?? identities) as typeof calls & object);
}

/** Whether `call_record_identities as i` has the names of `n`. */
export const SAME_NAMES = sql`
  i.kind = n.kind and coalesce(i.display_name, '') = n.display_name
  and coalesce(i.user_principal_name, '') = n.user_principal_name`;
