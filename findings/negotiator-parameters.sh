#!/usr/bin/env bash
# negotiator 1.1.0, by which Express and Koa choose among media types: an Accept header with a parameter is met only by an
# offer with the same one. `application/json;odata.metadata=minimal`, which is what OData clients send, does not match the
# offer "application/json": a server that relies on it answers 406 to those who asked for JSON, or falls back to another
# type.
#
# A guess: parameters beyond the type are for the server to heed or not; JSON is offered.
# Seen: "application/json -> application/json", "application/json;odata.metadata=minimal -> nothing",
# "application/json;IEEE754Compatible=true -> nothing". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts negotiator@1.1.0 >/dev/null
cat >types.mjs <<'PROGRAM'
import Negotiator from 'negotiator';

for (const accept of ['application/json', 'application/json;odata.metadata=minimal', 'application/json;IEEE754Compatible=true']) {
  console.log(`${accept} -> ${new Negotiator({ headers: { accept } }).mediaType(['application/json']) ?? 'nothing'}`);
}
PROGRAM
seen=$(node types.mjs)
echo "$seen"
[[ $seen == 'application/json -> application/json
application/json;odata.metadata=minimal -> nothing
application/json;IEEE754Compatible=true -> nothing' ]]
