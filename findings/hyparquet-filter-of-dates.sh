#!/usr/bin/env bash
# hyparquet 1.33.0, `parquetQuery`: a filter `{ column: date }` holds for every row, as a Date is taken for an object of
# operators, and has none. A date in a text, for which the types of the filter have room, holds for no row, whether `$gt` or
# `$lt`. `$eq` and `$in` with a number hold for no row of a column of 64-bit integers, whose values are bigints, while
# `$gte` and `$lte` with the same number are right.
#
# A guess: a date compares as a date and 5 equals 5n, or what does not fit the column is refused.
# Seen: "a Date: 3 of 3", "$gt a text: 0", "$lt a text: 0", "$eq 5: 0", "$in [5]: 0", "$gte 5 and $lte 5: 1", "$eq 5n: 1".
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts hyparquet@1.33.0 hyparquet-writer@0.17.0 >/dev/null
cat >filters.mjs <<'PROGRAM'
import { parquetQuery } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';

const noon = '2026-02-25T12:00:00.000Z';
const file = parquetWriteBuffer({
  columnData: [
    { name: 'version', type: 'INT64', data: [4n, 5n, 6n] },
    { name: 'startDateTime', type: 'TIMESTAMP', data: [11, 12, 13].map((hour) => new Date(`2026-02-25T${hour}:00:00Z`)) },
  ],
});
const filters = {
  'a Date': { startDateTime: new Date(noon) },
  '$gt a text': { startDateTime: { $gt: noon } },
  '$lt a text': { startDateTime: { $lt: noon } },
  '$eq 5': { version: { $eq: 5 } },
  '$in [5]': { version: { $in: [5] } },
  '$gte 5 and $lte 5': { version: { $gte: 5, $lte: 5 } },
  '$eq 5n': { version: { $eq: 5n } },
};
for (const [name, filter] of Object.entries(filters)) {
  console.log(`${name}: ${(await parquetQuery({ file, filter })).length} of 3`);
}
PROGRAM
seen=$(node filters.mjs)
echo "$seen"
[[ $seen == 'a Date: 3 of 3
$gt a text: 0 of 3
$lt a text: 0 of 3
$eq 5: 0 of 3
$in [5]: 0 of 3
$gte 5 and $lte 5: 1 of 3
$eq 5n: 1 of 3' ]]
