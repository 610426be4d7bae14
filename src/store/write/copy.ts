import { createHash, type Hash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { CallRecordDocument } from '../../domain/document.js';
import { formatViolations } from '../../domain/errors.js';
import { stringifyJson } from '../../platform/json.js';
import { findMisfits } from '../../domain/shapes.js';
import { type Change, keptChanges, readFloor, toRow } from '../changes/change-log.js';
import { pruneTo } from '../changes/prune-changes.js';
import { loadDocuments } from '../query/read-documents.js';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../rows/tables.js';
import type { ErasedPeople, Write } from './erased-people.js';
import type { Forgotten } from './forgotten.js';
import { loadForChange, overwriteDocuments, writeDocuments } from './write-records.js';

const RECORDS_AT_ONCE = 500;
const ROWS_AT_ONCE = 5_000;

type IdempotencyKey = Tables['idempotency_keys'];

/** The content of a store: counts, and one SHA-256 of all of it. */
export interface Content {
  records: number;
  idempotencyKeys: number;
  changes: number;
  hash: string;
}

/** A record that was left out, as no import would take it. */
export interface BrokenRecord {
  id: string;
  reason: string;
}

/** The result of one step: how many records it looked at, and which of them were left out. */
export interface Step {
  records: number;
  broken: BrokenRecord[];
}

/** The target of a copy, beside its engine. */
interface Target {
  write: Write;
  /** What the target has forgotten, and does not take in again. */
  forgotten: Forgotten;
  /** The erased people of the source. */
  erased: ErasedPeople;
}

/**
 * Copies to the target what it lacks or holds differently, in steps. A run may end after any step; another one goes on.
 * A record that no import would take is not copied; where it is, a correct copy of it can be imported. Throws before
 * the first step if the target holds anything that no copy of this source can have brought: it would be lost, or mixed
 * with the copy.
 */
export async function* transfer(from: Engine, to: Engine, { write, forgotten, erased }: Target): AsyncGenerator<Step> {
  await requireNothingElse(from, to, forgotten);
  await forgotten.people.adopt(erased, write);
  for await (const documents of documentsOf(from)) {
    const broken = documents.flatMap(findBroken);
    const sound = broken.length === 0 ? documents : without(documents, new Set(broken.map(({ id }) => id)));
    await transferDocuments(to, await admitted(to, sound, forgotten), write);
    yield { records: documents.length, broken };
  }
  for await (const keys of keysOf(from)) {
    await write((transaction) => to.insertRows(transaction, 'idempotency_keys', keys, 'keep'));
  }
  await transferChanges(from, to, { write, forgotten });
}

async function admitted(
  to: Engine,
  documents: CallRecordDocument[],
  forgotten: Forgotten,
): Promise<CallRecordDocument[]> {
  return (await forgotten.admit(to.reader, documents)).filter((document) => document !== null);
}

async function requireNothingElse(from: Engine, to: Engine, forgotten: Forgotten): Promise<void> {
  const isSame = (held: object, own: object) => toText(held) === toText(own);
  // A newer version replaces an older one. A difference within the same version is damage.
  const record = await firstMissing(
    versionsOf(to, ROWS_AT_ONCE),
    versionsOf(from, ROWS_AT_ONCE),
    (held, own) => held.id === own.id && BigInt(held.version) <= BigInt(own.version),
  );
  if (record) throw new NotOfSource(from, to, `the record ${record.id} in version ${record.version}`);
  if (await firstMissing(keysOf(to), keysOf(from), isSame)) throw new NotOfSource(from, to, 'an idempotency key');
  // Changes that were pruned at the source are pruned at the target, too.
  const floor = await readFloor(from.reader);
  const own = admittedChanges(changesOf(from, floor), forgotten);
  const change = await firstMissing(changesOf(to, floor), own, isSame);
  if (change) throw new NotOfSource(from, to, `change ${change.sequence} (${change.recordId} ${change.kind})`);
}

class NotOfSource extends Error {
  constructor(from: Engine, to: Engine, what: string) {
    super(
      `${to.location} holds ${what}, which ${from.location} does not: none of it was changed. ` +
        'Copy to an empty database, or to one that holds nothing but what a copy from there has brought.',
    );
  }
}

/** The first item without a match among others in the same order. Both are read in step, a page at a time. */
async function firstMissing<Item>(
  items: AsyncGenerator<Item[]>,
  others: AsyncGenerator<Item[]>,
  isMatch: (item: Item, other: Item) => boolean,
): Promise<Item | null> {
  const rest = each(others);
  for await (const item of each(items)) {
    let other = await rest.next();
    while (!other.done && !isMatch(item, other.value)) other = await rest.next();
    if (other.done) return item;
  }
  return null;
}

async function* each<Item>(pages: AsyncGenerator<Item[]>): AsyncGenerator<Item> {
  for await (const page of pages) yield* page;
}

function findBroken(document: CallRecordDocument): BrokenRecord[] {
  const misfits = findMisfits(document);
  return misfits.length === 0 ? [] : [{ id: document.id, reason: formatViolations(misfits) }];
}

const without = (documents: CallRecordDocument[], ids: ReadonlySet<string>) =>
  documents.filter(({ id }) => !ids.has(id));

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
  if (missing.length > 0) await write((transaction) => writeDocuments(to, transaction, missing));
  if (different.length > 0) await write((transaction) => overwriteOlder(to, transaction, different));
}

/** An older version does not replace one that was stored since the copy began. */
async function overwriteOlder(to: Engine, transaction: Kysely<Tables>, documents: CallRecordDocument[]): Promise<void> {
  const stored = await loadForChange(
    to,
    transaction,
    documents.map(({ id }) => id),
  );
  const newer = documents.find(({ id, version }) => (stored.get(id)?.version ?? version) > version);
  if (newer) throw new Error(`${to.location} is being written: the record ${newer.id} has a newer version there now.`);
  await overwriteDocuments(to, transaction, documents);
}

async function* admittedChanges(pages: AsyncGenerator<Change[]>, forgotten: Forgotten): AsyncGenerator<Change[]> {
  for await (const page of pages) yield page.map((change) => forgotten.admitChange(change));
}

async function transferChanges(
  from: Engine,
  to: Engine,
  { write, forgotten }: Pick<Target, 'write' | 'forgotten'>,
): Promise<void> {
  for await (const changes of admittedChanges(changesOf(from), forgotten)) {
    const rows = changes.map(toRow);
    await write(async (transaction) => {
      await to.insertRows(transaction, 'call_record_changes', rows, 'keep');
      await to.continueNumbering(transaction);
    });
  }
  const floor = await readFloor(from.reader);
  await write((transaction) => pruneTo(transaction, floor));
}

/**
 * Reads everything as a target may store it, except records of some ids. Two stores with the same content have the same
 * hash, whatever their engines.
 */
export async function readContent(
  engine: Engine,
  leftOut: ReadonlySet<string>,
  forgotten: Forgotten,
): Promise<Content> {
  const hash = createHash('sha256');
  const records = await hashAll(hash, documentsOf(engine), (page) =>
    admitted(forgotten.engine, without(page, leftOut), forgotten),
  );
  const idempotencyKeys = await hashAll(hash, keysOf(engine));
  const changes = await hashAll(hash, admittedChanges(changesOf(engine), forgotten));
  return { records, idempotencyKeys, changes, hash: hash.digest('hex') };
}

async function hashAll<Item extends object>(
  hash: Hash,
  pages: AsyncGenerator<Item[]>,
  pick: (page: Item[]) => Item[] | Promise<Item[]> = (page) => page,
): Promise<number> {
  let count = 0;
  for await (const page of pages) {
    const items = await pick(page);
    count += items.length;
    for (const item of items) hash.update(`${toText(item)}\n`);
  }
  hash.update(`${count}\n`);
  return count;
}

/** As JSON, which is written fast. 64-bit integers of the first level become texts. */
function toText(item: object): string {
  const members = Object.entries(item) as [string, unknown][];
  return stringifyJson(members.map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]));
}

/** Whole documents in the order of ids, read a page at a time. */
export async function* documentsOf(
  { reader }: Pick<Engine, 'reader'>,
  atOnce = RECORDS_AT_ONCE,
): AsyncGenerator<CallRecordDocument[]> {
  for await (const rows of versionsOf({ reader }, atOnce)) {
    const ids = rows.map(({ id }) => id);
    const documents = await loadDocuments(reader, ids);
    yield ids.flatMap((id) => documents.get(id) ?? []);
  }
}

async function* versionsOf({ reader }: Pick<Engine, 'reader'>, atOnce: number) {
  let last = '';
  for (;;) {
    const rows = await reader
      .selectFrom('call_records')
      .select(['id', sql<string>`cast(version as text)`.as('version')])
      .where('id', '>', last)
      .orderBy('id')
      .limit(atOnce)
      .execute();
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1)?.id as string;
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

async function* changesOf(engine: Engine, after = 0n): AsyncGenerator<Change[]> {
  let last = after;
  for (;;) {
    const changes = await keptChanges(engine, last, ROWS_AT_ONCE);
    if (changes.length === 0) return;
    yield changes;
    last = changes.at(-1)?.sequence as bigint;
  }
}
