#!/usr/bin/env bash
# fast-json-stringify 7.3.10, by which Fastify writes an answer that has a schema: null in the place of a type that is not said
# to be nullable is written as a value of that type: 0, "", false, [] or {}. "Not measured" becomes "no loss". What is
# absent stays absent. And a 64-bit integer that is text, as IEEE754Compatible has it, is written as a number where the
# schema says so, and rounded before.
#
# A guess: null, or an error, as for a text in the place of a number.
# Seen: {"loss":0,"codec":"","relayed":false,"reasons":[],"network":{}}, {"version":9007199254740992}, "INF: refused". Exits
# with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts fast-json-stringify@7.3.10 >/dev/null
cat >nulls.mjs <<'PROGRAM'
import build from 'fast-json-stringify';

const write = (types, value) => {
  const properties = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
  return build({ type: 'object', properties })(value);
};
const stream = { loss: 'number', codec: 'string', relayed: 'boolean', reasons: 'array', network: 'object', jitter: 'number' };
console.log(write(stream, { loss: null, codec: null, relayed: null, reasons: null, network: null }));
console.log(write({ version: 'integer' }, { version: '9007199254740993' }));
try {
  console.log(write({ loss: 'number' }, { loss: 'INF' }));
} catch {
  console.log('INF: refused');
}
PROGRAM
seen=$(node nulls.mjs)
echo "$seen"
[[ $seen == '{"loss":0,"codec":"","relayed":false,"reasons":[],"network":{}}
{"version":9007199254740992}
INF: refused' ]]
