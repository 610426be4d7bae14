import { type Kysely, sql } from 'kysely';
import type { Before } from '../changes/change-log.js';
import { chunksOf } from '../../platform/chunks.js';
import { compareText } from '../../platform/compare-text.js';
import type { Engine, Insert, RowKey } from '../engine/engine.js';
import { distinctKnown, forgetIdentities, knownKey, type RemovedIdentity } from './known-identities.js';
import { type DocumentRows, knownIdentity } from '../rows/row-mapping.js';
import { type IdentitiesTable, IN_SESSION, type Tables } from '../rows/tables.js';
import { unsummedHours } from '../rows/unsummed.js';

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
  // In the order of keys: rows of one page of a table come together, and the page is touched once.
  const rows = [...documents].sort((a, b) => compareText(a.record.id, b.record.id));
  const records = rows.map(({ record }) => record);
  const { parts, starts } = await readStored(
    transaction,
    records.map(({ id }) => id),
  );
  const began = Array.from(starts.values(), (start_date_time) => ({ start_date_time }));
  const inserts: Insert[] = [
    // Replaced, not removed: a transaction that waits to change the same record goes on with its row.
    { table: 'call_records', rows: records, taken: 'replace' },
    { table: 'call_record_unsummed', rows: unsummedHours([...began, ...records]), taken: 'fail' },
  ];
  const identities = { removed: [] as IdentitiesTable[], added: [] as IdentitiesTable[] };
  for (const { part, table, key } of PARTS) {
    const { removed, added } = difference(parts[part], rows.flatMap((one) => one[part] as object[]) as Row[], key);
    await engine.removeRows(
      transaction,
      table,
      removed.map((row) => keyOf(row, key)),
    );
    inserts.push({ table, rows: added, taken: 'fail' } as unknown as Insert);
    if (part === 'identities') Object.assign(identities, { removed, added });
  }
  const known = distinctKnown(identities.added.flatMap(knownIdentity));
  await engine.insertTogether(transaction, [...inserts, { table: 'known_identities', rows: known, taken: 'keep' }]);
  await engine.holdKnown(transaction, known);
  await forgetIdentities(engine, transaction, without(identitiesOf(identities.removed, starts), rows));
  return peopleOf(parts.identities as unknown as IdentitiesTable[]);
}

/** `removed`: stored rows that go or differ; `added`: rows to be written. */
function difference(stored: readonly Row[], rows: readonly Row[], key: readonly string[]) {
  const nameOf = (row: Row) => key.map((column) => row[column]).join('\0');
  const left = new Map(stored.map((row) => [nameOf(row), row]));
  const added = rows.filter((row) => {
    const name = nameOf(row);
    const own = left.get(name);
    if (!own || Object.entries(row).some(([column, value]) => own[column] !== value)) return true;
    left.delete(name);
    return false;
  });
  return { removed: [...left.values()], added };
}

const keyOf = (row: Row, key: readonly string[]) =>
  Object.fromEntries(key.map((column) => [column, row[column]])) as RowKey;

function identitiesOf(rows: readonly IdentitiesTable[], starts: ReadonlyMap<string, string>): RemovedIdentity[] {
  const identities = rows.flatMap((row) =>
    knownIdentity(row).map((known) => ({ ...known, start_date_time: starts.get(row.record_id) as string })),
  );
  return distinctKnown(identities);
}

/** The removed identities that do not stand in the new rows. Only these need to be searched, or waited for. */
function without(removed: readonly RemovedIdentity[], rows: readonly DocumentRows[]): RemovedIdentity[] {
  const kept = new Set(rows.flatMap(({ known }) => known.map(knownKey)));
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
