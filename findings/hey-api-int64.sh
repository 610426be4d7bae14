#!/usr/bin/env bash
# @hey-api/openapi-ts 0.95.0 types a 64-bit integer of OpenAPI as bigint, and its plugin @hey-api/transformers makes one: of
# the number that JSON.parse has rounded before, so that the exact type holds inexact digits. Where the description offers
# text beside the integer (as OData's IEEE754Compatible has it) nothing is made: the type says `bigint | string`, what
# comes is a number, and arithmetic with a bigint throws.
#
# A guess: a bigint with the digits that were sent, in both places.
# Seen: "version: bigint 9007199254740992", "linkSpeed?: bigint | string;", "linkSpeed: number". Exits with 1 if that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @hey-api/openapi-ts@0.95.0 typescript@5.9.3 >/dev/null
cat >openapi.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "Calls", "version": "1" },
  "paths": { "/call": { "get": { "operationId": "getCall", "responses": { "200": {
    "description": "One.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Call" } } } } } } } },
  "components": { "schemas": { "Call": {
    "type": "object",
    "required": ["version"],
    "properties": {
      "version": { "type": "integer", "format": "int64" },
      "linkSpeed": { "anyOf": [{ "type": "integer", "format": "int64" }, { "type": "string" }] }
    } } } }
}
JSON
npx --no-install openapi-ts --input openapi.json --output made --no-log-file \
  --plugins @hey-api/typescript @hey-api/transformers @hey-api/sdk @hey-api/client-fetch >/dev/null
grep -o 'linkSpeed?: .*' made/types.gen.ts >type
npx --no-install tsc --outDir js --module nodenext --target es2022 --skipLibCheck made/transformers.gen.ts >/dev/null
cat >read.mjs <<'PROGRAM'
import * as made from './js/transformers.gen.js';

const call = await made.getCallResponseTransformer(JSON.parse('{"version":9007199254740993,"linkSpeed":1000}'));
console.log(`version: ${typeof call.version} ${call.version}`);
console.log(`linkSpeed: ${typeof call.linkSpeed}`);
PROGRAM
seen=$(cat type && node read.mjs)
echo "$seen"
[[ $seen == 'linkSpeed?: bigint | string;
version: bigint 9007199254740992
linkSpeed: number' ]]
