#!/usr/bin/env bash
# dayjs 1.11.23 with its plugins utc and timezone: `tz(zone).startOf('day')` depends on the zone of the machine. On the days
# on which the clocks of Berlin change it is midnight on a machine in UTC, and an hour before or after midnight on one in
# New York. `add(1, 'day')` from there is an hour off on the machine in UTC, and right on the other. Where clocks change
# at midnight, as in Cairo, the day begins on the day before on both.
#
# A guess: a time in a named zone does not depend on the machine, and a day begins with its first instant (00:00 in
# Berlin, 01:00 on that day in Cairo), and ends at the next one's.
# Seen: the lines at the end. Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts dayjs@1.11.23 >/dev/null
cat >days.mjs <<'PROGRAM'
import dayjs from 'dayjs';
import timezone from 'dayjs/plugin/timezone.js';
import utc from 'dayjs/plugin/utc.js';

dayjs.extend(utc);
dayjs.extend(timezone);
// By the platform's own clock of the zone, not by that of dayjs.
const clock = (instant, timeZone) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant.toDate());
for (const [noon, zone] of [
  ['2026-03-29T10:00:00Z', 'Europe/Berlin'],
  ['2026-10-25T11:00:00Z', 'Europe/Berlin'],
  ['2026-04-24T10:00:00Z', 'Africa/Cairo'],
]) {
  const day = dayjs(noon).tz(zone).startOf('day');
  console.log(`${process.env.TZ}: ${zone} ${noon.slice(0, 10)} from ${clock(day, zone)} to ${clock(day.add(1, 'day'), zone)}`);
}
PROGRAM
seen=$(for zone in UTC America/New_York; do TZ=$zone node days.mjs; done)
echo "$seen"
[[ $seen == 'UTC: Europe/Berlin 2026-03-29 from 2026-03-29 00:00 to 2026-03-30 01:00
UTC: Europe/Berlin 2026-10-25 from 2026-10-25 00:00 to 2026-10-25 23:00
UTC: Africa/Cairo 2026-04-24 from 2026-04-23 23:00 to 2026-04-25 00:00
America/New_York: Europe/Berlin 2026-03-29 from 2026-03-28 23:00 to 2026-03-30 00:00
America/New_York: Europe/Berlin 2026-10-25 from 2026-10-25 01:00 to 2026-10-26 00:00
America/New_York: Africa/Cairo 2026-04-24 from 2026-04-23 23:00 to 2026-04-25 00:00' ]]
