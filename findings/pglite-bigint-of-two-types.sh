#!/usr/bin/env bash
# @electric-sql/pglite 0.5.17: a bigint is a number up to 2^53-1 and a BigInt beyond, row by row of one column. What is
# done with the column works until the first large value: then arithmetic with a number throws, and so does
# JSON.stringify. A sum over bigints, which is numeric in PostgreSQL, is a text.
#
# A guess: a text, as with node-postgres, or a BigInt throughout.
# Seen: "5 number", "9007199254740993 bigint", "sum: string". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @electric-sql/pglite@0.5.17 >/dev/null
cat >versions.mjs <<'PROGRAM'
import { PGlite } from '@electric-sql/pglite';

const database = await PGlite.create();
const { rows } = await database.query('select version from (values (5::bigint), (9007199254740993)) as calls (version)');
for (const { version } of rows) console.log(`${version} ${typeof version}`);
const sums = await database.query('select sum(version) from (values (5::bigint), (6)) as calls (version)');
console.log(`sum: ${typeof sums.rows[0].sum}`);
await database.close();
PROGRAM
seen=$(node versions.mjs)
echo "$seen"
[[ $seen == $'5 number\n9007199254740993 bigint\nsum: string' ]]
