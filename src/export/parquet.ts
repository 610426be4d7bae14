import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { bufferOf, type ColumnBuffer } from './column-buffer.js';
import type { ColumnInfo, ColumnType, Value } from './columns.js';
import type { HashedFile } from './hashed-file.js';
import type { Remarks, TableWriter } from './table-writer.js';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const ELEMENTS: Record<ColumnType, Omit<SchemaElement, 'name'>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  timestamp: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } },
};

/** The most values and rows of a row group, which is in memory until it is full. */
const VALUES_IN_GROUP = 1_000_000;
const ROWS_IN_GROUP = 50_000;

/**
 * Writes a table to a Parquet file. Its row groups have some ten thousand rows each, with the least and greatest value
 * of each column.
 */
export function openParquet(file: HashedFile, columns: readonly ColumnInfo[]): TableWriter {
  return new ParquetTable(file, columns);
}

/** The buffer that the library writes to. It is written to the file after each row group. */
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
  /** The current row group, and its number of rows. */
  private readonly group: ColumnBuffer[];
  private length = 0;
  private timesOutOfRange = 0;

  constructor(
    file: HashedFile,
    private readonly columns: readonly ColumnInfo[],
  ) {
    const elements = columns.map(({ name, type, isRequired }): SchemaElement => {
      // A required time can still be null, if it is out of range.
      const isAlwaysThere = isRequired && type !== 'timestamp';
      return { name, ...ELEMENTS[type], repetition_type: isAlwaysThere ? 'REQUIRED' : 'OPTIONAL' };
    });
    const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }, ...elements];
    this.bytes = new FileBytes(file);
    this.groups = new ParquetWriter({ writer: this.bytes, schema });
    this.groupSize = Math.min(ROWS_IN_GROUP, Math.ceil(VALUES_IN_GROUP / columns.length));
    this.group = columns.map(({ type }) => bufferOf(type, this.groupSize, () => (this.timesOutOfRange += 1)));
  }

  async write(rows: readonly Value[][]): Promise<void> {
    for (const row of rows) {
      for (let index = 0; index < row.length; index++) this.group[index]?.set(this.length, row[index] as Value);
      this.length += 1;
      if (this.length === this.groupSize) await this.endGroup();
    }
  }

  async end(): Promise<Remarks> {
    if (this.length > 0) await this.endGroup();
    await this.groups.finish();
    await this.bytes.flush();
    return this.timesOutOfRange > 0 ? { timesOutOfRange: this.timesOutOfRange } : {};
  }

  private async endGroup(): Promise<void> {
    const rowGroupSize = this.length;
    const buffers = this.group;
    const columnData = this.columns.map(({ name }, index) => ({
      name,
      // A getter, called as the column is written: the lists of all columns together need many times the memory of the
      // buffers.
      get data() {
        return buffers[index]?.list(rowGroupSize) ?? [];
      },
      encoding: buffers[index]?.encoding,
    }));
    await this.groups.write({ columnData, rowGroupSize });
    for (const buffer of buffers) buffer.clear();
    this.length = 0;
  }
}
