import type { Kysely } from 'kysely';
import type { AccessPath, Ordered } from './access-path.js';
import { columnsOf, paged, readingDirection } from './keyset.js';
import type { Tables } from '../rows/tables.js';
import type { Query } from '../engine/readers.js';
import { source } from './path-query.js';

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
