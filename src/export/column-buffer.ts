import type { UtcText } from '../domain/date-time.js';
import type { ColumnType, Value } from './columns.js';

/**
 * The values of one column for one row group. They are stored compactly, since those of all columns are in memory until
 * the group is full. The list of them is made only when the column is written.
 */
export interface ColumnBuffer {
  /** Stores the value of a row. */
  set(row: number, value: Value): void;
  /** The values of the first `rows` rows, in the form that the Parquet library takes. */
  list(rows: number): unknown[];
  /** The encoding to write; undefined if the library may choose. */
  readonly encoding?: 'PLAIN' | undefined;
  clear(): void;
}

/**
 * A buffer for `rows` rows. A date-time out of the range of 64-bit nanoseconds becomes null, and `outOfRange` is
 * called.
 */
export function bufferOf(type: ColumnType, rows: number, outOfRange: () => void): ColumnBuffer {
  switch (type) {
    case 'text':
      return new TextBuffer(rows);
    case 'int64':
      return new Int64Buffer(rows, (value) => value as bigint);
    case 'timestamp': {
      // Rows that follow each other often have the same times.
      let [last, nanoseconds]: [Value, bigint] = [null, 0n];
      return new Int64Buffer(rows, (value) => {
        if (value !== last) [last, nanoseconds] = [value, nanosecondsOf(value as UtcText)];
        if (nanoseconds >= -EDGE && nanoseconds < EDGE) return nanoseconds;
        outOfRange();
        return null;
      });
    }
    case 'boolean':
      return new NumberBuffer(rows, (number) => number === 1);
    case 'int32':
    case 'double':
      return new NumberBuffer(rows, (number) => number);
  }
}

/** Numbers and Booleans. NaN stands for null, as no column holds it. */
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

/**
 * After so many rows it is estimated whether the column has few or many different texts: up to `few`, or above `many`.
 */
const SAMPLE = { rows: 1_000, few: 200, many: 900 };

/** Texts. In a column with few different ones, equal texts share one string. */
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

  /** With many different texts, looking for a dictionary would take longer than everything else. */
  get encoding(): 'PLAIN' | undefined {
    return this.variety === 'many' ? 'PLAIN' : undefined;
  }

  private keep(text: string): string {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    this.known.set(text, text);
    return text;
  }

  /**
   * Many different texts are passed as bytes, for which Node has a memory pool. The library would allocate memory for
   * each text.
   */
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

/** The length of a time without its fraction. */
const SECONDS = '2026-02-25T18:52:21'.length;

/** Nanoseconds since 1970. Digits after the ninth of the fraction are cut off; Graph never has them. */
function nanosecondsOf(utc: UtcText): bigint {
  const whole = Date.parse(`${utc.slice(0, SECONDS)}Z`);
  return BigInt(whole) * 1_000_000n + BigInt(`${utc.slice(SECONDS + 1)}000000000`.slice(0, 9));
}
