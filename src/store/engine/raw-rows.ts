import { type Expression, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import type { ByteText } from '../../platform/byte-text.js';
import type { Query, Scan } from './readers.js';
import type { Tables } from '../rows/tables.js';
import type { Compilable, Statement } from './statement-templates.js';

/** The values of a row in the order of the columns selected, joined; see {@link toRawRow}. */
export type TextRow = ByteText;

/** A column to be read as text. */
export interface TextColumn {
  value: Expression<unknown>;
  nullable: boolean;
}

/** Tells, while a row is read, whether the JSON of this revision of the record is cached. */
export type IsKnown = (id: string, revision: number) => boolean;

/** The columns of a row to read. */
export interface Reading {
  /** Begins with the record's id and revision. */
  columns: readonly TextColumn[];
  /** How many of the columns are read of cached rows; null if there is no cache. */
  ofKnown: number | null;
}

/** Reads rows of texts in the way that is cheapest for a database and its driver. */
export interface TextRows {
  /** The query with columns selected, in the form that `read` takes. */
  select(query: Query<object>, reading: Reading): Compilable;
  /** `scan`, `asker`: see `Readers`. A database may read rows whole, without checking the cache. */
  read(statement: Statement, scan: Scan, isKnown: IsKnown, asker?: Asker): Promise<TextRow[]>;
  /** The same rows whole, as bytes: a text would be one more copy of long values. */
  readBytes(statement: Statement, scan: Scan, asker?: Asker): Promise<Buffer[]>;
}

/** Separates rows: a byte that is in no UTF-8, and so in no stored text. */
const ROW_END = '\u00ff';
const ROW_END_BYTE = ROW_END.charCodeAt(0);
/**
 * Separates values. It is in no JSON, and in no other text that is accepted now. If an older version has stored it, the
 * row has too many values, which is detected.
 */
const VALUE_END = '\u001f';

/** How a database joins the rows of a select, in order, into one value. */
export interface Joining {
  /** The name of its function that tells whether a row is cached. */
  isKnown: string;
  /** Writes a separator, given its code point. */
  separator: (code: number) => RawBuilder<string>;
  /** The aggregate of the column `row`. */
  rows(separator: RawBuilder<string>): RawBuilder<unknown>;
}

/** The values of each row as one text. */
export function selectRows(
  separator: Joining['separator'],
  query: Query<object>,
  columns: readonly TextColumn[],
): Query<{ row: string }> {
  return query.select(joinValues(separator, columns).as('row'));
}

function joinValues(separator: Joining['separator'], columns: readonly TextColumn[]): RawBuilder<string> {
  // Marked, so that an empty value differs from null.
  const values = columns.map(({ value, nullable }) => (nullable ? sql`coalesce('=' || ${value}, '')` : value));
  return sql`concat_ws(${separator(VALUE_END.charCodeAt(0))}, ${sql.join(values)})`;
}

/** All rows as one text. The database joins values faster than they could be passed to JavaScript one by one. */
export function selectJoined(
  database: Kysely<Tables>,
  joining: Joining,
  query: Query<object>,
  reading: Reading,
): Compilable {
  return database
    .selectFrom(query.select(selectJoinedRow(joining, reading).as('row')).as('rows'))
    .select(joining.rows(sql.raw(`cast(x'${ROW_END_BYTE.toString(16)}' as text)`)).as('joined'));
}

function selectJoinedRow({ separator, isKnown }: Joining, { columns, ofKnown }: Reading): RawBuilder<string> {
  const row = joinValues(separator, columns);
  if (ofKnown === null) return row;
  const [id, revision] = columns.map(({ value }) => value);
  const known = joinValues(separator, columns.slice(0, ofKnown));
  return sql`case when ${sql.raw(isKnown)}(${id}, ${revision}) then ${known} else ${row} end`;
}

/** The result of {@link selectJoined}; null if there were no rows. */
export type Joined = Uint8Array | null;

/** Splits joined rows. */
export function splitJoined(joined: Joined): TextRow[] {
  return joined === null ? [] : asBuffer(joined).toString('latin1').split(ROW_END);
}

/** Splits joined rows, as bytes. */
export function splitBytes(joined: Joined): Buffer[] {
  if (joined === null) return [];
  const bytes = asBuffer(joined);
  const rows: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(ROW_END_BYTE); end >= 0; end = bytes.indexOf(ROW_END_BYTE, start)) {
    rows.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...rows, bytes.subarray(start)];
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** The values of a row cannot be told apart: older versions stored text with any characters. */
export class UnreadableRow extends Error {}

/** The first values of a row, and the rest as one value, in which separators may stand. */
export function splitRow(row: Buffer, head: number): [values: string[], last: Buffer] {
  let end = -1;
  for (let count = 0; count < head; count++) end = row.indexOf(VALUE_END, end + 1);
  return [row.toString('latin1', 0, end).split(VALUE_END), row.subarray(end + 1)];
}

/** A record as it was read, with its columns as text. */
export interface RawRow {
  id: string;
  revision: number;
  /** The value of the order, for a row of a list; else empty. */
  sortValue: string;
  /** The values of the columns asked for; null for a cached record. */
  values: (ByteText | null)[] | null;
}

/**
 * Splits a row. It begins with `head` values (the id, the revision, and perhaps the value of the order); the columns
 * follow. Throws an `UnreadableRow`.
 */
export function toRawRow(row: TextRow, head: number, nullable: readonly boolean[]): RawRow {
  const read: (string | null)[] = row.split(VALUE_END);
  return {
    id: read[0] as string,
    revision: Number(read[1]),
    sortValue: head > 2 ? (read[2] as string) : '',
    values: read.length === head && nullable.length > 0 ? null : ownValues(read, head, nullable),
  };
}

/** A value of a row by its place. */
export function valueAt(row: TextRow, place: number): string {
  return row.split(VALUE_END, place + 1)[place] as string;
}

function ownValues(read: readonly (string | null)[], head: number, nullable: readonly boolean[]): RawRow['values'] {
  if (read.length !== head + nullable.length)
    throw new UnreadableRow('A stored value holds a separator, or is null where none should be.');
  const values = read.slice(head);
  for (let index = 0; index < values.length; index++) {
    if (!nullable[index]) continue;
    const marked = values[index] as string;
    values[index] = marked === '' ? null : marked.slice(1);
  }
  return values;
}
