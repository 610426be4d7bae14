#!/usr/bin/env bash
# echarts 6.1.0 reads a date-time of a time axis by a grammar of its own, which takes what ISO 8601 has and reads it otherwise:
# of an offset only the hours count, so that +05:30 (India) is half an hour off, and the fraction of a second is a number of
# milliseconds: .5 is 5 ms, .12 is 12 ms, also with a Z. Three digits and more are right. Graph trims the zeros of a fraction:
# one of ten points is up to nine tenths of a second too early, and stands before points that came earlier.
#
# A guess: what Date.parse gives, at least where the text has a zone.
# Seen: "21.5Z -> 21.005Z", "21.12Z -> 21.012Z", "21.2169889Z -> 21.216Z", "+05:30 -> 30 min late", "-03:30 -> 30 min
# early". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts echarts@6.1.0 >/dev/null
cat >times.mjs <<'PROGRAM'
import { number } from 'echarts';

for (const seconds of ['21.5Z', '21.12Z', '21.2169889Z']) {
  console.log(`${seconds} -> ${number.parseDate(`2026-02-25T18:52:${seconds}`).toISOString().slice(-7)}`);
}
for (const offset of ['+05:30', '-03:30']) {
  const text = `2026-02-25T18:52:21${offset}`;
  const minutes = (number.parseDate(text) - new Date(text)) / 60_000;
  console.log(`${offset} -> ${Math.abs(minutes)} min ${minutes > 0 ? 'late' : 'early'}`);
}
PROGRAM
seen=$(node times.mjs)
echo "$seen"
[[ $seen == '21.5Z -> 21.005Z
21.12Z -> 21.012Z
21.2169889Z -> 21.216Z
+05:30 -> 30 min late
-03:30 -> 30 min early' ]]
