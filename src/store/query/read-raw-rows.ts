import { sql } from 'kysely';
import { type CallRecordFilter, CallRecordOrderField, type DateTimeOffsetFilter } from '../../domain/filter.js';
import { identityKey } from '../../domain/identity.js';
import type { Position } from '../../domain/page.js';
import { choosePath } from './access-path.js';
import { chunksOf } from '../../platform/chunks.js';
import type { Engine } from '../engine/engine.js';
import { COLUMNS } from './order-columns.js';
import { type AccessPath, recordsOfPage } from './path-query.js';
import { byIds, type ListQuery, pagesOfUsers, USER } from './read-records.js';
import { type Column, isNullable } from '../rows/row-mapping.js';
import { shownQuality } from '../rows/quality-columns.js';
import type { StatementTemplates } from '../engine/statement-templates.js';
import { type IsKnown, type RawRow, type TextColumn, toRawRow, valueAt } from '../engine/raw-rows.js';

/** The first columns of each row, before those asked for. On a page the value of the order follows. */
const HEAD = ['id', 'revision'] as const;

export interface TextPage {
  rows: RawRow[];
  hasMore: boolean;
}

interface Reading {
  engine: Engine;
  templates: StatementTemplates;
}

/** Runs the statement of {@link listRecords} for the columns asked for, without making records of the rows. */
export async function listTexts({ engine, templates }: Reading, list: ListQuery, isKnown: IsKnown): Promise<TextPage> {
  const { columns } = list;
  const head = [...HEAD, COLUMNS[list.order.field]] as const;
  const selected = [...head, ...columns];
  const path = await choosePath(engine, list);
  // A read that may run on another thread has no cache.
  const asksKnown = path.scan === 'range';
  const build = async (asked: ListQuery, way: AccessPath) => {
    const page = recordsOfPage(engine.reader, asked, way);
    return engine.texts.select(page, {
      columns: selected.map((name) => textColumn(name, asked.visibleTo)),
      ofKnown: asksKnown ? head.length : null,
    });
  };
  const shape = shapeOf(list, path);
  const statement = shape
    ? await templates.statement(`list ${shape.key} ${asksKnown} ${columns.join()}`, shape.values, (marks) => {
        const marked = shape.marked(marks);
        return build(marked.list, marked.path);
      })
    : (await build(list, path)).compile();
  const nullable = columns.map(isNullable);
  const texts = await engine.texts.read(statement, path.scan, isKnown, list.asker);
  const found = { rows: texts.map((row) => toRawRow(row, head.length, nullable)), hasMore: false };
  cutToPage(found, list.page);
  return found;
}

/** Up to this many records of many users are read within a millisecond, so that other reads can wait for them. */
const SOON_READ = 50;

/** Runs the statement of {@link listRecordsOfUsers} for the columns asked for, without making records of the rows. */
export async function listTextsOfUsers(
  { engine }: Reading,
  users: readonly string[],
  list: ListQuery,
  isKnown: IsKnown,
): Promise<Map<string, TextPage>> {
  const { columns, filter, visibleTo, page, asker } = list;
  // Without either condition, no call of a user is passed over.
  const isShort = filter === null && visibleTo === null && users.length * page.limit <= SOON_READ;
  const scan = isShort ? 'range' : 'rows';
  const head = [...HEAD, COLUMNS[list.order.field]].map((name) => textColumn(name, visibleTo));
  head.push({ value: USER, nullable: false });
  const statement = engine.texts
    .select(pagesOfUsers(engine.dialect, engine.reader, users, list), {
      columns: [...head, ...columns.map((name) => textColumn(name, visibleTo))],
      ofKnown: scan === 'range' ? head.length : null,
    })
    .compile();
  const nullable = columns.map(isNullable);
  const pages = new Map<string, TextPage>(users.map((user) => [user, { rows: [], hasMore: false }]));
  for (const text of await engine.texts.read(statement, scan, isKnown, asker))
    pages.get(valueAt(text, head.length - 1))?.rows.push(toRawRow(text, head.length, nullable));
  for (const one of pages.values()) cutToPage(one, page);
  return pages;
}

/** Cuts off the one row beyond the page. It only tells that there are more. */
function cutToPage(found: TextPage, { limit, fromEnd }: ListQuery['page']): void {
  found.hasMore = found.rows.length > limit;
  if (found.hasMore) found.rows.length = limit;
  if (fromEnd) found.rows.reverse();
}

/** Up to this many ids, a statement is cached by their number. */
const TEMPLATED_IDS = 200;

/** Runs the statement of {@link findRecords} for the columns asked for. Gives rows by id, in lower case. */
export async function findTexts(
  { engine, templates }: Reading,
  { ids, visibleTo }: { ids: readonly string[]; visibleTo: string | null },
  columns: readonly Column[],
  isKnown: IsKnown,
): Promise<Map<string, RawRow>> {
  const selected = [...HEAD, ...columns];
  const nullable = columns.map(isNullable);
  const build = (some: readonly string[], person: string | null) =>
    engine.texts.select(byIds(engine.reader, some, person), {
      columns: selected.map((name) => textColumn(name, person)),
      ofKnown: HEAD.length,
    });
  const found = new Map<string, RawRow>();
  for (const some of chunksOf(ids)) {
    const values = visibleTo === null ? some : [...some, identityKey(visibleTo)];
    const key = `find ${some.length} ${visibleTo !== null} ${columns.join()}`;
    const statement =
      some.length > TEMPLATED_IDS
        ? build(some, visibleTo).compile()
        : await templates.statement(key, values, async (marks) =>
            build(marks.slice(0, some.length), marks[some.length] ?? null),
          );
    for (const text of await engine.texts.read(statement, 'range', isKnown)) {
      const row = toRawRow(text, HEAD.length, nullable);
      found.set(row.id, row);
    }
  }
  return found;
}

function textColumn(name: Column | 'revision' | 'id', visibleTo: string | null): TextColumn {
  const value = name === 'quality' ? shownQuality(visibleTo) : sql.ref(`r.${name}`);
  return { value, nullable: isNullable(name) };
}

interface ListShape {
  /** The text of the shape, without the values. */
  key: string;
  values: string[];
  /** The same list and its way, with marks in place of the values. */
  marked(marks: readonly string[]): { list: ListQuery; path: AccessPath };
}

/**
 * The shape of a list whose values stand in the statement unchanged, for the chosen way. Null for other lists, whose
 * statements are built each time.
 */
function shapeOf(list: ListQuery, path: AccessPath): ListShape | null {
  const { filter, visibleTo, order, page } = list;
  if (order.field === CallRecordOrderField.DURATION && (page.after || page.before)) return null;
  // A search for an identity changes the values.
  if ((filter && !isPlain(filter)) || path.from === 'identity') return null;
  const values: string[] = [];
  const take = (value: string, marks?: readonly string[]): string => {
    // The person asked for may be the caller: that changes the statement, too.
    const known = values.indexOf(value);
    const index = known < 0 ? values.push(value) - 1 : known;
    return marks ? (marks[index] as string) : `?${index}`;
  };
  const walk = (marks?: readonly string[]) => {
    values.length = 0;
    const position = (at: Position | null) => at && { value: take(at.value, marks), id: take(at.id, marks) };
    const marked: ListQuery = {
      ...list,
      visibleTo: visibleTo === null ? null : take(identityKey(visibleTo), marks),
      page: { ...page, after: position(page.after), before: position(page.before) },
      filter: filter && markFilter(filter, (value) => take(value, marks)),
    };
    return { list: marked, path: markPath(path, (value) => take(value, marks)) };
  };
  const { list: shaped, path: way } = walk();
  const { after, before } = shaped.page;
  const flags = `${shaped.visibleTo} ${order.field} ${order.direction} ${page.limit} ${page.fromEnd}`;
  const positions = `${after?.value} ${after?.id} ${before?.value} ${before?.id}`;
  const key = `${flags} ${positions} ${shaped.filter ? JSON.stringify(shaped.filter) : ''} ${keyOf(way)}`;
  return { key, values: [...values], marked: walk };
}

/** Marks the value of a way. Only a person's calls are found by a value, and the list has that value, too. */
function markPath(path: AccessPath, mark: (value: string) => string): AccessPath {
  if (path.from !== 'person' || typeof path.person.id !== 'string') return path;
  return { ...path, person: { ...path.person, id: mark(path.person.id) } };
}

function keyOf(path: AccessPath): string {
  const way = `${path.from} ${path.along} ${path.entriesFirst}`;
  if (path.from === 'person') return `${way} ${path.person.id as string} ${path.person.roles} ${path.callsBy}`;
  return path.from === 'range' ? `${way} ${path.field}` : way;
}

const DATES = ['startDateTime', 'endDateTime', 'lastModifiedDateTime'] as const;
const PEOPLE = ['organizer', 'participant'] as const;
/** Members of a filter that stand in the key with their values: there are few of these. */
const LITERAL = new Set<string>(['type', 'modalities', 'quality', 'failureStage', 'sessionsFetched']);

/** Whether all values of the filter can be marked: dates, and one id of a person. */
function isPlain(filter: CallRecordFilter): boolean {
  return Object.entries(filter).every(([name, member]) => {
    if (member == null || LITERAL.has(name) || (DATES as readonly string[]).includes(name)) return true;
    if (!(PEOPLE as readonly string[]).includes(name)) return false;
    const { id, ...rest } = member as { id?: string[] | null };
    return id?.length === 1 && Object.values(rest).every((value) => value == null);
  });
}

function markFilter(filter: CallRecordFilter, mark: (value: string) => string): CallRecordFilter {
  const marked: CallRecordFilter = { ...filter };
  for (const name of DATES) {
    const range = filter[name];
    if (range) marked[name] = markRange(range, mark);
  }
  for (const name of PEOPLE) {
    const id = filter[name]?.id?.[0];
    if (id !== undefined) marked[name] = { id: [mark(identityKey(id))] };
  }
  return marked;
}

function markRange(range: DateTimeOffsetFilter, mark: (value: string) => string): DateTimeOffsetFilter {
  return Object.fromEntries(
    Object.entries(range).map(([name, value]) => [name, value == null ? value : mark(value as string)]),
  );
}
