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

/** How the records of a list are found: by the index of the order, or by a candidate. */
export type Found =
  | { from: 'order' | 'ids' | 'url' | 'trouble' }
  | { from: 'person'; person: Person; callsBy: CallsBy }
  | { from: 'identity'; identity: AskedIdentity }
  | { from: 'range'; field: CallRecordOrderField };

/** How records are read: from which start, and in the order of which index. */
export type Start = Found & { along: Along };

/** The way to the records of a list: its start, and how much it may pass over. */
export type AccessPath = Start & {
  scan: Scan;
  /** Whether index entries are limited to the page before records are read: entries are sorted, or many passed over. */
  entriesFirst: boolean;
};

export type Ordered = Selection & Omit<Keyset, 'along'>;

/**
 * By id if only the call itself is looked at. Otherwise by the index by start, which holds the columns of filters and
 * orders. In it, entries of calls that are close in time are close to each other.
 */
export type CallsBy = 'id' | 'start';

/** The current user, in a statement that answers for many users. */
export const EACH_USER: Person = { id: sql<string>`u.value`, roles: INVOLVED };

/** The records of a page, in its order, by the chosen way. */
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
 * The records of a selection, read from a start. It leaves the database no other plan: conditions are hidden from all
 * indexes that should not find or sort by them. `order` is null if the records come in no order.
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

/** Limits a query to the records that the selection makes visible. */
export function visible(query: Query<object>, { visibleTo }: Pick<Selection, 'visibleTo'>): Query<object> {
  if (visibleTo === null) return query;
  return query.where((expression) => involves(expression as never as RecordQuery, [identityKey(visibleTo)], INVOLVED));
}

/** The records of a person, from the range of that person's calls. */
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
        : // Hides the id from its own index.
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

/** The range of a selection for the start, as conditions on the index of a person's calls. */
export function startsInRange({ filter }: Selection): Expression<SqlBool>[] {
  const start = CallRecordOrderField.START_DATE_TIME;
  return conjuncts(filter).flatMap((part) => inRange(start, part, sql.ref(`p.${COLUMNS[start]}`)));
}

/** The count of a person's records, from that person's index alone; null if the selection has other conditions. */
export function countOfPerson(database: Kysely<Tables>, selection: Selection, person: Person) {
  if (!isPersonAlone(selection, person)) return null;
  return database
    .selectFrom('call_record_people as p')
    .where('p.identity_id', '=', sql<string>`${person.id}`)
    .where(sql<SqlBool>`p.roles & ${person.roles} <> 0`)
    .where((expression) => expression.and(startsInRange(selection)));
}
