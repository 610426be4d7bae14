#!/usr/bin/env bash
# @microsoft/microsoft-graph-client 3.0.7: of the options that a request is built of, a second `select`, `expand` or
# `orderby` is added to the first, but a second `filter` takes the place of the first: more is answered than was meant.
# And nothing in a filter is encoded: the plus of a telephone number or of a zone's offset goes out as it is, and is a
# space to whoever decodes a query as forms are, such as URLSearchParams.
#
# A guess: filters are joined by "and" (or the second is refused), and values are encoded.
# Seen: "?$filter=startDateTime ge 2026-02-25T00:00:00Z&$select=id,type&$orderby=a,b", "id eq ' 14255550123'".
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/microsoft-graph-client@3.0.7 >/dev/null
cat >filters.mjs <<'PROGRAM'
import graph from '@microsoft/microsoft-graph-client';

let asked;
const answering = {
  execute: async (context) => {
    asked = context.request;
    context.response = new Response('{}', { headers: { 'content-type': 'application/json' } });
  },
};
const client = graph.Client.initWithMiddleware({ middleware: answering });
await client
  .api('/communications/callRecords')
  .filter("type eq 'groupCall'")
  .filter('startDateTime ge 2026-02-25T00:00:00Z')
  .select('id')
  .select('type')
  .orderby('a')
  .orderby('b')
  .get();
console.log(asked.slice(asked.indexOf('?')));
await client.api('/communications/callRecords').filter("id eq '+14255550123'").get();
console.log(new URL(asked).searchParams.get('$filter'));
PROGRAM
seen=$(node filters.mjs)
echo "$seen"
# shellcheck disable=SC2016
[[ $seen == *'?$filter=startDateTime ge 2026-02-25T00:00:00Z&'*$'\n'"id eq ' 14255550123'" && $seen != *groupCall* &&
  $seen == *'$select=id,type'* && $seen == *'$orderby=a,b'* ]]
