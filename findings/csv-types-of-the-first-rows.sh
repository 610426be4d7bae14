#!/usr/bin/env bash
# arquero 7.2.1 (`fromCSV`) takes the type of a column from its first 1,000 rows, udsv 0.7.3 (`inferSchema`) from its first 10,
# and what comes later is pressed into it without a word: a text in a column of numbers is NaN, and in a column of booleans
# false (udsv), as if it had been measured. A column that begins with 1,000 empty cells is one of booleans to arquero: every
# later text of it is true, the text is gone.
#
# A guess: text where the cells do not agree, or an error; an empty beginning says nothing.
# Seen: "arquero: jitter NaN, codec true", "udsv: jitter NaN, relayed false". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts arquero@7.2.1 udsv@0.7.3 >/dev/null
cat >types.mjs <<'PROGRAM'
import { fromCSV } from 'arquero';
import { inferSchema, initParser } from 'udsv';

const csv = (header, first, rows, last) => [header, ...Array(rows).fill(first), last].join('\n');
const streams = fromCSV(csv('jitter,codec', '0.5,', 1000, 'INF,opus'));
console.log(`arquero: jitter ${streams.get('jitter', 1000)}, codec ${streams.get('codec', 1000)}`);
const text = csv('jitter,relayed', '0.5,true', 10, 'INF,unknown');
const { jitter, relayed } = initParser(inferSchema(text)).typedObjs(text).at(-1);
console.log(`udsv: jitter ${jitter}, relayed ${relayed}`);
PROGRAM
seen=$(node types.mjs)
echo "$seen"
[[ $seen == $'arquero: jitter NaN, codec true\nudsv: jitter NaN, relayed false' ]]
