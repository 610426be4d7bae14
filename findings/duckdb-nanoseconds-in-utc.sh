#!/usr/bin/env bash
# DuckDB 1.5.6 (@duckdb/node-api 1.5.6-r.1) has a type of nanoseconds, TIMESTAMP_NS, but reads a Parquet column of
# nanoseconds in UTC (TIMESTAMP, isAdjustedToUTC, NANOS) as TIMESTAMP WITH TIME ZONE, which has microseconds: the digits
# below are cut off, without a word. The file has them.
# A guess: a type with all the digits, as without UTC.
# Seen: written 1772045541216988900, read TIMESTAMP WITH TIME ZONE 1772045541216988000
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1 hyparquet-writer@0.17.0
node --input-type=module -e "
import { writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
const written = 1_772_045_541_216_988_900n;
const writer = new ByteWriter();
const logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' };
const time = { name: 'time', type: 'INT64', repetition_type: 'REQUIRED', logical_type };
const parquet = new ParquetWriter({ writer, schema: [{ name: 'root', num_children: 1 }, time] });
parquet.write({ columnData: [{ name: 'time', data: [written] }] });
parquet.finish();
writeFileSync('time.parquet', writer.getBytes());
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const { type, read } = (await connection.runAndReadAll(\"select typeof(time) as type, epoch_ns(time)::varchar as read from 'time.parquet'\")).getRowObjectsJson()[0];
console.log('written ' + written + ', read ' + type + ' ' + read);
if (BigInt(read) === written) {
  console.error('All digits are read: it has changed.');
  process.exit(1);
}"
