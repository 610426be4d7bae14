interface Entry<Value> {
  bytes: Uint8Array;
  value: Value;
}

const BUCKETS = 64;

/** Finds values by a text within bytes, without making a text of these. */
export class ByteMap<Value> {
  private readonly buckets: Entry<Value>[][] = Array.from({ length: BUCKETS }, () => []);

  constructor(entries: Iterable<readonly [key: string, value: Value]> = []) {
    for (const [key, value] of entries) this.add(Buffer.from(key), value);
  }

  add(bytes: Uint8Array, value: Value): void {
    this.bucketOf(bytes, 0, bytes.length).push({ bytes, value });
  }

  find(bytes: Uint8Array, start: number, end: number): Value | undefined {
    for (const entry of this.bucketOf(bytes, start, end))
      if (isEqual(entry.bytes, bytes, start, end)) return entry.value;
    return undefined;
  }

  /** Entries by length, and by bytes in which names differ. */
  private bucketOf(bytes: Uint8Array, start: number, end: number): Entry<Value>[] {
    const length = end - start;
    const middle = bytes[start + (length >> 1)] ?? 0;
    const last = bytes[end - 2] ?? 0;
    return this.buckets[(length + 5 * middle + 3 * last) & (BUCKETS - 1)] as Entry<Value>[];
  }
}

function isEqual(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let at = 0; at < key.length; at++) if (key[at] !== bytes[start + at]) return false;
  return true;
}
