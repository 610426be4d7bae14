#!/usr/bin/env bash
# odata-v4-sql 0.1.2 makes SQL of a `$filter` that its parser understands, and of what it has no SQL for it leaves the condition
# out: `not (…)` becomes 1 = 1, which all rows meet, `any` the name of its collection, and a member of an enumeration nothing
# behind the "=". It writes a line to the console and throws nothing. Times lose what is below a millisecond, and integers
# beyond 2^53 are rounded.
#
# A guess: SQL for what is understood, or an error.
# Seen: "1 = 1", "[modalities]", "[type] =", "2026-02-25T18:52:21.216Z", "9007199254740992". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts odata-v4-sql@0.1.2 >/dev/null
cat >filters.mjs <<'PROGRAM'
import sql from 'odata-v4-sql';

console.log = () => {}; // it names there what it leaves out
for (const filter of [
  "not (type eq 'peerToPeer')",
  "modalities/any(m:m eq 'video')",
  "type eq microsoft.graph.callRecords.callType'groupCall'",
  'startDateTime gt 2026-02-25T18:52:21.2169889Z',
  'version eq 9007199254740993',
]) {
  const { where, parameters } = sql.createFilter(filter);
  console.info([where.trim(), ...[...parameters.values()].map((value) => value?.toISOString?.() ?? value)].join(' '));
}
PROGRAM
seen=$(node filters.mjs)
echo "$seen"
[[ $seen == '1 = 1
[modalities]
[type] =
[startDateTime] > ? 2026-02-25T18:52:21.216Z
[version] = ? 9007199254740992' ]]
