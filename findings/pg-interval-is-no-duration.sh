#!/usr/bin/env bash
# pg 8.23.1 reads an interval as an object with `toISOString`, whose text each part may have a sign of its own in
# (P0Y0M-1DT2H0M0S, of which PostgreSQL makes a day less two hours), and always years and months. XML's dayTimeDuration, which
# is OData's Edm.Duration, has one sign, in front, and no years: nothing that it writes is one. Temporal
# (temporal-polyfill 1.0.8) refuses what is below zero.
#
# A guess: a duration that other readers of ISO 8601 take, such as -PT22H.
# Seen: "-22:00:00 -> P0Y0M0DT-22H0M0S", "-1 days +02:00:00 -> P0Y0M-1DT2H0M0S", "00:00:00.016 -> P0Y0M0DT0H0M0.016S", the
# first two refused by Temporal, none an Edm.Duration. Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts pg@8.23.1 temporal-polyfill@1.0.8 >/dev/null
cat >intervals.mjs <<'PROGRAM'
import pg from 'pg';
import { Temporal } from 'temporal-polyfill';

const dayTimeDuration = /^-?P(?=\d|T\d)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/;
const takes = (read, text) => {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
};
for (const interval of ['-22:00:00', '-1 days +02:00:00', '00:00:00.016']) {
  const text = pg.types.getTypeParser(pg.types.builtins.INTERVAL)(interval).toISOString();
  const readers = [takes(Temporal.Duration.from, text), dayTimeDuration.test(text)];
  console.log(`${interval} -> ${text}: ${readers.join(' ')}`);
}
PROGRAM
seen=$(node intervals.mjs)
echo "$seen"
[[ $seen == '-22:00:00 -> P0Y0M0DT-22H0M0S: false false
-1 days +02:00:00 -> P0Y0M-1DT2H0M0S: false false
00:00:00.016 -> P0Y0M0DT0H0M0.016S: true false' ]]
