#!/usr/bin/env bash
# @graphql-tools/stitch 10.3.1: a scalar of a subschema has no code in the gateway, and a literal of it in a query is read by
# JavaScript before it is sent on, as a variable: of a 64-bit integer beyond 2^53 the subschema is given another one, and
# answers for that. As a text, or as a variable that is a text, it arrives as it is.
#
# A guess: what the gateway has no code for it passes on as it is written.
# Seen: "9007199254740993 -> 9007199254740992", ""9007199254740993" -> "9007199254740993"". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts graphql@16.15.0 @graphql-tools/stitch@10.3.1 @graphql-tools/schema@10.0.36 >/dev/null
cat >literals.mjs <<'PROGRAM'
import { makeExecutableSchema } from '@graphql-tools/schema';
import { stitchSchemas } from '@graphql-tools/stitch';
import { graphql } from 'graphql';

const typeDefs = 'scalar Int64 type Query { isCurrent(version: Int64): Boolean }';
for (const literal of ['9007199254740993', '"9007199254740993"']) {
  const executor = ({ variables }) => {
    console.log(`${literal} -> ${JSON.stringify(Object.values(variables)[0])}`);
    return { data: { isCurrent: true } };
  };
  const schema = stitchSchemas({ subschemas: [{ schema: makeExecutableSchema({ typeDefs }), executor }] });
  await graphql({ schema, source: `{ isCurrent(version: ${literal}) }` });
}
PROGRAM
seen=$(node literals.mjs)
echo "$seen"
[[ $seen == $'9007199254740993 -> 9007199254740992\n"9007199254740993" -> "9007199254740993"' ]]
