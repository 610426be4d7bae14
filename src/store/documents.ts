import type { Kysely } from 'kysely';
import type { CallRecordDocument } from '../domain/document.js';
import type { Position } from '../domain/page.js';
import { chunksOf } from './chunks.js';
import { COLUMNS } from './columns.js';
import { type ListQuery, pageQuery } from './read.js';
import type { Readers } from './readers.js';
import { asRead, DOCUMENT_COLUMNS, type DocumentRow, toDocument } from './rows.js';
import type { Tables } from './schema.js';
import { type Query, visible } from './source.js';

/** Whose documents are visible, and which of their sessions are wanted: those stand in a table of their own. */
export interface DocumentAccess {
  visibleTo: string | null;
  /** All of them, none, or so many of each record, the first ones. */
  sessions: boolean | number;
}

/** A document, and the revision of its row as digits: another one each time the record is written, sessions included. */
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
export async function listDocuments(readers: Readers, list: DocumentList): Promise<DocumentPage> {
  const rows = await readDocumentRows(await pageQuery(readers, list));
  const shown = rows.slice(0, list.page.limit);
  const last = shown.at(-1);
  return {
    documents: await withSessions(readers.reader, shown, list.sessions),
    last: last ? { value: last[COLUMNS[list.order.field]], id: last.id } : null,
    hasMore: rows.length > list.page.limit,
  };
}

/** A document by id; null if there is none, or none that the person may see. */
export async function findDocument(
  database: Kysely<Tables>,
  id: string,
  { visibleTo, sessions }: DocumentAccess,
): Promise<StoredDocument | null> {
  const query = visible(database.selectFrom('call_records as r').where('r.id', '=', id), {
    visibleTo,
  });
  const [row] = await readDocumentRows(query);
  const [document] = row ? await withSessions(database, [row], sessions) : [];
  return row && document ? { document, revision: row.revision } : null;
}

/** Whole documents by id, sessions included. */
export async function loadDocuments(database: Kysely<Tables>, ids: string[]): Promise<Map<string, CallRecordDocument>> {
  const documents = new Map<string, CallRecordDocument>();
  for (const some of chunksOf(ids)) {
    const query = database.selectFrom('call_records as r').where('r.id', 'in', some) as Query<object>;
    for (const document of await withSessions(database, await readDocumentRows(query), true))
      documents.set(document.id, document);
  }
  return documents;
}

const ORDERS = ['duration_ticks', 'revision'] as const;
type OrderedRow = DocumentRow & { [Name in (typeof ORDERS)[number]]: string };

async function readDocumentRows(query: Query<object>): Promise<OrderedRow[]> {
  return (await query.select(asRead([...DOCUMENT_COLUMNS, ...ORDERS])).execute()) as OrderedRow[];
}

async function withSessions(
  database: Kysely<Tables>,
  rows: OrderedRow[],
  wanted: DocumentAccess['sessions'],
): Promise<CallRecordDocument[]> {
  // Also where none were fetched: those of an earlier version stay until this one's are.
  const sessions =
    wanted !== false && rows.length > 0
      ? await loadSessions(
          database,
          rows.map(({ id }) => id),
          wanted,
        )
      : null;
  return rows.map((row) => toDocument(row, sessions?.get(row.id) ?? []));
}

async function loadSessions(
  database: Kysely<Tables>,
  ids: string[],
  wanted: number | true,
): Promise<Map<string, string[]>> {
  const rows = await database
    .selectFrom('call_record_sessions')
    .select(['record_id', 'document'])
    .where('record_id', 'in', ids)
    .$if(wanted !== true, (some) => some.where('position', '<', wanted as number))
    .orderBy('record_id')
    .orderBy('position')
    .execute();
  const sessions = new Map<string, string[]>();
  for (const { record_id, document } of rows) {
    const own = sessions.get(record_id);
    if (own) own.push(document);
    else sessions.set(record_id, [document]);
  }
  return sessions;
}
