#!/usr/bin/env bash
# apache-arrow 21.2.0: `tableFromJSON` keeps a null as null, but what is absent becomes a value, by the type of its
# column: false, an empty text or NaN. Graph leaves members out, and nulls too where it is asked to (`Prefer:
# omit-values=nulls`): "not measured" becomes "no", and an average of the column NaN. Of a nested object only the members
# that the first row has are kept: those that come later are dropped.
#
# A guess: absent is null, and the members of all rows make the type, as they do at the top level.
# Seen: "bypassed: false true null", "codec: '' 'opus' null", "loss: NaN 0.5 null", "network: {"port":1} {"port":2}" (the
# second of which had a subnet). Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts apache-arrow@21.2.0 >/dev/null
cat >streams.mjs <<'PROGRAM'
import { tableFromJSON } from 'apache-arrow';

const streams = tableFromJSON([
  { id: 'a', network: { port: 1 } },
  { id: 'b', network: { port: 2, subnet: '192.0.2.0' }, bypassed: true, codec: 'opus', loss: 0.5 },
  { id: 'c', network: { port: 3 }, bypassed: null, codec: null, loss: null },
]);
const cells = (name) => [...streams.getChild(name)];
console.log('bypassed:', cells('bypassed').map(String).join(' '));
console.log('codec:', cells('codec').map((one) => (one === null ? 'null' : `'${one}'`)).join(' '));
console.log('loss:', cells('loss').map(String).join(' '));
console.log('network:', cells('network').slice(0, 2).map((one) => JSON.stringify(one)).join(' '));
PROGRAM
seen=$(node streams.mjs)
echo "$seen"
[[ $seen == "bypassed: false true null
codec: '' 'opus' null
loss: NaN 0.5 null
network: {\"port\":1} {\"port\":2}" ]]
