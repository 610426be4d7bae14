#!/usr/bin/env bash
# @microsoft/microsoft-graph-types 2.43.1: no type has `@odata.type`, by which alone Graph tells the subtypes of a value apart.
# The caller of a session is an Endpoint, without the name that participants' endpoints have, and cannot be narrowed by what
# the answer says; a record that is written down with the `@odata.type` that Graph sends does not compile. Nor does an
# organizer who telephones: the IdentitySet knows users, devices and applications, though phones and guests come in it.
#
# A guess: `@odata.type` as a literal of each subtype, to narrow by.
# Seen: "name.ts TS2339", "phone.ts TS2353", "told.ts TS2353", "mentions of @odata.type: 0". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/microsoft-graph-types@2.43.1 typescript@5.9.3 >/dev/null
use="import type { CallRecords } from '@microsoft/microsoft-graph-types';"
cat >name.ts <<TYPES
$use
export const nameOf = (session: CallRecords.Session) => session.caller?.name;
TYPES
cat >told.ts <<TYPES
$use
export const it: CallRecords.Session = { caller: { '@odata.type': '#microsoft.graph.callRecords.serviceEndpoint' } };
TYPES
cat >phone.ts <<TYPES
$use
export const it: CallRecords.CallRecord = { organizer: { phone: { id: '+14255550123' } } };
TYPES
seen=$(
  (npx --no-install tsc --noEmit --strict --skipLibCheck --module nodenext ./*.ts || true) | sed -n 's/^\(.*\.ts\)(.*error \(TS[0-9]*\).*/\1 \2/p' | sort
  echo "mentions of @odata.type: $(grep -c '@odata.type' node_modules/@microsoft/microsoft-graph-types/microsoft-graph.d.ts || true)"
)
echo "$seen"
[[ $seen == 'name.ts TS2339
phone.ts TS2353
told.ts TS2353
mentions of @odata.type: 0' ]]
