#!/usr/bin/env bash
# parse-duration 2.1.9 takes ISO 8601 beside "1h 30m", and reads some of it otherwise: the days before a T are left out, so that
# P1DT1H, which is how .NET and OData write 25 hours, is one hour, and P1M is a minute, as PT1M is. What it has not
# understood it leaves out without a word.
#
# A guess: 25 hours and a month, or null, as for what is no duration.
# Seen: "PT1H30M: 90 min", "P1DT1H: 60 min", "P2DT0.5S: 0.5 s", "P1M: 60 s", "PT1M: 60 s". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts parse-duration@2.1.9 >/dev/null
cat >durations.mjs <<'PROGRAM'
import parse from 'parse-duration';

for (const [text, unit] of [['PT1H30M', 'min'], ['P1DT1H', 'min'], ['P2DT0.5S', 's'], ['P1M', 's'], ['PT1M', 's']]) {
  console.log(`${text}: ${parse(text, unit === 'min' ? 'm' : 's')} ${unit}`);
}
PROGRAM
seen=$(node durations.mjs)
echo "$seen"
[[ $seen == 'PT1H30M: 90 min
P1DT1H: 60 min
P2DT0.5S: 0.5 s
P1M: 60 s
PT1M: 60 s' ]]
