#!/usr/bin/env bash
# date-fns 4.4.0: `parseISO` cuts what is below a millisecond off, but where the digits are nines it rounds up, as it adds
# the fraction to milliseconds since 1970 in a double: the last tick of a day, 23:59:59.9999999, with which programs of
# .NET end it, is the first instant of the next one. `new Date` of the same text stays on its day.
#
# A guess: the digits beyond three are cut off.
# Seen: "…21.2169889Z -> …21.216Z", "2026-02-28T23:59:59.9999999Z -> 2026-03-01T00:00:00.000Z", "Date: 2026-02-28…".
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts date-fns@4.4.0 >/dev/null
cat >times.mjs <<'PROGRAM'
import { parseISO } from 'date-fns';

const END = '2026-02-28T23:59:59.9999999Z';
for (const text of ['2026-02-25T18:52:21.2169889Z', END]) console.log(`${text} -> ${parseISO(text).toISOString()}`);
console.log(`Date: ${new Date(END).toISOString()}`);
PROGRAM
seen=$(node times.mjs)
echo "$seen"
[[ $seen == '2026-02-25T18:52:21.2169889Z -> 2026-02-25T18:52:21.216Z
2026-02-28T23:59:59.9999999Z -> 2026-03-01T00:00:00.000Z
Date: 2026-02-28T23:59:59.999Z' ]]
