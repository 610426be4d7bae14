#!/usr/bin/env bash
# csv-stringify 6.9.0: without a cast of one's own, true is written as 1, and false as an empty cell, which is how null is
# written as well: "no" and "not measured" are the same in the file. A Date is written as milliseconds since 1970.
#
# A guess: "true", "false", and ISO 8601, as String and JSON have them.
# Seen: "1,,,1772045541216". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts csv-stringify@6.9.0 >/dev/null
cat >cells.mjs <<'PROGRAM'
import { stringify } from 'csv-stringify/sync';

process.stdout.write(stringify([[true, false, null, new Date('2026-02-25T18:52:21.216Z')]]));
PROGRAM
seen=$(node cells.mjs)
echo "$seen"
[[ $seen == '1,,,1772045541216' ]]
