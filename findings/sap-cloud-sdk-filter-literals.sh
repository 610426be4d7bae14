#!/usr/bin/env bash
# @sap-cloud-sdk/odata-v4 4.8.0 writes a date-time into a filter without the fraction of its seconds, whatever precision the
# service's description gives it: a time that the service itself has sent, as of the last record seen, is asked for up to
# a second earlier, and never equals. 64-bit integers and singles get the suffixes of OData 2 (5L, 0.5F), which the grammar
# of OData 4 does not have.
#
# A guess: the milliseconds that its Moment has, and plain numbers.
# Seen: "2026-02-25T18:52:21.216Z -> 2026-02-25T18:52:21Z", "5 -> 5L", "0.5 -> 0.5F". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @sap-cloud-sdk/odata-v4@4.8.0 @sap-cloud-sdk/odata-common@4.8.0 >/dev/null
cat >literals.cjs <<'PROGRAM'
const { createUriConverter } = require('@sap-cloud-sdk/odata-common/internal');
const { defaultDeSerializers } = require('@sap-cloud-sdk/odata-v4');

// The converter by which filters are written.
const literalOf = createUriConverter(defaultDeSerializers);
for (const [type, sent] of [['Edm.DateTimeOffset', '2026-02-25T18:52:21.216Z'], ['Edm.Int64', 5], ['Edm.Single', 0.5]]) {
  console.log(`${sent} -> ${literalOf(defaultDeSerializers[type].deserialize(sent), type)}`);
}
PROGRAM
seen=$(node literals.cjs)
echo "$seen"
[[ $seen == '2026-02-25T18:52:21.216Z -> 2026-02-25T18:52:21Z
5 -> 5L
0.5 -> 0.5F' ]]
