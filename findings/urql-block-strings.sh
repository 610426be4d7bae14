#!/usr/bin/env bash
# @0no-co/graphql.web 1.3.4, which urql has in the place of graphql-js: of a block string whose text begins behind its quotes,
# the first line is lost where the others are indented. urql (@urql/core 6.0.3) sends a document as it has printed it, as soon
# as an exchange has added `__typename` to it, as caches do: the server is given the rest of the text.
#
# A guess: the value that the specification of GraphQL gives, whose first line does not count for the indentation.
# Seen: "graphql-js: "one\ntwo"", "graphql.web: "two"", "sent: "two"". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts graphql@16.15.0 @0no-co/graphql.web@1.3.4 @urql/core@6.0.3 >/dev/null
cat >lines.mjs <<'PROGRAM'
import * as web from '@0no-co/graphql.web';
import { cacheExchange, Client, fetchExchange } from '@urql/core';
import * as js from 'graphql';

const query = '{ note(text: """one\n  two""") { id } }';
const textOf = ({ definitions }) => JSON.stringify(definitions[0].selectionSet.selections[0].arguments[0].value.value);
console.log(`graphql-js: ${textOf(js.parse(query))}`);
console.log(`graphql.web: ${textOf(web.parse(query))}`);
const fetch = async (_url, { body }) => {
  console.log(`sent: ${textOf(js.parse(JSON.parse(body).query))}`);
  return Response.json({ data: { note: null } });
};
const exchanges = [cacheExchange, fetchExchange];
await new Client({ url: 'http://127.0.0.1/', exchanges, fetch, preferGetMethod: false }).query(query, {}).toPromise();
PROGRAM
seen=$(node lines.mjs)
echo "$seen"
[[ $seen == 'graphql-js: "one\ntwo"
graphql.web: "two"
sent: "two"' ]]
