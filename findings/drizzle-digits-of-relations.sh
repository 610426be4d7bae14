#!/usr/bin/env bash
# drizzle-orm 0.45.4 (on @electric-sql/pglite 0.5.17): a bigint of `mode: 'bigint'` that is read by a relation (`with:`) comes
# out of JSON, which PostgreSQL makes and JSON.parse reads: a bigint is made of the number that was rounded before, so that the
# exact type holds inexact digits. A numeric, which is a text, loses its digits as well. At the top level both are exact.
#
# A guess: a column is read in one way, wherever it stands.
# Seen: "top: bigint 9007199254740993, 0.30000000000000000001", "with: bigint 9007199254740992, 0.3". Exits with 1 if that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts drizzle-orm@0.45.4 @electric-sql/pglite@0.5.17 >/dev/null
cat >relations.mjs <<'PROGRAM'
import { PGlite } from '@electric-sql/pglite';
import { relations } from 'drizzle-orm';
import { bigint, numeric, pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/pglite';

const calls = pgTable('calls', { id: text().primaryKey() });
const devices = pgTable('devices', { callid: text(), speed: bigint({ mode: 'bigint' }), loss: numeric() });
const schema = {
  calls,
  devices,
  ofCalls: relations(calls, ({ many }) => ({ devices: many(devices) })),
  ofDevices: relations(devices, ({ one }) => ({ call: one(calls, { fields: [devices.callid], references: [calls.id] }) })),
};
const database = await PGlite.create();
await database.exec(`create table calls (id text); create table devices (callid text, speed bigint, loss numeric);
  insert into calls values ('a'); insert into devices values ('a', 9007199254740993, 0.30000000000000000001)`);
const { query } = drizzle(database, { schema });
const [top] = await query.devices.findMany();
const [call] = await query.calls.findMany({ with: { devices: true } });
for (const [name, { speed, loss }] of Object.entries({ top, with: call.devices[0] })) {
  console.log(`${name}: ${typeof speed} ${speed}, ${loss}`);
}
await database.close();
PROGRAM
seen=$(node relations.mjs)
echo "$seen"
[[ $seen == $'top: bigint 9007199254740993, 0.30000000000000000001\nwith: bigint 9007199254740992, 0.3' ]]
