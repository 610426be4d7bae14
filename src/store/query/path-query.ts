import type { Query } from '../engine/readers.js';
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import { CallRecordOrderField } from '../../domain/filter.js';
import { identityKey } from '../../domain/identity.js';
import {
  type AskedIdentity,
  conjuncts,
  findCandidates,
  isPersonAlone,
  type Person,
  type Selection,
  withoutIdentity,
  withoutPerson,
} from './index-conditions.js';
import { type Along, COLUMNS, ORDER_FIELDS } from './order-columns.js';
import { compileFilter, type IndexedFields, inRange, involves, type RecordQuery } from './compile-filter.js';
import { holdersOf } from './identity-matches.js';
import { IN_TROUBLE } from '../rows/quality-columns.js';
import { INVOLVED, type Tables } from '../rows/tables.js';

/** From where records are read: the order's own index, or a candidate at a place among those of its kind. */
export interface Start {
  from: 'order' | 'ids' | 'url' | 'people' | 'identities' | 'ranges' | 'trouble';
  place: number;
  along: Along;
  /** By what the records of a person's calls are found. */
  callsBy: CallsBy;
}

/**
 * By id where nothing but the call itself is looked at, or in the index by start, which holds what filters and orders look
 * at, as near to the entry before as one call is to the next.
 */
export type CallsBy = 'id' | 'start';

/** The id of the user at hand in a statement that answers for many. */
export const EACH_USER: Person = { id: sql<string>`u.value`, roles: INVOLVED };

/**
 * The records of a selection, read from a start. Written so that no other plan is possible: what an index is not meant to
 * find or to order is hidden from it. `order` is null where the records come in none.
 */
export function source(
  database: Kysely<Tables>,
  selection: Selection,
  { from, place, along, callsBy }: Start,
  order: CallRecordOrderField | null,
): Query<object> {
  const { people, identities, ranges } = findCandidates(selection, order);
  if (from === 'people') return ofPerson(database, selection, people[place] as Person, callsBy);
  const indexed: IndexedFields = order === null ? ORDER_FIELDS : along === 'order' ? [order] : [];
  if (from === 'ranges')
    return visible(filtered(database, selection, [ranges[place] as CallRecordOrderField]), selection);
  if (from === 'trouble') return filtered(database, selection, indexed).where(IN_TROUBLE);
  if (from !== 'identities') return visible(filtered(database, selection, indexed), selection);
  const asked = identities[place] as AskedIdentity;
  const rest = filtered(database, { ...selection, filter: withoutIdentity(selection.filter, asked) }, indexed);
  return visible(rest, selection).where('r.id', 'in', holdersOf(database, asked) as never);
}

function filtered(
  database: Kysely<Tables>,
  { filter, visibleTo }: Pick<Selection, 'filter' | 'visibleTo'>,
  indexed: IndexedFields,
): Query<object> {
  const query = database.selectFrom('call_records as r') as Query<object>;
  return filter
    ? query.where((expression) => compileFilter(expression as never as RecordQuery, filter, { indexed, visibleTo }))
    : query;
}

/** Of the records, those that the selection lets be seen. */
export function visible(query: Query<object>, { visibleTo }: Pick<Selection, 'visibleTo'>): Query<object> {
  if (visibleTo === null) return query;
  return query.where((expression) => involves(expression as never as RecordQuery, [identityKey(visibleTo)], INVOLVED));
}

/** Those of a person, from the range of that person's calls. */
export function ofPerson(
  database: Kysely<Tables>,
  selection: Selection,
  person: Person,
  callsBy: CallsBy,
): Query<object> {
  const query = filtered(database, { ...selection, filter: withoutPerson(selection.filter, person) }, [])
    .innerJoin('call_record_people as p', (join) =>
      callsBy === 'id'
        ? join.onRef('p.record_id', '=', 'r.id')
        : // The id is said such that its own index is of no use.
          join
            .onRef('p.start_date_time', '=', 'r.start_date_time')
            .on(sql<SqlBool>`r.id between p.record_id and p.record_id`),
    )
    .where('p.identity_id', '=', person.id as string)
    .where(sql<SqlBool>`p.roles & ${person.roles} <> 0`)
    .where((expression) => expression.and(startsInRange(selection)));
  return selection.visibleTo === null || person.id === identityKey(selection.visibleTo)
    ? query
    : visible(query, selection);
}

/** What a selection says of the start, as conditions on the index of a person's calls. */
export function startsInRange({ filter }: Selection): Expression<SqlBool>[] {
  const start = CallRecordOrderField.START_DATE_TIME;
  return conjuncts(filter).flatMap((part) => inRange(start, part, sql.ref(`p.${COLUMNS[start]}`)));
}

/** How many records a person's index alone counts; null if more than the person is asked for. */
export function countOfPerson(database: Kysely<Tables>, selection: Selection, person: Person) {
  if (!isPersonAlone(selection, person)) return null;
  return database
    .selectFrom('call_record_people as p')
    .where('p.identity_id', '=', person.id as string)
    .where(sql<SqlBool>`p.roles & ${person.roles} <> 0`)
    .where((expression) => expression.and(startsInRange(selection)));
}
