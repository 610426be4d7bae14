import { setImmediate as turn } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { CallRecord } from '../../domain/call-record.js';
import { type CallRecordOrder, CallRecordOrderField } from '../../domain/filter.js';
import { RECORDS_A_TURN } from '../../domain/limits.js';
import type { PageRequest, Position } from '../../domain/page.js';
import { chooseCountPath, choosePath } from './access-path.js';
import { isPersonAlone, type Selection } from './index-conditions.js';
import { chunksOf } from '../../platform/chunks.js';
import { COLUMNS } from './order-columns.js';
import type { Dialect, Engine } from '../engine/engine.js';
import { type Keyset, outside, paged, readingDirection } from './keyset.js';
import type { Query, Readers } from '../engine/readers.js';
import { asShown, type Column, type RecordRow, toCallRecord } from '../rows/row-mapping.js';
import type { Tables } from '../rows/tables.js';
import {
  type CallsBy,
  countOfPerson,
  EACH_USER,
  ofPerson,
  type Ordered,
  recordsOfPage,
  source,
  visible,
} from './path-query.js';

export interface ListQuery extends Selection {
  order: CallRecordOrder;
  page: PageRequest;
  /** The columns to read. A page without people has a fraction of the bytes. */
  columns: readonly Column[];
}

export interface Page {
  records: CallRecord[];
  /** The position of each record in the order, for cursors. */
  positions: Position[];
  /** Whether there are more records beyond the page, in the direction of the read. */
  hasMore: boolean;
}

/** One page: a keyset range of an index, however deep it lies. */
export async function listRecords(readers: Readers, list: ListQuery): Promise<Page> {
  return toPage(await readRows(await pageQuery(readers, list), list), list);
}

/** The query of a page, by the way of bounded cost. */
export async function pageQuery(readers: Readers, list: Ordered): Promise<Query<object>> {
  const path = await choosePath(readers, list);
  return recordsOfPage(readers.readerFor(path.scan, list.asker), list, path);
}

/** Makes a page of the rows. The row beyond the page only tells that there are more. */
function toPage(rows: RecordRow[], { page, order }: ListQuery): Page {
  const shown = rows.slice(0, page.limit);
  if (page.fromEnd) shown.reverse();
  const orderedBy = COLUMNS[order.field];
  return {
    records: shown.map(toCallRecord),
    positions: shown.map((row) => ({ value: row[orderedBy], id: row.id })),
    hasMore: rows.length > page.limit,
  };
}

/** Whether there are records outside a page: before its start, or after its end. */
export async function hasOutside(readers: Readers, list: ListQuery, edge: Position): Promise<boolean> {
  // The page that begins at the edge, in the other direction.
  const fromEnd = !list.page.fromEnd;
  const page = { limit: 0, fromEnd, after: fromEnd ? null : edge, before: fromEnd ? edge : null };
  const path = await choosePath(readers, { ...list, page });
  const query = source(readers.readerFor(path.scan, list.asker), list, path, list.order.field);
  const beyond = outside(query, { ...list, along: path.along }, edge).select(sql<number>`1`.as('one'));
  return (await beyond.execute()).length > 0;
}

/** How many records match. */
export async function countRecords(readers: Readers, selection: Selection): Promise<number> {
  const path = await chooseCountPath(readers, selection);
  const database = readers.readerFor(path.scan, selection.asker);
  const own = path.from === 'person' ? countOfPerson(database, selection, path.person) : null;
  const count = sql<number | string>`count(*)`.as('count');
  const counted = own ? own.select(count) : source(database, selection, path, null).select(count);
  const [row] = await counted.execute();
  return Number(row?.count ?? 0);
}

/**
 * Records by id, in one statement for each 10,000. Records that do not exist, or that the person may not see, are
 * absent.
 */
export async function findRecords(
  database: Kysely<Tables>,
  ids: readonly string[],
  visibleTo: string | null,
  columns: readonly Column[],
): Promise<Map<string, CallRecord>> {
  const records = new Map<string, CallRecord>();
  for (const some of chunksOf(ids)) {
    for (const row of await readRows(byIds(database, some, visibleTo), { columns, visibleTo }))
      records.set(row.id, toCallRecord(row));
  }
  return records;
}

export function byIds(database: Kysely<Tables>, ids: readonly string[], visibleTo: string | null): Query<object> {
  return visible(database.selectFrom('call_records as r').where('r.id', 'in', ids), { visibleTo });
}

async function readRows<More = unknown>(
  query: Query<object>,
  { columns, visibleTo }: Pick<ListQuery, 'columns' | 'visibleTo'>,
): Promise<(RecordRow & More)[]> {
  return (await query.select(asShown(columns, visibleTo)).execute()) as (RecordRow & More)[];
}

/** Records that are read before other work has its turn: some milliseconds. */
const RECORDS_AT_ONCE = 1_000;

/** The same page for each of many users, in one statement for any number of them. */
export async function listRecordsOfUsers(
  engine: Engine,
  users: readonly string[],
  list: ListQuery,
): Promise<Map<string, Page>> {
  const isMany = users.length * list.page.limit > RECORDS_AT_ONCE;
  const reader = isMany ? engine.readerFor('rows', list.asker) : engine.reader;
  const query = pagesOfUsers(engine.dialect, reader, users, list).select(USER.as('user'));
  const rows = new Map<string, RecordRow[]>(users.map((user) => [user, []]));
  for (const row of await readRows<{ user: string }>(query, list)) rows.get(row.user)?.push(row);
  return toPages(rows, list);
}

/** The user of a record of {@link pagesOfUsers}. */
export const USER = sql<string>`u.value`;

/** The records of the same page of each user, in its order. */
export function pagesOfUsers(
  dialect: Dialect,
  reader: Kysely<Tables>,
  users: readonly string[],
  list: Omit<ListQuery, 'columns'>,
): Query<object> {
  const page = paged(ofPerson(reader, list, EACH_USER, callsBy(list)), eachKeyset(list)).select('r.id');
  const direction = readingDirection(list);
  return dialect
    .recordsOfEach(reader, users, page)
    .orderBy(sql.ref(`r.${COLUMNS[list.order.field]}`), direction)
    .orderBy('r.id', direction);
}

async function toPages(rows: Map<string, RecordRow[]>, list: ListQuery): Promise<Map<string, Page>> {
  const pages = new Map<string, Page>();
  let made = 0;
  for (const [user, own] of rows) {
    if (made > RECORDS_A_TURN) {
      made = await turn(0);
      list.asker?.gone.throwIfAborted();
    }
    pages.set(user, toPage(own, list));
    made += own.length;
  }
  return pages;
}

function callsBy(list: Omit<ListQuery, 'columns'>): CallsBy {
  return eachKeyset(list).along === 'person' && isPersonAlone(list, EACH_USER) ? 'id' : 'start';
}

function eachKeyset(list: Omit<ListQuery, 'columns'>): Keyset {
  return { ...list, along: list.order.field === CallRecordOrderField.START_DATE_TIME ? 'person' : 'none' };
}

/** Users whose calls are counted before other work has its turn: each user may have very many. */
const COUNTED_AT_ONCE = 50;

/** How many records match, for each of many users, in one statement. */
export async function countRecordsOfUsers(
  engine: Engine,
  users: readonly string[],
  selection: Selection,
): Promise<Map<string, number>> {
  const { dialect } = engine;
  const reader = users.length > COUNTED_AT_ONCE ? engine.readerFor('entries', selection.asker) : engine.reader;
  const count = ofPerson(reader, selection, EACH_USER, 'start').select(sql`count(*)`.as('count'));
  const rows = await reader
    .selectFrom(dialect.eachUser(users))
    .select(['u.value as user', sql<number>`(${count})`.as('count')])
    .execute();
  return new Map(rows.map(({ user, count: number }) => [user, Number(number)]));
}

/** The users who have records outside a page; see {@link hasOutside}. */
export async function haveOutside(
  { reader, dialect }: Engine,
  users: readonly string[],
  list: ListQuery,
  edge: Position,
): Promise<Set<string>> {
  const beyond = outside(ofPerson(reader, list, EACH_USER, callsBy(list)), eachKeyset(list), edge).select('r.id');
  const rows = await reader
    .selectFrom(dialect.eachUser(users))
    .select('u.value as user')
    .where((query) => query.exists(beyond as never))
    .execute();
  return new Set(rows.map(({ user }) => user));
}
