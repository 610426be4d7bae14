#!/usr/bin/env bash
# d3-dsv 3.0.2: `autoType` takes an ISO 8601 text for a date-time only where the fraction of its seconds has three digits,
# or where there is none. Graph trims the zeros of a fraction and has up to seven digits: of one column some cells become
# a Date and the others stay text, so that a sort, a scale or an extent over the column is wrong without an error. A
# telephone number in the next column becomes a number, and loses its plus.
#
# A guess: a column of date-times is read as one type, and text that begins with a plus is no number.
# Seen: "Date string string Date", "phone: 14255550123 (number)". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts d3-dsv@3.0.2 >/dev/null
cat >calls.mjs <<'PROGRAM'
import { autoType, csvParse } from 'd3-dsv';

const rows = csvParse(
  [
    'start,phone',
    '2026-02-25T18:52:21.216Z,+14255550123',
    '2026-02-25T18:52:21.2169889Z,+14255550123',
    '2026-02-25T18:52:21.19Z,+14255550123',
    '2026-02-25T18:52:46Z,+14255550123',
  ].join('\n'),
  autoType,
);
console.log(rows.map(({ start }) => (start instanceof Date ? 'Date' : typeof start)).join(' '));
console.log(`phone: ${rows[0].phone} (${typeof rows[0].phone})`);
PROGRAM
seen=$(node calls.mjs)
echo "$seen"
[[ $seen == $'Date string string Date\nphone: 14255550123 (number)' ]]
