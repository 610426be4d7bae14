#!/usr/bin/env bash
# dayjs 1.11.23: of a date-time without a zone, as databases and spreadsheets write them, the fraction of a second is read
# as a number of milliseconds: .5 is 5 ms, .12 is 12 ms. With a Z, or with three digits, it is right. Where zeros are
# trimmed, as Graph and DuckDB trim them, one of ten times in a column is wrong by up to nine tenths of a second.
#
# A guess: .5 is half a second.
# Seen: "21.5 -> 21.005Z", "21.12 -> 21.012Z", "21.123 -> 21.123Z", "21.5Z -> 21.500Z". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts dayjs@1.11.23 >/dev/null
cat >fractions.mjs <<'PROGRAM'
import dayjs from 'dayjs';
import utc from 'dayjs/plugin/utc.js';

dayjs.extend(utc);
for (const second of ['21.5', '21.12', '21.123', '21.5Z']) {
  console.log(`${second} -> ${dayjs.utc(`2026-02-25T18:52:${second}`).toISOString().slice(17)}`);
}
PROGRAM
seen=$(node fractions.mjs)
echo "$seen"
[[ $seen == '21.5 -> 21.005Z
21.12 -> 21.012Z
21.123 -> 21.123Z
21.5Z -> 21.500Z' ]]
