#!/usr/bin/env bash
# @microsoft/kiota-serialization-json 1.0.0-preview.109, with which Graph's SDK for TypeScript reads: `getNumberValue` is
# undefined for a number that comes as text. So OData writes 64-bit integers for those who ask for
# `Accept: application/json;IEEE754Compatible=true`, to lose no digit, and INF, -INF and NaN always: the property is as if
# it had never been sent.
#
# A guess: the number, or the text.
# Seen: "5: 5", ""5": undefined", ""INF": undefined", ""NaN": undefined". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/kiota-abstractions@1.0.0-preview.109 \
  @microsoft/kiota-serialization-json@1.0.0-preview.109 >/dev/null
cat >numbers.mjs <<'PROGRAM'
import { JsonParseNode } from '@microsoft/kiota-serialization-json';

for (const value of [5, '5', 'INF', 'NaN']) {
  console.log(`${JSON.stringify(value)}: ${new JsonParseNode(value).getNumberValue()}`);
}
PROGRAM
seen=$(node numbers.mjs)
echo "$seen"
[[ $seen == $'5: 5\n"5": undefined\n"INF": undefined\n"NaN": undefined' ]]
