#!/usr/bin/env bash
# postgres 3.4.9 (postgres.js) makes a value of a null in an array: the text "NULL" in a text[], NaN in an array of numbers,
# false in one of booleans, an invalid date in one of times. A null outside of an array is null. "Not measured" becomes "no", and a
# text "NULL" cannot be told from it. (Seen with PGlite
# 0.5.14 as the server; node-postgres 8.23.1 gives null.)
#
# A guess: null, as it is written there.
# Seen: "postgres.js: [ [ 'audio', 'NULL' ], [ 1, NaN ], [ true, false ] ]", "pg: [ [ 'audio', null ], …". Exits with 1 if that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps postgres@3.4.9 pg@8.23.1 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 >/dev/null
cat >nulls.mjs <<'PROGRAM'
import { inspect } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';
import postgres from 'postgres';

const show = (name, { kinds, hops, relayed }) => console.log(`${name}: ${inspect([kinds, hops, relayed], { breakLength: Infinity })}`);
const query = "select array['audio', null] as kinds, array[1, null] as hops, array[true, null] as relayed";
const database = await PGlite.create();
const server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0 });
await server.start();
const port = Number(server.getServerConn().split(':').at(-1));
const sql = postgres({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 1 });
show('postgres.js', (await sql.unsafe(query))[0]);
await sql.end();
const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
await client.connect();
show('pg', (await client.query(query)).rows[0]);
await client.end();
await server.stop();
await database.close();
PROGRAM
seen=$(timeout 60 node nulls.mjs)
echo "$seen"
[[ $seen == "postgres.js: [ [ 'audio', 'NULL' ], [ 1, NaN ], [ true, false ] ]
pg: [ [ 'audio', null ], [ 1, null ], [ true, null ] ]" ]]
