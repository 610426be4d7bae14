#!/usr/bin/env bash
# graphql-scalars 2.0.0, DateTime and DateTimeISO: a text that a resolver returns, such as a time of Graph that a gateway passes
# on, is made a Date: what is below a millisecond is gone, and so is the offset. Nothing says so, as the text is valid. A
# Date is what arguments become, too: `ge` a time that was shown begins before that time, `eq` finds nothing.
#
# A guess: a text that is a valid RFC 3339 date-time is passed on as it is.
# Seen: "2026-02-25T18:52:21.216Z" for …21.2169889Z and for 20:52:21.2169889+02:00, from both, "argument: …21.216Z". Exits
# with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts graphql@16.15.0 graphql-scalars@2.0.0 >/dev/null
cat >ticks.mjs <<'PROGRAM'
import { GraphQLDateTime, GraphQLDateTimeISO } from 'graphql-scalars';

for (const scalar of [GraphQLDateTime, GraphQLDateTimeISO]) {
  const answers = ['2026-02-25T18:52:21.2169889Z', '2026-02-25T20:52:21.2169889+02:00'].map((text) => scalar.serialize(text));
  console.log(`${scalar.name}: ${JSON.stringify(answers)}`);
}
console.log(`argument: ${GraphQLDateTime.parseValue('2026-02-25T18:52:21.2169889Z').toISOString()}`);
PROGRAM
seen=$(node ticks.mjs 2>/dev/null)
echo "$seen"
[[ $seen == 'DateTime: ["2026-02-25T18:52:21.216Z","2026-02-25T18:52:21.216Z"]
DateTimeISO: ["2026-02-25T18:52:21.216Z","2026-02-25T18:52:21.216Z"]
argument: 2026-02-25T18:52:21.216Z' ]]
