import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import { Fetched } from '../../domain/document.js';
import { identityKey } from '../../domain/identity.js';
import { chunksOf } from '../../platform/chunks.js';
import type { Dialect, Engine } from '../engine/engine.js';
import type { Tables } from '../rows/tables.js';
import type { StatementTemplates } from '../engine/statement-templates.js';
import { splitRow, type TextColumn } from '../engine/raw-rows.js';

/** Whose sessions are visible, and which ones to read of each record. */
export interface SessionsAsked {
  /** Only the sessions in which this person is the caller or the callee; null for all. */
  visibleTo: string | null;
  /** How many to read. The page tells whether there are more. */
  limit: number;
  /** The position among the visible sessions after which the page begins; null for the first page. */
  after: number | null;
  /** Whether to give `totalCount`, which reads all of them. */
  isCounted: boolean;
}

/**
 * A session as bytes of JSON, and its position among the visible sessions of its record. The position among all
 * sessions would reveal others.
 */
export interface StoredSession {
  position: number;
  document: Buffer;
}

/** A page of the visible sessions of one record. */
export interface SessionsPage {
  sessions: StoredSession[];
  hasMore: boolean;
  /** Whether there are visible sessions before the page. */
  hasBefore: boolean;
  /** 0 unless asked for. */
  totalCount: number;
}

/** From this many sessions on, a read would hold up other work for too long. */
const SESSIONS_AT_ONCE = 5_000;
/** Up to this many ids, a statement is cached by their number. */
const TEMPLATED_IDS = 200;

interface Reading {
  engine: Engine;
  templates: StatementTemplates;
  asker?: Asker | undefined;
}

/**
 * A page of the sessions of each record, in one statement for 10,000 records. Null for a record whose sessions were
 * never fetched; a record that does not exist is absent. Does not check whether the caller may see the records.
 */
export async function findSessions(
  { engine, templates, asker }: Reading,
  ids: readonly string[],
  asked: SessionsAsked,
): Promise<Map<string, SessionsPage | null>> {
  const pages = new Map<string, SessionsPage | null>();
  const person = asked.visibleTo === null ? [] : [identityKey(asked.visibleTo)];
  for (const some of chunksOf(ids)) {
    const build = (marks: readonly string[], visibleTo: string | null) =>
      pageQuery(engine, marks, { ...asked, visibleTo });
    const statement =
      some.length > TEMPLATED_IDS
        ? build(some, person[0] ?? null).compile()
        : await templates.statement(
            `sessions ${some.length} ${person.length} ${asked.limit} ${asked.after} ${asked.isCounted}`,
            [...some, ...person],
            async (marks) => build(marks.slice(0, some.length), marks[some.length] ?? null),
          );
    const scan = some.length * (asked.limit + 1) > SESSIONS_AT_ONCE ? 'rows' : 'range';
    for (const row of await engine.texts.readBytes(statement, scan, asker)) addRow(pages, row);
  }
  for (const page of pages.values()) if (page) cutPage(page, asked.limit);
  return pages;
}

/** Cuts off the one session beyond the page. It only tells that there are more. */
function cutPage(page: SessionsPage, limit: number): void {
  page.sessions.sort((a, b) => a.position - b.position);
  page.hasMore = page.sessions.length > limit;
  if (page.hasMore) page.sessions.length = limit;
}

const HEAD = ['id', 'is_known', 'has_before', 'total', 'position'] as const;

/** Adds a row: one for each session, and one for a record without any. The last of its values is the document. */
function addRow(pages: Map<string, SessionsPage | null>, row: Buffer): void {
  const [head, document] = splitRow(row, HEAD.length);
  const [id, isKnown, hasBefore, total, position] = head as [string, string, string, string, string];
  if (isKnown === '0') return void pages.set(id, null);
  let page = pages.get(id);
  if (!page) {
    page = { sessions: [], hasMore: false, hasBefore: hasBefore === '1', totalCount: Number(total) };
    pages.set(id, page);
  }
  if (position !== '') page.sessions.push({ position: Number(position), document });
}

function pageQuery({ reader, dialect, texts }: Engine, ids: readonly string[], asked: SessionsAsked) {
  const own = rangeOf(reader, dialect, ids, asked);
  const query = reader
    .with(
      (cte) => cte('r').materialized(),
      () => recordsOf(reader, dialect, ids, asked),
    )
    .selectFrom('r')
    // Unsorted: sorting would copy each document once more.
    .leftJoin(own.as('s'), 's.record_id', 'r.id');
  const columns = [
    ...HEAD.slice(0, -1).map((name) => sql`r.${sql.ref(name)}`),
    emptyOr('position'),
    emptyOr('document'),
  ];
  return texts.select(query, {
    columns: columns.map((value): TextColumn => ({ value, nullable: false })),
    ofKnown: null,
  });
}

function emptyOr(name: 'position' | 'document'): RawBuilder<string> {
  return sql`coalesce(cast(${sql.ref(`s.${name}`)} as text), '')`;
}

/** The values of each record beside its sessions. Also if none were fetched: sessions of an earlier version stay. */
function recordsOf(reader: Kysely<Tables>, dialect: Dialect, ids: readonly string[], asked: SessionsAsked) {
  const { after, visibleTo, isCounted } = asked;
  const any = sql`exists (select 1 from call_record_sessions as k where k.record_id = c.id and ${isOf(dialect, 'k', visibleTo)})`;
  const count = sql`(select count(*) from call_record_sessions as k where k.record_id = c.id and ${isOf(dialect, 'k', visibleTo)})`;
  const fetched = sql`c.sessions_fetched <> ${sql.lit(Fetched.none)}`;
  return reader
    .selectFrom('call_records as c')
    .where('c.id', 'in', ids)
    .select([
      'c.id',
      sql<number>`case when ${fetched} or ${any} then 1 else 0 end`.as('is_known'),
      // If any session is visible, one is at the first position, which is before all pages but the first.
      (after === null ? sql<number>`0` : sql<number>`case when ${any} then 1 else 0 end`).as('has_before'),
      (isCounted ? sql<number>`${count}` : sql<number>`0`).as('total'),
    ]);
}

const ALWAYS = sql<boolean>`1 = 1`;

function isOf(dialect: Dialect, table: string, visibleTo: string | null): RawBuilder<boolean> {
  return visibleTo === null ? ALWAYS : dialect.holdsText(sql.ref(`${table}.identity_ids`), visibleTo);
}

type Range = Pick<SessionsAsked, 'visibleTo' | 'limit' | 'after'>;

/**
 * The visible sessions of records after a position: up to the limit of each, and one more that tells of a next page.
 */
export function rangeOf(reader: Kysely<Tables>, dialect: Dialect, ids: readonly string[], range: Range) {
  const { visibleTo, limit, after } = range;
  const start = after ?? -1;
  const sessions = reader
    .selectFrom('call_record_sessions as o')
    .where('o.record_id', 'in', ids)
    .select(['o.record_id', 'o.position', 'o.document']);
  // Positions have no gaps.
  if (visibleTo === null)
    return sessions.where('o.position', '>', sql.lit(start)).where('o.position', '<=', sql.lit(start + limit + 1));
  const numbered = sessions
    .where(isOf(dialect, 'o', identityKey(visibleTo)))
    .select(sql<number>`row_number() over (partition by o.record_id order by o.position) - 1`.as('place'));
  return reader
    .selectFrom(numbered.as('n'))
    .where('n.place', '>', sql.lit(start))
    .where('n.place', '<=', sql.lit(start + limit + 1))
    .select(['n.record_id', 'n.place as position', 'n.document']);
}
