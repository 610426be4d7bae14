import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { UtcText } from '../domain/date-time.js';
import type { ColumnInfo, ColumnType, Value } from './columns.js';
import type { HashedFile } from './hashed-file.js';
import type { TableWriter } from './table-writer.js';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const ELEMENTS: Record<ColumnType, Omit<SchemaElement, 'name'>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  timestamp: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } },
};

/** Values that a row group holds, which all are in memory until it is full. */
const VALUES_IN_GROUP = 1_000_000;
const ROWS_IN_GROUP = 100_000;

/** A table as a file of Parquet: row groups, each of some ten thousand rows and with the least and the greatest of each column. */
export function openParquet(file: HashedFile, columns: readonly ColumnInfo[]): TableWriter {
  return new ParquetTable(file, columns);
}

/** What the library writes to; it goes to the file after each row group. */
class FileBytes extends ByteWriter {
  constructor(private readonly file: HashedFile) {
    super();
  }

  async flush(): Promise<void> {
    await this.file.write(this.getBytes());
    this.index = 0;
  }
}

class ParquetTable implements TableWriter {
  private readonly groups: ParquetWriter;
  private readonly bytes: FileBytes;
  private readonly groupSize: number;
  /** The row group that is being filled, by columns. */
  private group: Value[][];
  private timesOutOfRange = 0;

  constructor(
    file: HashedFile,
    private readonly columns: readonly ColumnInfo[],
  ) {
    const elements = columns.map(({ name, type, isRequired }): SchemaElement => {
      // A time that there always is may be out of range.
      const isAlwaysThere = isRequired && type !== 'timestamp';
      return { name, ...ELEMENTS[type], repetition_type: isAlwaysThere ? 'REQUIRED' : 'OPTIONAL' };
    });
    const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }, ...elements];
    this.bytes = new FileBytes(file);
    this.groups = new ParquetWriter({ writer: this.bytes, schema });
    this.groupSize = Math.min(ROWS_IN_GROUP, Math.ceil(VALUES_IN_GROUP / columns.length));
    this.group = columns.map(() => []);
  }

  async write(rows: readonly Value[][]): Promise<void> {
    for (const row of rows) {
      for (const [index, values] of this.group.entries()) values.push(row[index] ?? null);
      if (this.length >= this.groupSize) await this.endGroup();
    }
  }

  async end(): Promise<{ timesOutOfRange?: number }> {
    if (this.length > 0) await this.endGroup();
    await this.groups.finish();
    await this.bytes.flush();
    return this.timesOutOfRange > 0 ? { timesOutOfRange: this.timesOutOfRange } : {};
  }

  private get length(): number {
    return this.group[0]?.length ?? 0;
  }

  private async endGroup(): Promise<void> {
    const rowGroupSize = this.length;
    const columnData = this.columns.map(({ name, type }, index) => ({
      name,
      data: this.stored(type, this.group[index] as Value[]),
    }));
    this.group = this.columns.map(() => []);
    await this.groups.write({ columnData, rowGroupSize });
  }

  private stored(type: ColumnType, values: Value[]): unknown[] {
    if (type === 'timestamp') return values.map((value) => this.nanoseconds(value as UtcText | null));
    // The library compares texts by their UTF-16 units, and readers pass over row groups by the order of bytes: with
    // surrogates the two are not the same. Bytes it compares as such.
    if (type === 'text' && values.some(hasSurrogates))
      return values.map((value) => value && Buffer.from(value as string));
    return values;
  }

  private nanoseconds(utc: UtcText | null): bigint | null {
    const nanoseconds = utc === null ? null : nanosecondsOf(utc);
    if (nanoseconds === null || (nanoseconds >= -EDGE && nanoseconds < EDGE)) return nanoseconds;
    this.timesOutOfRange += 1;
    return null;
  }
}

const EDGE = 2n ** 63n;
const SURROGATE = /[\ud800-\udfff]/;
const hasSurrogates = (value: Value) => value !== null && SURROGATE.test(value as string);

/** Since 1970; digits beyond the ninth of the fraction, which Graph never has, are cut off. */
function nanosecondsOf(utc: UtcText): bigint {
  const [whole = '', fraction = ''] = utc.split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}
