import { type Expression, type SqlBool, sql } from 'kysely';
import { type CallRecordOrder, CallRecordOrderField, OrderDirection } from '../domain/filter.js';
import type { PageRequest, Position } from '../domain/page.js';
import type { Query } from './source.js';

/** The column behind each order; with the id it is unique, and an index. */
export const COLUMNS = {
  [CallRecordOrderField.START_DATE_TIME]: 'start_date_time',
  [CallRecordOrderField.END_DATE_TIME]: 'end_date_time',
  [CallRecordOrderField.LAST_MODIFIED_DATE_TIME]: 'last_modified_date_time',
  [CallRecordOrderField.DURATION]: 'duration_ticks',
} as const;

/** A page in an order, and whether the person's own index, which is in order of start, gives it. */
export interface Keyset {
  order: CallRecordOrder;
  page: PageRequest;
  byPerson: boolean;
}

/** The query cut to the page and one record more, which tells whether there are more. */
export function paged(query: Query<object>, keyset: Keyset): Query<object> {
  const { after, before, limit } = keyset.page;
  const descending = keyset.order.direction === OrderDirection.DESC;
  let bounded = query;
  if (after) bounded = bounded.where(compareTo(keyset, descending ? '<' : '>', after));
  if (before) bounded = bounded.where(compareTo(keyset, descending ? '>' : '<', before));
  const { column, id } = columnsOf(keyset);
  const direction = readingDirection(keyset);
  return bounded
    .orderBy(sql.ref(column), direction)
    .orderBy(sql.ref(id), direction)
    .limit(limit + 1);
}

/** A page from the end is read backwards. */
export function readingDirection({ order, page }: Omit<Keyset, 'byPerson'>): 'asc' | 'desc' {
  return (order.direction === OrderDirection.DESC) === page.fromEnd ? 'asc' : 'desc';
}

/** The records on the far side of a page: those before what it starts after, or after what it ends before. */
export function isOutside(keyset: Keyset, edge: Position): Expression<SqlBool> {
  return compareTo(keyset, readingDirection(keyset) === 'desc' ? '>=' : '<=', edge);
}

function columnsOf({ order, byPerson }: Keyset): { column: string; id: string } {
  return { column: `${byPerson ? 'p' : 'r'}.${COLUMNS[order.field]}`, id: byPerson ? 'p.record_id' : 'r.id' };
}

function compareTo(keyset: Keyset, operator: '<' | '>' | '<=' | '>=', position: Position): Expression<SqlBool> {
  const { column, id } = columnsOf(keyset);
  const value = keyset.order.field === CallRecordOrderField.DURATION ? BigInt(position.value) : position.value;
  return sql`(${sql.ref(column)}, ${sql.ref(id)}) ${sql.raw(operator)} (${value}, ${position.id})`;
}
