import type { Kysely } from 'kysely';
import type { CallRecordDocument } from '../../domain/document.js';
import type { Position } from '../../domain/page.js';
import { chunksOf } from '../../platform/chunks.js';
import { COLUMNS } from './order-columns.js';
import type { Engine } from '../engine/engine.js';
import { type ListQuery, pageQuery } from './read-records.js';
import { asRead, DOCUMENT_COLUMNS, type DocumentRow, toDocument } from '../rows/row-mapping.js';
import type { SessionsTable, Tables } from '../rows/tables.js';
import { rangeOf } from './read-sessions.js';
import type { Query } from '../engine/readers.js';
import { visible } from './path-query.js';

/** Whose documents are visible, and which sessions to read: these are in a table of their own. */
export interface DocumentAccess {
  /** For sessions, too: only the sessions in which this person is the caller or the callee; null for all. */
  visibleTo: string | null;
  /** All, none, or the first so many of each record. */
  sessions: boolean | number;
}

/**
 * A document, and the revision of its row as digits. The revision changes with each write of the record or its
 * sessions.
 */
export interface StoredDocument {
  document: CallRecordDocument;
  revision: string;
}

/** A page of whole records. */
export interface DocumentPage {
  documents: CallRecordDocument[];
  /** The place of the last record in the order; null on an empty page. */
  last: Position | null;
  hasMore: boolean;
}

export type DocumentList = Omit<ListQuery, 'columns'> & DocumentAccess;

/** One page of documents, as `listRecords` gives one of records: one statement, and one more for sessions. */
export async function listDocuments(engine: Engine, list: DocumentList): Promise<DocumentPage> {
  const rows = await readDocumentRows(await pageQuery(engine, list));
  const shown = rows.slice(0, list.page.limit);
  const last = shown.at(-1);
  return {
    documents: await withSessions(engine.reader, shown, visibleSessions(engine, list)),
    last: last ? { value: last[COLUMNS[list.order.field]], id: last.id } : null,
    hasMore: rows.length > list.page.limit,
  };
}

/** A document by id; null if there is none, or none that is visible to the person. */
export async function findDocument(engine: Engine, id: string, access: DocumentAccess): Promise<StoredDocument | null> {
  const { reader } = engine;
  const query = visible(reader.selectFrom('call_records as r').where('r.id', '=', id), access);
  const [row] = await readDocumentRows(query);
  const [document] = row ? await withSessions(reader, [row], visibleSessions(engine, access)) : [];
  return row && document ? { document, revision: row.revision } : null;
}

/** Whole documents by id, sessions included. */
export async function loadDocuments(database: Kysely<Tables>, ids: string[]): Promise<Map<string, CallRecordDocument>> {
  const documents = new Map<string, CallRecordDocument>();
  for (const some of chunksOf(ids)) {
    const query = database.selectFrom('call_records as r').where('r.id', 'in', some) as Query<object>;
    for (const document of await withSessions(database, await readDocumentRows(query), allSessions))
      documents.set(document.id, document);
  }
  return documents;
}

const ORDERS = ['duration_ticks', 'revision'] as const;
type OrderedRow = DocumentRow & { [Name in (typeof ORDERS)[number]]: string };

async function readDocumentRows(query: Query<object>): Promise<OrderedRow[]> {
  return (await query.select(asRead([...DOCUMENT_COLUMNS, ...ORDERS])).execute()) as OrderedRow[];
}

/** Reads the sessions asked for of these records, in order; null if none are asked for. */
type SessionsOf = (database: Kysely<Tables>, ids: readonly string[]) => Promise<SessionRow[]>;
type SessionRow = Pick<SessionsTable, 'record_id' | 'position' | 'document'>;

const allSessions: SessionsOf = (database, ids) =>
  database
    .selectFrom('call_record_sessions')
    .select(['record_id', 'position', 'document'])
    .where('record_id', 'in', ids)
    .orderBy('record_id')
    .orderBy('position')
    .execute();

function visibleSessions({ dialect }: Engine, { visibleTo, sessions }: DocumentAccess): SessionsOf | null {
  if (sessions === false) return null;
  if (sessions === true && visibleTo === null) return allSessions;
  const limit = sessions === true ? ALL : sessions - 1;
  return (database, ids) =>
    database
      .selectFrom(rangeOf(database, dialect, ids, { visibleTo, limit, after: null }).as('s'))
      .selectAll()
      .orderBy('record_id')
      .orderBy('position')
      .execute();
}

/** More sessions than any record has. */
const ALL = 2 ** 31 - 2;

async function withSessions(
  database: Kysely<Tables>,
  rows: OrderedRow[],
  find: SessionsOf | null,
): Promise<CallRecordDocument[]> {
  // Also if no sessions were fetched: those of an earlier version stay until this version's are.
  const ids = rows.map(({ id }) => id);
  const sessions = find && rows.length > 0 ? inRecords(await find(database, ids)) : null;
  return rows.map((row) => toDocument(row, sessions?.get(row.id) ?? []));
}

function inRecords(rows: SessionRow[]): Map<string, string[]> {
  const sessions = new Map<string, string[]>();
  for (const { record_id, document } of rows) {
    const own = sessions.get(record_id);
    if (own) own.push(document);
    else sessions.set(record_id, [document]);
  }
  return sessions;
}
