import type { UtcText } from '../domain/date-time.js';
import type { ColumnType, Value } from './columns.js';

/**
 * The values of one column for one row group. They are kept in as little as they need, since those of all columns are in
 * memory until the group is full; a list of them is made when the column is written.
 */
export interface ColumnBuffer {
  /** Keeps the value of a row. */
  set(row: number, value: Value): void;
  /** The values of the first rows, as the Parquet library takes them. */
  list(rows: number): unknown[];
  /** How they are to be written; undefined where the library may find out. */
  readonly encoding?: 'PLAIN' | undefined;
  /** Forgets all values. */
  clear(): void;
}

/** A buffer for so many rows; `outOfRange` is called for a date-time that nanoseconds do not reach, which becomes null. */
export function bufferOf(type: ColumnType, rows: number, outOfRange: () => void): ColumnBuffer {
  switch (type) {
    case 'text':
      return new TextBuffer(rows);
    case 'int64':
      return new Int64Buffer(rows, (value) => value as bigint);
    case 'timestamp':
      return new Int64Buffer(rows, (value) => {
        const nanoseconds = nanosecondsOf(value as UtcText);
        if (nanoseconds >= -EDGE && nanoseconds < EDGE) return nanoseconds;
        outOfRange();
        return null;
      });
    case 'boolean':
      return new NumberBuffer(rows, (number) => number === 1);
    case 'int32':
    case 'double':
      return new NumberBuffer(rows, (number) => number);
  }
}

/** Numbers and Booleans; NaN, which no column holds, stands for null. */
class NumberBuffer implements ColumnBuffer {
  private readonly values: Float64Array;

  constructor(
    rows: number,
    private readonly show: (number: number) => unknown,
  ) {
    this.values = new Float64Array(rows);
  }

  set(row: number, value: Value): void {
    this.values[row] = value === null ? NaN : Number(value);
  }

  list(rows: number): unknown[] {
    return Array.from(this.values.subarray(0, rows), (number) => (Number.isNaN(number) ? null : this.show(number)));
  }

  clear(): void {}
}

class Int64Buffer implements ColumnBuffer {
  private readonly values: BigInt64Array;
  private readonly isNull: Uint8Array;

  constructor(
    rows: number,
    private readonly read: (value: Value) => bigint | null,
  ) {
    this.values = new BigInt64Array(rows);
    this.isNull = new Uint8Array(rows);
  }

  set(row: number, value: Value): void {
    const integer = value === null ? null : this.read(value);
    this.isNull[row] = integer === null ? 1 : 0;
    if (integer !== null) this.values[row] = integer;
  }

  list(rows: number): unknown[] {
    return Array.from(this.values.subarray(0, rows), (integer, row) => (this.isNull[row] === 1 ? null : integer));
  }

  clear(): void {}
}

/** Rows after which it is guessed how many different texts a column has, and the parts of them that are few, and many. */
const SAMPLE = { rows: 1_000, few: 200, many: 900 };

/** Texts; of a column that has few, each once. */
class TextBuffer implements ColumnBuffer {
  private readonly values: (string | null)[];
  private readonly known = new Map<string, string>();
  private variety: 'few' | 'some' | 'many' = 'few';

  constructor(rows: number) {
    this.values = new Array<string | null>(rows).fill(null);
  }

  set(row: number, value: Value): void {
    const text = value as string | null;
    this.values[row] = text === null || this.variety !== 'few' ? text : this.keep(text);
    if (row !== SAMPLE.rows || this.variety !== 'few') return;
    if (this.known.size > SAMPLE.few) this.variety = this.known.size > SAMPLE.many ? 'many' : 'some';
  }

  /** To look for a dictionary among many texts takes longer than all else. */
  get encoding(): 'PLAIN' | undefined {
    return this.variety === 'many' ? 'PLAIN' : undefined;
  }

  private keep(text: string): string {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    this.known.set(text, text);
    return text;
  }

  /** Of many texts the bytes, for which Node has memory at hand; the library would ask for some for each. */
  list(rows: number): unknown[] {
    const values = this.values.slice(0, rows);
    return this.variety === 'many' ? values.map((text) => (text === null ? null : Buffer.from(text))) : values;
  }

  clear(): void {
    this.known.clear();
    this.values.fill(null);
  }
}

const EDGE = 2n ** 63n;

/** Since 1970; digits beyond the ninth of the fraction, which Graph never has, are cut off. */
function nanosecondsOf(utc: UtcText): bigint {
  const [whole = '', fraction = ''] = utc.split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(Number(fraction.slice(0, 9).padEnd(9, '0')));
}
