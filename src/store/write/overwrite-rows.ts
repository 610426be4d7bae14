import { type Kysely, sql } from 'kysely';
import type { Before } from '../changes/change-log.js';
import { chunksOf } from '../../platform/chunks.js';
import { compareText } from '../../platform/compare-text.js';
import { QUALITY_RULES } from '../../domain/quality.js';
import type { Engine, Insert, RowKey } from '../engine/engine.js';
import { distinctKnown, forgetIdentities, knownKey, type RemovedIdentity } from './known-identities.js';
import {
  changesSums,
  type DocumentRows,
  knownIdentity,
  namesIn,
  type OwnRows,
  type Rewrite,
  type RewrittenRows,
  rewrittenRows,
  toRows,
} from '../rows/row-mapping.js';
import { type IdentitiesTable, IN_SESSION, type Tables } from '../rows/tables.js';
import { markedHours } from '../rows/unsummed.js';

type Transaction = Kysely<Tables>;
type Row = Record<string, string | number | null>;

/** The tables of a record's parts, and the columns by which each row is found. */
const PARTS = [
  { part: 'sessions', table: 'call_record_sessions', key: ['record_id', 'position'] },
  { part: 'identities', table: 'call_record_identities', key: ['record_id', 'position', 'kind'] },
  { part: 'people', table: 'call_record_people', key: ['identity_id', 'start_date_time', 'record_id'] },
  { part: 'streams', table: 'call_record_streams', key: ['record_id', 'position', 'place'] },
] as const;
type Part = (typeof PARTS)[number]['part'];

/** A column in an index. It is not among those that take new values if it stays the same. */
const INDEXED = 'tenant_id';
/** The key of the records' own rows. */
const ID = ['id'];

/** The stored parts of records, and when each record began. */
interface Stored {
  parts: Record<Part, Row[]>;
  starts: Map<string, string>;
}

/**
 * Replaces the rows of records. Rows that stay the same are not written: each would touch a page per person, spread
 * over all their calls. Resolves to the people who were in each record.
 */
export async function overwriteRows(
  engine: Engine,
  transaction: Transaction,
  documents: readonly DocumentRows[],
): Promise<Before> {
  engine.endFilling?.(false);
  const rows = inOrder(documents);
  const stored = await readStored(
    transaction,
    rows.map(({ record }) => record.id),
  );
  await writeOver(engine, transaction, stored, [{ rows, columns: Object.keys(rows[0]?.record ?? {}) }]);
  return peopleOf(stored.parts.identities as unknown as IdentitiesTable[]);
}

/**
 * Rewrites records that this transaction has loaded for the change. Their stored rows follow from the documents: to read
 * them takes a page per person. They are read only if other rules than ours have judged the record.
 */
export async function rewriteRows(
  engine: Engine,
  transaction: Transaction,
  rewrites: readonly Rewrite[],
): Promise<OwnRows[]> {
  engine.endFilling?.(false);
  const others = await judgedOtherwise(
    transaction,
    rewrites.map(({ to }) => to.id),
  );
  const known = rewrites.filter(({ to }) => !others.has(to.id)).map(rewrittenRows);
  const read = rewrites.filter(({ to }) => others.has(to.id)).map(({ to }) => toRows(to));
  if (read.length > 0) await overwriteRows(engine, transaction, read);
  if (known.length > 0) await writeOver(engine, transaction, storedOf(known), byColumns(known));
  return [...known.map(({ rows }) => rows), ...read];
}

/** Records to be written, and the columns of their own rows that may differ. */
interface Rows {
  rows: OwnRows[];
  columns: readonly string[];
}

function byColumns(rewritten: readonly RewrittenRows[]): Rows[] {
  const all = new Map<string, Rows>();
  for (const { rows, columns } of rewritten) {
    const own = all.get(columns.join()) ?? { rows: [], columns };
    own.rows.push(rows);
    all.set(columns.join(), own);
  }
  return [...all.values()].map(({ rows, columns }) => ({ rows: inOrder(rows), columns }));
}

/** In the order of keys: rows of one page of a table come together, and the page is touched once. */
const inOrder = (documents: readonly OwnRows[]): OwnRows[] =>
  [...documents].sort((a, b) => compareText(a.record.id, b.record.id));

async function writeOver(
  engine: Engine,
  transaction: Transaction,
  { parts, starts }: Stored,
  all: readonly Rows[],
): Promise<void> {
  const rows = inOrder(all.flatMap((one) => one.rows));
  const hoursOf = (some: readonly Rows[]) =>
    markedHours(
      some.flatMap((one) =>
        one.rows.flatMap(({ record }) => [
          record,
          { start_date_time: starts.get(record.id) ?? record.start_date_time },
        ]),
      ),
    );
  const inserts: Insert[] = [
    // Replaced, not removed: a transaction that waits to change the same record goes on with its row.
    ...all.map((one): Insert => {
      const records = one.rows.map(({ record }) => record);
      return { table: 'call_records', rows: records, taken: { key: ID, set: without(one.columns, ID) } };
    }),
    {
      table: 'call_record_unsummed',
      rows: hoursOf(all.filter(({ columns }) => changesSums(columns))),
      taken: 'fail',
    },
    {
      table: 'call_record_untallied',
      rows: hoursOf(all.filter(({ columns }) => !changesSums(columns))),
      taken: 'fail',
    },
  ];
  const identities = { removed: [] as IdentitiesTable[], added: [] as IdentitiesTable[] };
  for (const { part, table, key } of PARTS) {
    const { removed, added, changed } = difference(
      parts[part],
      rows.flatMap((one) => one[part] as object[]) as Row[],
      key,
    );
    await engine.removeRows(
      transaction,
      table,
      removed.map((row) => keyOf(row, key)),
    );
    inserts.push({ table, rows: added, taken: 'fail' } as unknown as Insert);
    inserts.push(...replacing(table, key, changed));
    if (part === 'identities')
      Object.assign(identities, {
        removed: [...removed, ...changed.map(({ old }) => old)],
        added: [...added, ...changed.map(({ row }) => row)],
      });
  }
  const known = distinctKnown(identities.added.flatMap(knownIdentity));
  await engine.insertTogether(transaction, [...inserts, { table: 'known_identities', rows: known, taken: 'keep' }]);
  await engine.holdKnown(transaction, known);
  await forgetIdentities(engine, transaction, unnamed(identitiesOf(identities.removed, starts), rows));
}

/** A stored row and the one that takes its place, with the same key. */
interface Changed {
  old: Row;
  row: Row;
}

/** `removed`: stored rows that go; `added`: new rows. */
function difference(stored: readonly Row[], rows: readonly Row[], key: readonly string[]) {
  const nameOf = (row: Row) => key.map((column) => row[column]).join('\0');
  const own = new Set(rows);
  const same = new Set(stored.filter((row) => own.has(row)));
  const left = new Map(stored.flatMap((row) => (same.has(row) ? [] : [[nameOf(row), row]])));
  const added: Row[] = [];
  const changed: Changed[] = [];
  for (const row of rows) {
    if (same.has(row)) continue;
    const name = nameOf(row);
    const old = left.get(name);
    left.delete(name);
    if (!old) added.push(row);
    else if (Object.entries(row).some(([column, value]) => old[column] !== value)) changed.push({ old, row });
  }
  return { removed: [...left.values()], added, changed };
}

function replacing(table: string, key: readonly string[], changed: readonly Changed[]): Insert[] {
  const isMoved = ({ old, row }: Changed) => old[INDEXED] !== row[INDEXED];
  const set = without(Object.keys(changed[0]?.row ?? {}), key);
  return [
    { some: changed.filter(isMoved), set },
    { some: changed.filter((one) => !isMoved(one)), set: without(set, [INDEXED]) },
  ].map(({ some, set }) => ({ table, rows: some.map(({ row }) => row), taken: { key, set } }) as unknown as Insert);
}

const without = (names: readonly string[], others: readonly string[]) => names.filter((name) => !others.includes(name));

const keyOf = (row: Row, key: readonly string[]) =>
  Object.fromEntries(key.map((column) => [column, row[column]])) as RowKey;

function identitiesOf(rows: readonly IdentitiesTable[], starts: ReadonlyMap<string, string>): RemovedIdentity[] {
  const identities = rows.flatMap((row) =>
    knownIdentity(row).map((known) => ({ ...known, start_date_time: starts.get(row.record_id) as string })),
  );
  return distinctKnown(identities);
}

/** The removed identities that do not stand in the new rows. Only these need to be searched, or waited for. */
function unnamed(removed: readonly RemovedIdentity[], rows: readonly OwnRows[]): RemovedIdentity[] {
  const kept = new Set(rows.flatMap(({ identities }) => identities.map((row) => knownKey(namesIn(row)))));
  return removed.filter((one) => !kept.has(knownKey(one)));
}

function peopleOf(identities: readonly IdentitiesTable[]): Before {
  const before = new Map<string, Set<string>>();
  for (const { record_id, identity_id } of identities) {
    if (!identity_id) continue;
    const people = before.get(record_id);
    if (people) people.add(identity_id);
    else before.set(record_id, new Set([identity_id]));
  }
  return before;
}

/** The records that were judged by other rules than those of this version. */
async function judgedOtherwise(transaction: Transaction, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const others = new Set<string>();
  for (const some of chunksOf(ids)) {
    const query = transaction.selectFrom('call_records').select('id').where('id', 'in', some);
    for (const { id } of await query.where('quality_rules', '<>', QUALITY_RULES).execute()) others.add(id);
  }
  return others;
}

function storedOf(rewritten: readonly RewrittenRows[]): Stored {
  const of = (part: Part) => rewritten.flatMap(({ stored }) => stored[part] as object[]) as Row[];
  return {
    parts: { sessions: of('sessions'), identities: of('identities'), people: of('people'), streams: of('streams') },
    starts: new Map(rewritten.map(({ rows: { record } }) => [record.id, record.start_date_time])),
  };
}

async function readStored(transaction: Transaction, ids: readonly string[]): Promise<Stored> {
  const parts: Stored['parts'] = { sessions: [], identities: [], people: [], streams: [] };
  const starts: Stored['starts'] = new Map();
  const add = (part: Part, rows: readonly object[]) => {
    for (const row of rows) parts[part].push(row as Row);
  };
  for (const some of chunksOf(ids)) {
    for (const { part, table } of PARTS)
      if (table !== 'call_record_people')
        add(part, await transaction.selectFrom(table).selectAll().where('record_id', 'in', some).execute());
    add('people', await readPeople(transaction, some));
    const own = transaction.selectFrom('call_records').select(['id', 'start_date_time']).where('id', 'in', some);
    for (const { id, start_date_time } of await own.execute()) starts.set(id, start_date_time);
  }
  return { parts, starts };
}

/** Finds rows by the people in the records, and by the index of people in sessions. Some rows come twice. */
async function readPeople(transaction: Transaction, ids: readonly string[]): Promise<object[]> {
  const { rows } = await sql<object>`
    select * from call_record_people where (identity_id, start_date_time, record_id) in (
      select i.identity_id, r.start_date_time, r.id from call_records r join call_record_identities i on i.record_id = r.id
      where r.id in (${sql.join(ids)}) and i.identity_id is not null)
    union all
    select * from call_record_people where record_id in (${sql.join(ids)}) and (roles & ${sql.lit(IN_SESSION)}) <> 0
  `.execute(transaction);
  return rows;
}
