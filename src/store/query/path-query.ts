import type { Query, Scan } from '../engine/readers.js';
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import { CallRecordOrderField } from '../../domain/filter.js';
import { identityKey } from '../../domain/identity.js';
import {
  type AskedIdentity,
  conjuncts,
  isPersonAlone,
  type Person,
  type Selection,
  withoutIdentity,
  withoutPerson,
} from './index-conditions.js';
import { type Along, COLUMNS, ORDER_FIELDS } from './order-columns.js';
import { compileFilter, type IndexedFields, inRange, involves, type RecordQuery } from './compile-filter.js';
import { holdersOf } from './identity-matches.js';
import { columnsOf, type Keyset, paged, readingDirection } from './keyset.js';
import { IN_TROUBLE } from '../rows/quality-columns.js';
import { INVOLVED, type Tables } from '../rows/tables.js';

/** What finds the records of a list: the index of the order, or a candidate, which comes along. */
export type Found =
  | { from: 'order' | 'ids' | 'url' | 'trouble' }
  | { from: 'person'; person: Person; callsBy: CallsBy }
  | { from: 'identity'; identity: AskedIdentity }
  | { from: 'range'; field: CallRecordOrderField };

/** How records are read: from where, and what gives them in order. */
export type Start = Found & { along: Along };

/** How the records of a list are found: from where, and what it may pass over. */
export type AccessPath = Start & {
  scan: Scan;
  /** Whether index entries are cut to the page before records are read, as they are sorted, or many are passed over. */
  entriesFirst: boolean;
};

export type Ordered = Selection & Omit<Keyset, 'along'>;

/**
 * By id where only the call itself is looked at. Else by the index by start, which holds what filters and orders look
 * at: there its entry is as near to the one before as the calls are to each other.
 */
export type CallsBy = 'id' | 'start';

/** The id of the user at hand in a statement that answers for many. */
export const EACH_USER: Person = { id: sql<string>`u.value`, roles: INVOLVED };

/** The records of a page, in its order, by the way chosen. */
export function recordsOfPage(database: Kysely<Tables>, list: Ordered, path: AccessPath): Query<object> {
  const keyset = { ...list, along: path.along };
  const page = paged(source(database, list, path, list.order.field), keyset);
  if (!path.entriesFirst) return page;
  const { column, id } = columnsOf(keyset);
  const direction = readingDirection(list);
  return database
    .selectFrom(page.select([id.as('id'), column.as('value')]).as('page'))
    .innerJoin('call_records as r', 'r.id', 'page.id')
    .orderBy('page.value', direction)
    .orderBy('page.id', direction);
}

/**
 * The records of a selection, read from a start. Written so that no other plan is possible: what an index is not meant to
 * find or to order is hidden from it. `order` is null where the records come in none.
 */
export function source(
  database: Kysely<Tables>,
  selection: Selection,
  start: Start,
  order: CallRecordOrderField | null,
): Query<object> {
  if (start.from === 'person') return ofPerson(database, selection, start.person, start.callsBy);
  if (start.from === 'range') return visible(filtered(database, selection, [start.field]), selection);
  const indexed: IndexedFields = order === null ? ORDER_FIELDS : start.along === 'order' ? [order] : [];
  if (start.from === 'trouble') return filtered(database, selection, indexed).where(IN_TROUBLE);
  if (start.from !== 'identity') return visible(filtered(database, selection, indexed), selection);
  const filter = withoutIdentity(selection.filter, start.identity);
  return visible(filtered(database, { ...selection, filter }, indexed), selection).where(
    sql<SqlBool>`r.id in ${holdersOf(database, start.identity)}`,
  );
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
    .where('p.identity_id', '=', sql<string>`${person.id}`)
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
    .where('p.identity_id', '=', sql<string>`${person.id}`)
    .where(sql<SqlBool>`p.roles & ${person.roles} <> 0`)
    .where((expression) => expression.and(startsInRange(selection)));
}
