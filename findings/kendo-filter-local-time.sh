#!/usr/bin/env bash
# @progress/kendo-data-query 1.7.4: `toODataString` writes a Date as the time on the clock of the machine's zone, and puts
# a Z behind it: in New York the filter asks for calls from five hours earlier, in Berlin from an hour later. A setting,
# `utcDates`, makes it the time that the Z says.
#
# A guess: what `toISOString` gives.
# Seen: "UTC: startDateTime ge 2026-02-25T18:52:21.216Z", "America/New_York: startDateTime ge 2026-02-25T13:52:21.216Z".
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @progress/kendo-data-query@1.7.4 >/dev/null
cat >filter.mjs <<'PROGRAM'
import { toODataString } from '@progress/kendo-data-query';

const value = new Date('2026-02-25T18:52:21.216Z');
const filter = { logic: 'and', filters: [{ field: 'startDateTime', operator: 'gte', value }] };
console.log(`${process.env.TZ}: ${decodeURIComponent(toODataString({ filter })).replace('$filter=', '')}`);
PROGRAM
seen=$(for zone in UTC America/New_York; do TZ=$zone node filter.mjs; done)
echo "$seen"
[[ $seen == 'UTC: startDateTime ge 2026-02-25T18:52:21.216Z
America/New_York: startDateTime ge 2026-02-25T13:52:21.216Z' ]]
