#!/usr/bin/env bash
# apache-arrow 21.2.0: a column of TIMESTAMP in nanoseconds holds 64-bit integers, but `get` and the iteration give
# milliseconds as a double, which has a digit less than a tick of 100 ns takes in our years: what is read is another tick,
# and what is written back from it is another time. (A column of Int64 gives bigints, and so does one of Duration.)
#
# A guess: bigint nanoseconds, as for the other columns of 64 bits, or a Date.
# Seen: "held 1772045541216988900, got 1772045541216.989". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts apache-arrow@21.2.0 >/dev/null
cat >time.mjs <<'PROGRAM'
import { DurationNanosecond, makeData, makeVector, TimestampNanosecond } from 'apache-arrow';

const columnOf = (type, value) => makeVector(makeData({ type, data: BigInt64Array.of(value), length: 1 }));
const times = columnOf(new TimestampNanosecond(), 1_772_045_541_216_988_900n);
console.log(`held ${times.toArray()[0]}, got ${times.get(0)}`);
console.log(`duration: ${typeof columnOf(new DurationNanosecond(), 16_000_100n).get(0)}`);
PROGRAM
seen=$(node time.mjs)
echo "$seen"
[[ $seen == $'held 1772045541216988900, got 1772045541216.989\nduration: bigint' ]]
