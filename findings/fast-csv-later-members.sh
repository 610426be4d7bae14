#!/usr/bin/env bash
# fast-csv 5.0.8 writes the columns of the first object: a member that only later ones have is left out, without a word. Graph
# leaves members out that are null, so that the columns of a file depend on which call comes first. A Date is written in
# words, in the zone of the machine and without its milliseconds.
#
# A guess: an error for a member without a column, and ISO 8601.
# Seen: "id,at / 1,Wed Feb 25 2026 13:52:21 GMT-0500 (Eastern Standard Time) / 2," (the second of which had a platform).
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts fast-csv@5.0.8 >/dev/null
cat >columns.mjs <<'PROGRAM'
import { writeToString } from 'fast-csv';

const calls = [{ id: 1, at: new Date('2026-02-25T18:52:21.216Z') }, { id: 2, platform: 'macOS' }];
console.log((await writeToString(calls, { headers: true })).replaceAll('\n', ' / '));
PROGRAM
seen=$(TZ=America/New_York node columns.mjs)
echo "$seen"
[[ $seen == 'id,at / 1,Wed Feb 25 2026 13:52:21 GMT-0500 (Eastern Standard Time) / 2,' ]]
