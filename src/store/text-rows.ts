import { type Expression, type Kysely, type RawBuilder, sql } from 'kysely';
import type { ByteText } from '../domain/byte-text.js';
import type { Scan } from './readers.js';
import type { Tables } from './schema.js';
import type { Query } from './source.js';
import type { Compilable, Statement } from './statement-shapes.js';

/** The values of a row in the order of the columns selected, joined; see {@link valuesOf}. */
export type TextRow = ByteText;

/** A column to be read as text. */
export interface TextColumn {
  value: Expression<unknown>;
  nullable: boolean;
}

/** Reads rows of texts in the way that costs a database and its driver least. */
export interface TextRows {
  /** The query with columns selected, in the form that `read` takes. */
  select(query: Query<object>, columns: readonly TextColumn[]): Compilable;
  /** `scan`: see `Readers`. */
  read(statement: Statement, scan: Scan): Promise<TextRow[]>;
}

/** What separates rows and values stands neither in JSON nor in any value of ours; each row's values are counted. */
const ROW_END = '\u001e';
const VALUE_END = '\u001f';

/** How a database joins the rows of a select, in their order, into one value. */
export interface Joining {
  /** Writes a separator, given its code point. */
  separator: (code: number) => RawBuilder<string>;
  /** The aggregate of the column `row`. */
  rows(separator: RawBuilder<string>): RawBuilder<unknown>;
}

/** The values of each row as one text. */
export const selectRows =
  (separator: Joining['separator']) =>
  (query: Query<object>, columns: readonly TextColumn[]): Query<{ row: string }> => {
    // Marked, so that an empty value is not null.
    const values = columns.map(({ value, nullable }) => (nullable ? sql`coalesce('=' || ${value}, '')` : value));
    return query.select(sql<string>`concat_ws(${separator(VALUE_END.charCodeAt(0))}, ${sql.join(values)})`.as('row'));
  };

/** All rows as one text: into JavaScript each value would take longer than it takes the database to join them. */
export function selectJoined(
  database: Kysely<Tables>,
  joining: Joining,
  query: Query<object>,
  columns: readonly TextColumn[],
): Compilable {
  return database
    .selectFrom(selectRows(joining.separator)(query, columns).as('rows'))
    .select(joining.rows(joining.separator(ROW_END.charCodeAt(0))).as('joined'));
}

/** The rows that {@link selectJoined} gave, null if there were none. */
export function splitJoined(joined: Uint8Array | null): TextRow[] {
  if (joined === null) return [];
  return Buffer.from(joined.buffer, joined.byteOffset, joined.byteLength).toString('latin1').split(ROW_END);
}

/** The first value of a row, which is not nullable. */
export function firstValueOf(row: TextRow): ByteText {
  const end = row.indexOf(VALUE_END);
  return end < 0 ? row : row.slice(0, end);
}

/** So many of the first values of a row, which are not nullable. */
export function firstValuesOf(row: TextRow, count: number): ByteText[] {
  return row.split(VALUE_END, count);
}

/** The values of a row; null where the column is. Throws if they cannot be told apart. */
export function valuesOf(row: TextRow, nullable: readonly boolean[]): (ByteText | null)[] {
  const values: (string | null)[] = row.split(VALUE_END);
  if (values.length !== nullable.length)
    throw new Error('A stored value holds a separator, or is null where none should be.');
  for (let index = 0; index < values.length; index++) {
    if (!nullable[index]) continue;
    const marked = values[index] as string;
    values[index] = marked === '' ? null : marked.slice(1);
  }
  return values;
}
