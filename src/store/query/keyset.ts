import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import { type CallRecordOrder, CallRecordOrderField, OrderDirection } from '../../domain/filter.js';
import type { PageRequest, Position } from '../../domain/page.js';
import { type Along, COLUMNS, indexedColumn, plainColumn } from './order-columns.js';
import type { Query } from '../engine/readers.js';

/** A page in an order, and the index that gives that order. */
export interface Keyset {
  order: CallRecordOrder;
  page: PageRequest;
  along: Along;
}

/** The query limited to the page and one record more. That record tells whether there are more. */
export function paged(query: Query<object>, keyset: Keyset): Query<object> {
  const { after, before, limit } = keyset.page;
  const descending = keyset.order.direction === OrderDirection.DESC;
  let bounded = query;
  if (after) bounded = bounded.where(compareTo(keyset, descending ? '<' : '>', after));
  if (before) bounded = bounded.where(compareTo(keyset, descending ? '>' : '<', before));
  return inOrder(bounded, keyset, readingDirection(keyset)).limit(limit + 1);
}

/** The query limited to one record outside the page: before its start, or after its end. */
export function outside(query: Query<object>, keyset: Keyset, edge: Position): Query<object> {
  const isUp = readingDirection(keyset) === 'desc';
  const beyond = query.where(compareTo(keyset, isUp ? '>=' : '<=', edge));
  // In order: otherwise the search might begin at the end that is far from the edge.
  return inOrder(beyond, keyset, isUp ? 'asc' : 'desc').limit(1);
}

function inOrder(query: Query<object>, keyset: Keyset, direction: 'asc' | 'desc'): Query<object> {
  const { column, id } = columnsOf(keyset);
  return query.orderBy(column, direction).orderBy(id, direction);
}

/** The direction in which a page is read. A page from the end is read backwards. */
export function readingDirection({ order, page }: Omit<Keyset, 'along'>): 'asc' | 'desc' {
  return (order.direction === OrderDirection.DESC) === page.fromEnd ? 'asc' : 'desc';
}

/** The columns of an order. */
export function columnsOf({ order, along }: Keyset): { column: RawBuilder<string>; id: RawBuilder<string> } {
  if (along === 'person') return { column: sql.ref(`p.${COLUMNS[order.field]}`), id: sql.ref('p.record_id') };
  return { column: along === 'order' ? indexedColumn(order.field) : plainColumn(order.field), id: sql.ref('r.id') };
}

function compareTo(keyset: Keyset, operator: '<' | '>' | '<=' | '>=', position: Position): Expression<SqlBool> {
  const { column, id } = columnsOf(keyset);
  const value = keyset.order.field === CallRecordOrderField.DURATION ? BigInt(position.value) : position.value;
  return sql`(${column}, ${id}) ${sql.raw(operator)} (${value}, ${position.id})`;
}
