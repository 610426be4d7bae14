#!/usr/bin/env bash
# vega-time 3.3.0, which groups by time for Vega and Vega-Lite: on the night on which the clocks go back, `timeFloor` of hours
# puts both runs of the hour that comes twice into the first one. The bar of that hour has the calls of two hours, the next
# has none, while `timeSequence`, which makes the hours of the axis, has 25. (date-fns, which has 24, loses the run.)
#
# A guess: an hour each, as d3-time has it, on which vega-time is built.
# Seen: "22:30 -> 22:00, 23:30 -> 23:00, 00:30 -> 00:00, 01:30 -> 00:00, 02:30 -> 02:00", "hours: 25", "d3-time: 01:30 ->
# 01:00" (all in UTC, of a night in Berlin). Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts vega-time@3.3.0 d3-time@3.1.0 >/dev/null
cat >hours.mjs <<'PROGRAM'
import { timeHour } from 'd3-time';
import { timeFloor, timeSequence } from 'vega-time';

const clock = (date) => date.toISOString().slice(11, 16);
const floor = timeFloor(['year', 'month', 'date', 'hours']);
const calls = [-2, -1, 0, 1, 2].map((hour) => new Date(Date.UTC(2026, 9, 25, hour, 30)));
console.log(calls.map((call) => `${clock(call)} -> ${clock(floor(call))}`).join(', '));
const day = [new Date(2026, 9, 25), new Date(2026, 9, 26)];
console.log(`hours: ${timeSequence('hours', ...day).length}`);
console.log(`d3-time: ${clock(calls[3])} -> ${clock(timeHour.floor(calls[3]))}`);
PROGRAM
seen=$(TZ=Europe/Berlin node hours.mjs)
echo "$seen"
[[ $seen == '22:30 -> 22:00, 23:30 -> 23:00, 00:30 -> 00:00, 01:30 -> 00:00, 02:30 -> 02:00
hours: 25
d3-time: 01:30 -> 01:00' ]]
