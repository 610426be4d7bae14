#!/usr/bin/env bash
# postgres 3.4.9 (postgres.js) makes a Date of a text that is given for a time, and sends that: the microseconds that PostgreSQL
# has are gone, also where the text was to spare them from a Date. A row is not found by its own time, and is after it. A
# text without a zone for a TIMESTAMP, which has none, is moved by the zone of the machine. A cast of a text is not touched.
#
# A guess: a text goes out as it is, for PostgreSQL to read.
# Seen: "equal: 0, after: 1", "cast: equal 1", "13:52:21 -> 18:52:21" (on a machine in New York). Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps postgres@3.4.9 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 >/dev/null
cat >times.mjs <<'PROGRAM'
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import postgres from 'postgres';

const database = await PGlite.create();
const server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0 });
await server.start();
const port = Number(server.getServerConn().split(':').at(-1));
const sql = postgres({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 1 });
const time = '2026-02-25T18:52:21.216988Z';
await sql`create table calls as select ${sql.unsafe(`'${time}'::timestamptz`)} as at`;
const count = async (condition) => (await sql`select from calls where ${condition}`).length;
console.log(`equal: ${await count(sql`at = ${time}`)}, after: ${await count(sql`at > ${time}`)}`);
console.log(`cast: equal ${await count(sql`at = ${time}::text::timestamptz`)}`);
const [{ clock }] = await sql`select ${'2026-02-25 13:52:21'}::timestamp::text as clock`;
console.log(`13:52:21 -> ${clock.slice(11)}`);
await sql.end();
await server.stop();
await database.close();
PROGRAM
seen=$(TZ=America/New_York timeout 60 node times.mjs)
echo "$seen"
[[ $seen == $'equal: 0, after: 1\ncast: equal 1\n13:52:21 -> 18:52:21' ]]
