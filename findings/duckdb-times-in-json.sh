#!/usr/bin/env bash
# DuckDB 1.5.6 (@duckdb/node-api 1.5.6-r.1): reading JSON, a column of date-times is TIMESTAMP where all are of whole
# seconds, and stays VARCHAR as soon as one has a fraction. As text they sort wrongly, for "Z" comes behind ".": the latest
# of …21Z and …21.5Z is …21Z. The same times in CSV are read as times.
#
# A guess: TIMESTAMP, or TIMESTAMP WITH TIME ZONE, with and without a fraction.
# Seen: "whole.json TIMESTAMP 2026-02-25 18:52:21", "mixed.json VARCHAR 2026-02-25T18:52:21Z",
# "mixed.csv TIMESTAMP WITH TIME ZONE 2026-02-25 18:52:21.5+00". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @duckdb/node-api@1.5.6-r.1 >/dev/null
cat >latest.mjs <<'PROGRAM'
import { writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const json = (...times) => times.map((time) => `{"start":"${time}"}\n`).join('');
writeFileSync('whole.json', json('2026-02-25T18:52:20Z', '2026-02-25T18:52:21Z'));
writeFileSync('mixed.json', json('2026-02-25T18:52:21Z', '2026-02-25T18:52:21.5Z'));
writeFileSync('mixed.csv', 'id,start\na,2026-02-25T18:52:21Z\nb,2026-02-25T18:52:21.5Z\n');
const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
await connection.run("set TimeZone = 'UTC'");
for (const file of ['whole.json', 'mixed.json', 'mixed.csv']) {
  const read = await connection.runAndReadAll(`select typeof(max(start)), max(start)::varchar from '${file}'`);
  console.log(`${file} ${read.getRows()[0].join(' ')}`);
}
PROGRAM
seen=$(node latest.mjs)
echo "$seen"
[[ $seen == 'whole.json TIMESTAMP 2026-02-25 18:52:21
mixed.json VARCHAR 2026-02-25T18:52:21Z
mixed.csv TIMESTAMP WITH TIME ZONE 2026-02-25 18:52:21.5+00' ]]
