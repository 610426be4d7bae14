import { stringify } from 'csv-stringify/sync';
import { formatDateTime } from '../domain/date-time.js';
import type { ColumnInfo, Value } from './columns.js';
import type { HashedFile } from './hashed-file.js';
import type { TableWriter } from './table-writer.js';

/** Options of CSV. */
export interface CsvOptions {
  /** For spreadsheets: a byte order mark, and no text that a spreadsheet would run as a formula. */
  isForExcel: boolean;
}

const BYTE_ORDER_MARK = '\ufeff';

/** The line of the columns' names (RFC 4180), with its line end. */
export function csvHeader(columns: readonly ColumnInfo[], { isForExcel }: CsvOptions): string {
  return (isForExcel ? BYTE_ORDER_MARK : '') + stringify([columns.map(({ name }) => name)], FORMAT);
}

/** Rows as lines of CSV; null is an empty cell. */
export function csvLines(columns: readonly ColumnInfo[], rows: readonly Value[][], options: CsvOptions): string {
  const cells = rows.map((row) => row.map((value, index) => cellOf(columns[index] as ColumnInfo, value, options)));
  return stringify(cells, FORMAT);
}

const FORMAT = { record_delimiter: '\r\n' };
/** Starts a formula, also with full-width characters and after blanks (OWASP: CSV injection). */
const FORMULA = /^(?:\s*[=+\-@＝＋－＠]|[\t\r])/;

function cellOf({ type }: ColumnInfo, value: Value, { isForExcel }: CsvOptions): string {
  if (value === null) return '';
  if (type === 'timestamp') return formatDateTime(value as string);
  if (type !== 'text') return String(value);
  return isForExcel && FORMULA.test(value as string) ? `'${value as string}` : (value as string);
}

/** Characters that are written together. */
const CHUNK = 256 * 1024;

/** Writes a table to a CSV file. */
export function openCsv(file: HashedFile, columns: readonly ColumnInfo[], options: CsvOptions): TableWriter {
  let waiting = csvHeader(columns, options);
  const flush = async () => {
    const text = waiting;
    waiting = '';
    await file.write(Buffer.from(text));
  };
  return {
    write: async (rows) => {
      waiting += csvLines(columns, rows, options);
      if (waiting.length >= CHUNK) await flush();
    },
    end: async () => {
      await flush();
      return {};
    },
  };
}
