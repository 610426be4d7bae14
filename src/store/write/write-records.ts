import type { Kysely } from 'kysely';
import type { CallRecordDocument } from '../../domain/document.js';
import { CallRecordsError } from '../../domain/errors.js';
import { type ImportOutcome, merge, mergePart, type RecordPart } from '../../domain/merge.js';
import { createdIn, rewritten, updated } from '../changes/change-log.js';
import { compareText } from '../../platform/compare-text.js';
import { loadDocuments } from '../query/read-documents.js';
import type { Engine, Insert } from '../engine/engine.js';
import { distinctKnown } from './known-identities.js';
import { overwriteRows, rewriteRows } from './overwrite-rows.js';
import { lockRecords } from './record-parts.js';
import { type DocumentRows, type Rewrite, toRows } from '../rows/row-mapping.js';
import type { KnownIdentitiesTable, Tables } from '../rows/tables.js';
import { markedHours } from '../rows/unsummed.js';

type Transaction = Kysely<Tables>;

/** A create that waits for its commit. */
export interface PendingCreate {
  document: CallRecordDocument;
  /** Made beforehand, so that the lock is not held meanwhile, and an item that cannot be made fails alone. */
  rows: DocumentRows;
  /** The claim on an idempotency key, if the client sent one. */
  claim: Claim | null;
  /** The generation of the list of erased people with which the rows were made. */
  generation: number;
}

export interface Claim {
  caller: string;
  key: string;
  inputHash: string;
}

/** The created record; or, on a replay, the id of the record first created; or a conflict. */
export type CreateResult = { created: PendingCreate } | { replayOf: string } | { conflict: CallRecordsError };

/** Writes the records of one commit. If another create holds a claim, the item becomes a replay or a conflict. */
export async function createRecords(
  engine: Engine,
  transaction: Transaction,
  items: PendingCreate[],
): Promise<CreateResult[]> {
  const held = await claimKeys(engine, transaction, items);
  const results = items.map((item) => resultOf(item, held));
  const created = results.flatMap((result) => ('created' in result ? [result.created.rows] : []));
  await insertRows(engine, transaction, created);
  return results;
}

/** Like `createRecords`, but without a transaction around; null if one is needed. */
export function createAtOnce(
  insertAtOnce: NonNullable<Engine['insertAtOnce']>,
  items: PendingCreate[],
): (() => Promise<CreateResult[]>) | null {
  if (items.some(({ claim }) => claim !== null)) return null;
  return async () => {
    const rows = items.map((item) => item.rows);
    const { inserts, known } = insertsOf(rows);
    await insertAtOnce(inserts, known, rows.map(createdIn));
    return items.map((created) => ({ created }));
  };
}

interface Held {
  input_hash: string;
  record_id: string;
}

const claimName = (caller: string, key: string): string => JSON.stringify([caller, key]);

/**
 * Writes claims first, and reads them after. So of two creates at once, in one process or two, one finds the other's
 * claim.
 */
async function claimKeys(engine: Engine, transaction: Transaction, items: PendingCreate[]): Promise<Map<string, Held>> {
  const claims = items.flatMap(({ claim, document }) => (claim ? [{ ...claim, document }] : []));
  if (claims.length === 0) return new Map();
  const rows = claims.map(({ caller, key, inputHash, document }) => ({
    caller,
    key,
    input_hash: inputHash,
    record_id: document.id,
    created_at: document.lastModifiedDateTime,
  }));
  // In the order of keys, so that two processes never wait for each other. Among claims of one key the first stays
  // first.
  rows.sort((a, b) => compareText(claimName(a.caller, a.key), claimName(b.caller, b.key)));
  await engine.insertRows(transaction, 'idempotency_keys', rows, 'keep');
  const held = await transaction
    .selectFrom('idempotency_keys')
    .select(['caller', 'key', 'input_hash', 'record_id'])
    .where((query) => query.or(claims.map(({ caller, key }) => query.and({ caller, key }))))
    .execute();
  return new Map(held.map((row) => [claimName(row.caller, row.key), row]));
}

function resultOf(item: PendingCreate, held: Map<string, Held>): CreateResult {
  const { document, claim } = item;
  const holder = claim && held.get(claimName(claim.caller, claim.key));
  if (!holder || holder.record_id === document.id) return { created: item };
  if (holder.input_hash === claim.inputHash) return { replayOf: holder.record_id };
  return {
    conflict: new CallRecordsError(
      'CONFLICT',
      'This idempotency key was used before with another input; use a new key for a new record.',
    ),
  };
}

/**
 * Imports records in the order given, each against the result of the ones before it. Gives outcomes in the same order.
 */
export async function importRecords(
  engine: Engine,
  transaction: Transaction,
  documents: CallRecordDocument[],
): Promise<ImportOutcome[]> {
  const outcomes = await importEach(engine, transaction, documents, (stored, incoming) =>
    stored ? (merge(stored, incoming) ?? 'unchanged') : incoming,
  );
  // Every record has an outcome: one that is not stored is created.
  return outcomes as ImportOutcome[];
}

/**
 * Adds pages of participants or sessions to stored records, in order. Null for a page whose record, or its version, is
 * not stored.
 */
export function importParts(
  engine: Engine,
  transaction: Transaction,
  pages: RecordPart[],
): Promise<(ImportOutcome | null)[]> {
  return importEach(engine, transaction, pages, (stored, page) =>
    stored && (page.version ?? 0n) <= stored.version ? (mergePart(stored, page) ?? 'unchanged') : null,
  );
}

/** `next` gives the document that an item makes of its record; null if it needs a record that is not stored. */
async function importEach<Item extends { id: string }>(
  engine: Engine,
  transaction: Transaction,
  items: Item[],
  next: (stored: CallRecordDocument | undefined, item: Item) => CallRecordDocument | 'unchanged' | null,
): Promise<(ImportOutcome | null)[]> {
  const stored = await loadForChange(engine, transaction, [...new Set(items.map(({ id }) => id))]);
  const known = new Set(stored.keys());
  const changed = new Map<string, CallRecordDocument>();
  const outcomes = items.map((item): ImportOutcome | null => {
    const current = stored.get(item.id);
    const document = next(current, item);
    if (document === null || document === 'unchanged') return document;
    stored.set(item.id, document);
    changed.set(item.id, document);
    return current ? 'updated' : 'created';
  });
  const all = [...changed.values()];
  await insertRows(engine, transaction, all.filter(({ id }) => !known.has(id)).map(toRows));
  await replaceDocuments(
    engine,
    transaction,
    all.filter(({ id }) => known.has(id)),
  );
  return outcomes;
}

/** Replaces the documents of the same ids. */
async function replaceDocuments(
  engine: Engine,
  transaction: Transaction,
  documents: CallRecordDocument[],
): Promise<void> {
  if (documents.length === 0) return;
  const rows = documents.map(toRows);
  const before = await overwriteRows(engine, transaction, rows);
  await engine.logChanges(
    transaction,
    rows.map((row) => updated(row, before)),
  );
}

/** Replaces documents that this transaction has loaded for the change by what is left of them. */
export async function rewriteDocuments(engine: Engine, transaction: Transaction, rewrites: Rewrite[]): Promise<void> {
  if (rewrites.length === 0) return;
  const rows = await rewriteRows(engine, transaction, rewrites);
  await engine.logChanges(transaction, rows.map(rewritten));
}

/** Inserts the rows of new records. */
async function insertRows(engine: Engine, transaction: Transaction, rows: DocumentRows[]): Promise<void> {
  if (rows.length === 0) return;
  await writeRows(engine, transaction, rows);
  await engine.logChanges(transaction, rows.map(createdIn));
}

/** Replaces the documents of the same ids, without entries in the change log. */
export async function overwriteDocuments(
  engine: Engine,
  transaction: Transaction,
  documents: CallRecordDocument[],
): Promise<void> {
  await overwriteRows(engine, transaction, documents.map(toRows));
}

/** Writes documents, without entries in the change log. */
export function writeDocuments(
  engine: Engine,
  transaction: Transaction,
  documents: CallRecordDocument[],
): Promise<void> {
  return writeRows(engine, transaction, documents.map(toRows));
}

async function writeRows(engine: Engine, transaction: Transaction, documents: DocumentRows[]): Promise<void> {
  const { inserts, known } = insertsOf(documents);
  await engine.insertTogether(transaction, [...inserts, { table: 'known_identities', rows: known, taken: 'keep' }]);
  await engine.holdKnown(transaction, known);
}

/** The rows of documents, and the identities that stand in them. */
function insertsOf(documents: DocumentRows[]): { inserts: Insert[]; known: KnownIdentitiesTable[] } {
  // In the order of keys: rows of one page of a table come together, and the page is touched once.
  const rows = [...documents].sort((a, b) => compareText(a.record.id, b.record.id));
  const people = rows.flatMap((row) => row.people).sort((a, b) => compareText(a.identity_id, b.identity_id));
  return {
    inserts: [
      { table: 'call_records', rows: rows.map(({ record }) => record), taken: 'fail' },
      { table: 'call_record_sessions', rows: rows.flatMap(({ sessions }) => sessions), taken: 'fail' },
      { table: 'call_record_identities', rows: rows.flatMap(({ identities }) => identities), taken: 'fail' },
      { table: 'call_record_people', rows: people, taken: 'fail' },
      { table: 'call_record_streams', rows: rows.flatMap(({ streams }) => streams), taken: 'fail' },
      { table: 'call_record_unsummed', rows: markedHours(rows.map(({ record }) => record)), taken: 'fail' },
    ],
    known: distinctKnown(rows.flatMap((row) => row.known)),
  };
}

/** Documents that this transaction will change. No other transaction can change them before it ends. */
export async function loadForChange(
  engine: Engine,
  transaction: Transaction,
  ids: string[],
): Promise<Map<string, CallRecordDocument>> {
  // If no other transaction writes, reading locks.
  if (engine.hasOneWriter) return loadDocuments(transaction, ids);
  // A record that was stored between the two statements is left out: it is not locked, and its insert will fail.
  const locked = await lockRecords(engine, transaction, ids);
  return loadDocuments(transaction, [...locked.keys()]);
}
