import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { Manifest } from '../../src/export/export-tables.js';

/** A row by the names of its columns, as text: date-times and numbers as CSV has them, null where there is nothing. */
export type Row = { [column: string]: string | null };

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
}

/** The rows of a table of an export, whichever its format, and what its manifest tells of it found right. */
export async function readTable(folder: string, name: string): Promise<Row[]> {
  const { format, tables } = await readManifest(folder);
  const told = tables[name];
  if (!told) throw new Error(`There is no table ${name}.`);
  const bytes = await readFile(join(folder, told.file));
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(told.sha256);
  expect(bytes.length).toBe(told.bytes);
  const rows = format === 'csv' ? readCsv(bytes) : await readParquet(join(folder, told.file));
  expect(rows).toHaveLength(told.rows);
  for (const row of rows) expect(Object.keys(row)).toEqual(told.columns.map((column) => column.name));
  return rows;
}

function readCsv(bytes: Buffer): Row[] {
  const rows = parse<{ [column: string]: string }>(bytes, { bom: true, columns: true });
  return rows.map((row) => mapValues(row, (value) => (value === '' ? null : value)));
}

async function readParquet(file: string): Promise<Row[]> {
  const timestampFromNanoseconds = (nanoseconds: bigint) => formatNanoseconds(nanoseconds);
  const rows = await parquetReadObjects({
    file: await asyncBufferFromFile(file),
    parsers: { timestampFromNanoseconds },
  });
  return rows.map((row) => mapValues(row, (value) => (value == null || value === '' ? null : String(value))));
}

/** The times of a Parquet file in its own form. */
function formatNanoseconds(nanoseconds: bigint): string {
  const rest = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const whole = new Date(Number((nanoseconds - rest) / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(rest).padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`;
}

function mapValues<Value>(row: { [column: string]: Value }, map: (value: Value) => string | null): Row {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, map(value)]));
}

export async function parquetMetadata(folder: string, name: string): Promise<FileMetaData> {
  return parquetMetadataAsync(await asyncBufferFromFile(join(folder, `${name}.parquet`)));
}
