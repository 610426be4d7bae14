/** One statement takes 32,766 values in SQLite and 65,535 in PostgreSQL. */
const VALUES_AT_ONCE = 10_000;

/** A list in pieces, by default of which each is short enough for one statement, beside its other values. */
export function* chunksOf<Value>(values: readonly Value[], size = VALUES_AT_ONCE): Generator<readonly Value[]> {
  for (let start = 0; start < values.length; start += size) yield values.slice(start, start + size);
}
