import {
  type Expression,
  type ExpressionBuilder,
  type Kysely,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import { type CallRecordFilter, CallRecordOrderField, type IdentityFilter } from '../domain/filter.js';
import { foldName, identityKey } from '../domain/identity.js';
import { asProbe, compileFilter, contains, inRole, isEmpty, matches, type RecordQuery } from './filter.js';
import type { Readers, Scan } from './readers.js';
import { ORGANIZER, PARTICIPANT, type Tables } from './schema.js';

/** Which records are asked for, and by whom: `visibleTo` is the person whose records alone are visible, null for all. */
export interface Selection {
  filter: CallRecordFilter | null;
  visibleTo: string | null;
}

export type Source = Tables & { r: Tables['call_records']; p: Tables['call_record_people'] };
export type Query<Row> = SelectQueryBuilder<Source, 'r', Row>;

/** More matches than this are found sooner along the order's index than by collecting and sorting them. */
const SELECTIVE_LIMIT = 5_000;

/** A person that every record of the selection must involve, in one of the roles. */
interface Person {
  id: string | RawBuilder<string>;
  roles: number;
}

/** The id of the user at hand in a statement that answers for many. */
export const EACH_USER: Person = { id: sql<string>`u.value`, roles: ORGANIZER | PARTICIPANT };

/**
 * Where the records come from. With a person: a range of that person's calls, newest last. With another identity that
 * few records hold: those records. Else: the order's own index, passing over what does not match.
 */
export async function source(readers: Readers, selection: Selection, order: CallRecordOrderField) {
  const person = findPerson(selection.filter, selection.visibleTo);
  const gathered = person ? null : await findSelective(readers, selection.filter);
  const scan = gathered ? 'range' : scanOf(selection, order);
  const database = readers.readerFor(scan);
  const query = person ? ofPerson(database, selection, person) : filtered(database, selection.filter);
  return {
    query: gathered ? query.where('r.id', 'in', gathered as never) : query,
    byPerson: person !== null && order === CallRecordOrderField.START_DATE_TIME,
    scan,
  };
}

/**
 * What finding a page may pass over: a filter that neither a person bounds, nor ids, nor the order itself may fit hardly
 * any record.
 */
export function scanOf({ filter, visibleTo }: Selection, order: CallRecordOrderField): Scan {
  if (filter === null || filter.id != null || findPerson(filter, visibleTo) !== null) return 'range';
  const members = Object.entries(filter).filter(([, member]) => member != null);
  return members.every(([name]) => name === String(order)) ? 'range' : 'rows';
}

function filtered(database: Kysely<Tables>, filter: CallRecordFilter | null): Query<object> {
  const query = database.selectFrom('call_records as r') as Query<object>;
  return filter ? query.where((expression) => compileFilter(expression as never as RecordQuery, filter)) : query;
}

export function ofPerson(database: Kysely<Tables>, selection: Selection, person: Person): Query<object> {
  const { filter, visibleTo } = selection;
  const query = joinPerson(filtered(database, withoutPerson(filter, person)), person);
  if (visibleTo === null || person.id === identityKey(visibleTo)) return query;
  return query.where((expression) => isPerson(expression, identityKey(visibleTo), ORGANIZER | PARTICIPANT));
}

/** The filter without what the join with the person says already: at the top, and nothing but that id. */
function withoutPerson(filter: CallRecordFilter | null, { id, roles }: Person): CallRecordFilter | null {
  const says = (identity: IdentityFilter | null | undefined, role: number) =>
    roles === role &&
    identity?.id?.length === 1 &&
    isEmpty({ ...identity, id: null }) &&
    identityKey(identity.id[0] as string) === id;
  if (filter && says(filter.participant, PARTICIPANT)) return { ...filter, participant: null };
  if (filter && says(filter.organizer, ORGANIZER)) return { ...filter, organizer: null };
  return filter;
}

function joinPerson(query: Query<object>, person: Person): Query<object> {
  return query
    .innerJoin('call_record_people as p', 'p.record_id', 'r.id')
    .where('p.identity_id', '=', person.id as string)
    .where(sql<SqlBool>`p.roles & ${person.roles} <> 0`);
}

/**
 * The caller whose rows alone are visible, or a person whom the filter asks for. A caller who asks for their own calls
 * in one role is that person in that role: these are visible, too.
 */
function findPerson(filter: CallRecordFilter | null, visibleTo: string | null): Person | null {
  const asked = conjuncts(filter).flatMap(peopleAskedFor);
  if (visibleTo === null) return asked[0] ?? null;
  const caller = identityKey(visibleTo);
  return asked.find(({ id }) => id === caller) ?? { id: caller, roles: ORGANIZER | PARTICIPANT };
}

/** Those of whom the filter wants one, and no other, in a role. */
function peopleAskedFor({ participant, organizer }: CallRecordFilter): Person[] {
  const asked: [IdentityFilter | null | undefined, number][] = [
    [participant, PARTICIPANT],
    [organizer, ORGANIZER],
  ];
  return asked.flatMap(([identity, roles]) => {
    const [id, ...others] = identity?.id ?? [];
    return id === undefined || others.length > 0 ? [] : [{ id: identityKey(id), roles }];
  });
}

function conjuncts(filter: CallRecordFilter | null): CallRecordFilter[] {
  return filter ? [filter, ...(filter.and ?? []).flatMap(conjuncts)] : [];
}

/** The ids of records with an identity that is rare enough to start from; null where none is asked for or it is not. */
async function findSelective(readers: Readers, filter: CallRecordFilter | null) {
  for (const part of conjuncts(filter)) {
    for (const [identity, role] of [
      [part.participant, PARTICIPANT],
      [part.organizer, ORGANIZER],
    ] as const) {
      if (
        !identity ||
        isEmpty(identity) ||
        !(identity.displayName != null || identity.tenantId?.length || identity.id?.length)
      )
        continue;
      // Whether a name holds a part is known once each name has been looked at.
      const database = readers.readerFor(identity.displayName == null ? 'range' : 'rows');
      const ids = database
        .selectFrom('call_record_identities as i')
        .where(startFrom(identity))
        .where(inRole(role))
        .where(matches(identity))
        .select('i.record_id');
      const [row] = await database
        .selectFrom(ids.limit(SELECTIVE_LIMIT + 1).as('matches'))
        .select(sql<number | string>`count(*)`.as('count'))
        .execute();
      if (Number(row?.count) <= SELECTIVE_LIMIT) return ids;
    }
  }
  return null;
}

/** The condition by whose index the matches are found. */
function startFrom(identity: IdentityFilter): Expression<SqlBool> {
  if (identity.id?.length)
    return sql`i.record_id in (select record_id from call_record_people where identity_id in (${sql.join(identity.id.map(identityKey))}))`;
  if (identity.displayName != null && foldName(identity.displayName) !== '') {
    return sql`i.display_name in (select n.display_name from display_names n where ${contains('n.display_name', identity.displayName)})`;
  }
  return sql<SqlBool>`1 = 1`;
}

/** Whether the record involves the person: one probe of the table of people. */
export function isPerson(expression: ExpressionBuilder<Source, 'r'>, id: string, roles: number): Expression<SqlBool> {
  return expression.exists(
    asProbe(
      expression
        .selectFrom('call_record_people as p')
        .select('p.record_id')
        .where('p.identity_id', '=', id)
        .whereRef('p.start_date_time', '=', 'r.start_date_time')
        .whereRef('p.record_id', '=', 'r.id')
        .where(sql<SqlBool>`p.roles & ${roles} <> 0`),
    ),
  );
}
