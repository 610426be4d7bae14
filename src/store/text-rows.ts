import { type Expression, type Kysely, type RawBuilder, sql } from 'kysely';
import type { ByteText } from '../domain/byte-text.js';
import type { Scan } from './readers.js';
import type { Tables } from './schema.js';
import type { Query } from './source.js';
import type { Compilable, Statement } from './statement-shapes.js';

/** A row as texts in the order of the columns selected; null where the column is. */
export type TextRow = readonly (ByteText | null)[];

/** Reads rows of texts in the way that costs a database and its driver least. */
export interface TextRows {
  /** The query with columns selected, in the form that `read` takes. */
  select(query: Query<object>, columns: readonly Expression<unknown>[]): Compilable;
  /** `columns`: their number; `scan`: see `Readers`. Rejects if the rows cannot be told apart. */
  read(statement: Statement, columns: number, scan: Scan): Promise<TextRow[]>;
}

/** What separates rows and values stands neither in JSON nor in any value of ours; each row's values are counted. */
const ROW_END = '\u001e';
const VALUE_END = '\u001f';

/** How a database joins the rows of a select, in their order, into one value. */
export interface Joining {
  /** Writes a separator, given its code point. */
  separator(code: number): RawBuilder<string>;
  /** The aggregate of the column `row`. */
  rows(separator: RawBuilder<string>): RawBuilder<unknown>;
}

/**
 * All rows as one text: into JavaScript each value would take longer than it takes the database to join them.
 * A value is marked, so that an empty one is not null.
 */
export function selectJoined(
  database: Kysely<Tables>,
  joining: Joining,
  query: Query<object>,
  columns: readonly Expression<unknown>[],
): Compilable {
  const values = columns.map((column) => sql`coalesce('=' || ${column}, '')`);
  const row = sql<string>`${sql.join(values, sql` || ${joining.separator(VALUE_END.charCodeAt(0))} || `)}`;
  return database
    .selectFrom(query.select(row.as('row')).as('rows'))
    .select(joining.rows(joining.separator(ROW_END.charCodeAt(0))).as('joined'));
}

/** The rows that {@link selectJoined} gave, null if there were none. */
export function splitJoined(joined: Uint8Array | null, columns: number): TextRow[] {
  if (joined === null) return [];
  return Buffer.from(joined.buffer, joined.byteOffset, joined.byteLength)
    .toString('latin1')
    .split(ROW_END)
    .map((row) => splitRow(row, columns));
}

function splitRow(row: string, columns: number): TextRow {
  const values: (string | null)[] = row.split(VALUE_END);
  if (values.length !== columns) throw new Error('A stored value holds a separator.');
  for (let index = 0; index < columns; index++) {
    const value = values[index] as string;
    values[index] = value === '' ? null : value.slice(1);
  }
  return values;
}
