#!/usr/bin/env bash
# csv-parse 7.0.3: `cast_date` takes for a date whatever Date.parse does, and V8 takes for one any words with a number behind
# them: "Room 5" is the first of May 2001, "Desk 2031" a new year. Names of rooms become dates, those of people stay; the
# columns are not looked at as a whole. With `cast` a telephone number becomes a number and loses its plus.
#
# A guess: ISO 8601, or a format that is told.
# Seen: "Room 5 -> 2001-05-01T00:00:00.000Z", "Desk 2031 -> 2031-01-01T00:00:00.000Z", "Ada -> Ada",
# "+14255550123 -> 14255550123". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts csv-parse@7.0.3 >/dev/null
cat >names.mjs <<'PROGRAM'
import { parse } from 'csv-parse/sync';

const NAMES = ['Room 5', 'Desk 2031', 'Ada', '+14255550123'];
const rows = parse(NAMES.join('\n'), { cast: true, cast_date: true });
for (const [index, [read]] of rows.entries()) {
  console.log(`${NAMES[index]} -> ${read instanceof Date ? read.toISOString() : read}`);
}
PROGRAM
seen=$(TZ=UTC node names.mjs)
echo "$seen"
[[ $seen == 'Room 5 -> 2001-05-01T00:00:00.000Z
Desk 2031 -> 2031-01-01T00:00:00.000Z
Ada -> Ada
+14255550123 -> 14255550123' ]]
