import { createHash, type Hash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { CallRecordDocument } from '../domain/document.js';
import { stringifyJson } from '../domain/json.js';
import { readChanges } from './changes.js';
import { loadDocuments } from './documents.js';
import type { Engine } from './engine.js';
import type { Tables } from './schema.js';
import { overwriteDocuments, writeDocuments } from './write.js';

const RECORDS_AT_ONCE = 500;
const ROWS_AT_ONCE = 5_000;

type IdempotencyKey = Tables['idempotency_keys'];

/** What a store holds, as numbers and as one SHA-256 of all of it. */
export interface Content {
  records: number;
  idempotencyKeys: number;
  changes: number;
  hash: string;
}

/** Writes in one transaction of the store at hand, tried again as all its writes are. */
export type Write = (work: (transaction: Kysely<Tables>) => Promise<void>) => Promise<void>;

/**
 * Brings over what the target lacks or holds differently, in steps that may end at any time: another run goes on where
 * one ended. Yields after each step how many records, of those that were looked at in it, there were.
 */
export async function* transfer(from: Engine, to: Engine, write: Write): AsyncGenerator<number> {
  for await (const documents of documentsOf(from)) {
    await transferDocuments(to, documents, write);
    yield documents.length;
  }
  for await (const keys of keysOf(from)) {
    await write((transaction) => to.insertRows(transaction, 'idempotency_keys', keys, 'keep'));
  }
  await transferChanges(from, to, write);
}

async function transferDocuments(to: Engine, documents: CallRecordDocument[], write: Write): Promise<void> {
  const stored = await loadDocuments(
    to.reader,
    documents.map(({ id }) => id),
  );
  const missing = documents.filter(({ id }) => !stored.has(id));
  const different = documents.filter((document) => {
    const current = stored.get(document.id);
    return current !== undefined && toText(current) !== toText(document);
  });
  if (missing.length > 0) await write((transaction) => writeDocuments(to, transaction, missing, 'fail'));
  if (different.length > 0) await write((transaction) => overwriteDocuments(to, transaction, different));
}

async function transferChanges(from: Engine, to: Engine, write: Write): Promise<void> {
  for await (const changes of changesOf(from)) {
    const rows = changes.map(({ sequence, recordId, kind }) => ({ sequence, record_id: recordId, kind }));
    await write(async (transaction) => {
      await to.insertRows(transaction, 'call_record_changes', rows, 'keep');
      await to.continueNumbering(transaction);
    });
  }
}

/** Reads everything. Two stores with the same content have the same hash, whatever the engine. */
export async function readContent(engine: Engine): Promise<Content> {
  const hash = createHash('sha256');
  const records = await hashAll(hash, documentsOf(engine));
  const idempotencyKeys = await hashAll(hash, keysOf(engine));
  const changes = await hashAll(hash, changesOf(engine));
  return { records, idempotencyKeys, changes, hash: hash.digest('hex') };
}

async function hashAll(hash: Hash, pages: AsyncGenerator<object[]>): Promise<number> {
  let count = 0;
  for await (const page of pages) {
    count += page.length;
    for (const item of page) hash.update(`${toText(item)}\n`);
  }
  hash.update(`${count}\n`);
  return count;
}

/** As JSON, where 64-bit integers of the first level are texts: that is written fast. */
function toText(item: object): string {
  const members = Object.entries(item) as [string, unknown][];
  return stringifyJson(members.map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]));
}

/** Whole documents in the order of ids, a page of them at a time. */
export async function* documentsOf(engine: Engine): AsyncGenerator<CallRecordDocument[]> {
  let last = '';
  for (;;) {
    const rows = await engine.reader
      .selectFrom('call_records')
      .select('id')
      .where('id', '>', last)
      .orderBy('id')
      .limit(RECORDS_AT_ONCE)
      .execute();
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    const documents = await loadDocuments(engine.reader, ids);
    yield ids.flatMap((id) => documents.get(id) ?? []);
    last = ids.at(-1) as string;
  }
}

async function* keysOf(engine: Engine): AsyncGenerator<IdempotencyKey[]> {
  let last: Pick<IdempotencyKey, 'caller' | 'key'> = { caller: '', key: '' };
  for (;;) {
    const { caller, key } = last;
    const rows = await engine.reader
      .selectFrom('idempotency_keys')
      .select(['caller', 'key', 'input_hash', 'record_id', 'created_at'])
      .where((query) => query(query.refTuple('caller', 'key'), '>', query.tuple(caller, key)))
      .orderBy('caller')
      .orderBy('key')
      .limit(ROWS_AT_ONCE)
      .execute();
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1) as IdempotencyKey;
  }
}

async function* changesOf(engine: Engine) {
  let last = 0n;
  for (;;) {
    const changes = await readChanges(engine, last, ROWS_AT_ONCE);
    if (changes.length === 0) return;
    yield changes;
    last = changes.at(-1)?.sequence as bigint;
  }
}
