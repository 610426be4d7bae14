#!/usr/bin/env bash
# DuckDB 1.5.6 (@duckdb/node-api 1.5.6-r.1): a text with an offset that is cast to TIMESTAMP keeps its clock and loses its
# offset, as in PostgreSQL; cast to TIMESTAMP_NS, which one takes to keep the seventh digit, it is converted to UTC. Two
# columns of one text differ by the offset, and a join or a difference of them is wrong.
#
# A guess: the types differ in their digits only.
# Seen: "TIMESTAMP 2026-02-25 18:52:21", "TIMESTAMP_MS 2026-02-25 18:52:21", "TIMESTAMP_NS 2026-02-25 16:52:21".
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @duckdb/node-api@1.5.6-r.1 >/dev/null
cat >offsets.mjs <<'PROGRAM'
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
for (const type of ['TIMESTAMP', 'TIMESTAMP_MS', 'TIMESTAMP_NS']) {
  const read = await connection.runAndReadAll(`select '2026-02-25T18:52:21+02:00'::${type}::varchar`);
  console.log(`${type} ${read.getRows()[0][0]}`);
}
PROGRAM
seen=$(node offsets.mjs)
echo "$seen"
[[ $seen == 'TIMESTAMP 2026-02-25 18:52:21
TIMESTAMP_MS 2026-02-25 18:52:21
TIMESTAMP_NS 2026-02-25 16:52:21' ]]
