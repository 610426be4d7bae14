#!/usr/bin/env bash
# json-bigint 1.0.0 reads as a BigNumber not only integers beyond 2^53, but every number of more than 15 characters:
# also a ratio such as 0.0123456789012345, which a double holds exactly as it is written, and which is what measurements
# in JSON mostly are. `+` on such an object joins texts. So a sum over a column is right until the first long decimal
# comes, and a text from then on.
#
# A guess: what a double holds is a number; only integers that it does not hold are something else.
# Seen: "number object object", "sum: 0.50.01234567890123450.25 (string)". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts json-bigint@1.0.0 >/dev/null
cat >sum.mjs <<'PROGRAM'
import jsonBigint from 'json-bigint';

const { parse } = jsonBigint();
console.log([0.5, '0.0123456789012345', '9007199254740993'].map((digits) => typeof parse(`${digits}`)).join(' '));
const rates = parse('[0.5,0.0123456789012345,0.25]');
const sum = rates.reduce((sum, rate) => sum + rate);
console.log(`sum: ${sum} (${typeof sum})`);
PROGRAM
seen=$(node sum.mjs)
echo "$seen"
[[ $seen == $'number object object\nsum: 0.50.01234567890123450.25 (string)' ]]
