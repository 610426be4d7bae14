#!/usr/bin/env bash
# date-fns 4.4.0 with @date-fns/tz 1.5.0: `eachHourOfInterval` over the day on which the clocks go back gives 24 hours of 25.
# The hour that comes twice is there once, and its first run is in no bucket: whoever counts calls by these hours loses
# those of that run. Of the day on which they go forward it gives 23, which are right.
#
# A guess: with a zone, an hour for each hour that passes.
# Seen: "2026-10-25: 24 of 25 hours, without 2026-10-25T00:00:00.000Z", "2026-03-29: 23 of 23 hours". Exits with 1 if that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts date-fns@4.4.0 @date-fns/tz@1.5.0 >/dev/null
cat >hours.mjs <<'PROGRAM'
import { TZDate } from '@date-fns/tz';
import { eachHourOfInterval } from 'date-fns';

const HOUR = 3_600_000;
for (const [day, from, to] of [
  ['2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z'],
  ['2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z'],
]) {
  const [start, end] = [from, to].map((text) => new TZDate(Date.parse(text), 'Europe/Berlin'));
  const given = new Set(eachHourOfInterval({ start, end }).map(Number));
  const hours = Array.from({ length: Math.ceil((end - start) / HOUR) }, (_, index) => Number(start) + index * HOUR);
  const without = hours.filter((hour) => !given.has(hour)).map((hour) => new Date(hour).toISOString());
  console.log(`${day}: ${given.size} of ${hours.length} hours${without.length > 0 ? `, without ${without}` : ''}`);
}
PROGRAM
seen=$(TZ=UTC node hours.mjs)
echo "$seen"
[[ $seen == '2026-10-25: 24 of 25 hours, without 2026-10-25T00:00:00.000Z
2026-03-29: 23 of 23 hours' ]]
