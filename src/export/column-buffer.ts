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

/** Rows after which it is known whether a column has few texts. */
const SAMPLE = 1_000;

/** Each text once, as most columns have few; ids are kept as they come. */
class TextBuffer implements ColumnBuffer {
  private readonly values: (string | null)[];
  private readonly known = new Map<string, string>();
  private hasFew = true;

  constructor(rows: number) {
    this.values = new Array<string | null>(rows).fill(null);
  }

  set(row: number, value: Value): void {
    this.values[row] = value === null || !this.hasFew ? (value as string | null) : this.keep(value as string);
    if (row === SAMPLE && this.known.size > SAMPLE * 0.9) this.hasFew = false;
  }

  /** To look for a dictionary among many texts takes longer than all else. */
  get encoding(): 'PLAIN' | undefined {
    return this.hasFew ? undefined : 'PLAIN';
  }

  private keep(text: string): string {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    this.known.set(text, text);
    return text;
  }

  /**
   * The library compares texts by their UTF-16 units, and readers pass over row groups by the order of bytes: with
   * surrogates the two are not the same. Bytes it compares as such; those of many texts it would make at more cost.
   */
  list(rows: number): unknown[] {
    const values = this.values.slice(0, rows);
    if (this.hasFew && ![...this.known.keys()].some((text) => SURROGATE.test(text))) return values;
    return values.map((text) => (text === null ? null : Buffer.from(text)));
  }

  clear(): void {
    this.known.clear();
    this.values.fill(null);
  }
}

const SURROGATE = /[\ud800-\udfff]/;
const EDGE = 2n ** 63n;

/** Since 1970; digits beyond the ninth of the fraction, which Graph never has, are cut off. */
function nanosecondsOf(utc: UtcText): bigint {
  const [whole = '', fraction = ''] = utc.split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}
