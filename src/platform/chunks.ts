/** A statement takes up to 32,766 values in SQLite, and 65,535 in PostgreSQL. */
const VALUES_AT_ONCE = 10_000;

/** A list in chunks. By default each is short enough for one statement, with room for other values. */
export function* chunksOf<Value>(values: readonly Value[], size = VALUES_AT_ONCE): Generator<readonly Value[]> {
  for (let start = 0; start < values.length; start += size) yield values.slice(start, start + size);
}
