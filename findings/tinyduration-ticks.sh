#!/usr/bin/env bash
# tinyduration 3.4.1, which is what the Duration of @microsoft/kiota-abstractions 1.0.0-preview.109 (Graph's SDK for
# TypeScript) reads and writes with: of a second's fraction that JavaScript writes as one digit and an exponent, a digit is
# cut. That is each time of one to nine ticks of 100 ns, the unit of .NET's durations: they are written as nothing or as a
# microsecond. From ten ticks on all digits stay.
#
# A guess: what was read is written, and if not, as 1e-7, as JavaScript does.
# Seen: "PT0.0000001S -> PT0.000000S", "PT0.0000009S -> PT0.000001S", "PT0.0000011S -> PT0.0000011S", from both.
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts tinyduration@3.4.1 \
  @microsoft/kiota-abstractions@1.0.0-preview.109 >/dev/null
cat >ticks.mjs <<'PROGRAM'
import { Duration } from '@microsoft/kiota-abstractions';
import { parse, serialize } from 'tinyduration';

for (const text of ['PT0.0000001S', 'PT0.0000009S', 'PT0.0000011S']) {
  console.log(`${text} -> ${serialize(parse(text))} ${Duration.parse(text)}`);
}
PROGRAM
seen=$(node ticks.mjs)
echo "$seen"
[[ $seen == 'PT0.0000001S -> PT0.000000S PT0.000000S
PT0.0000009S -> PT0.000001S PT0.000001S
PT0.0000011S -> PT0.0000011S PT0.0000011S' ]]
