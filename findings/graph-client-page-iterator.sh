#!/usr/bin/env bash
# @microsoft/microsoft-graph-client 3.0.7, PageIterator: the headers of the first request do not go with the next pages, unless
# they are given again as `requestOptions`: with `Prefer: include-unknown-enum-members` the first page has the members that
# Graph has added, and the others `unknownFutureValue`. A callback that returns nothing ends the iteration with the first
# item, without an error. And a next link by http, as of a server on loopback, is taken for a path and put behind the
# base URL.
#
# A guess: the same headers for all pages of a list, `false` to stop, and links as they are.
# Seen: "Prefer: yes no no", "returned nothing: 1 of 6", "https://records.example/v1.0/http://127.0.0.1:4000/v1.0/callRecords".
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/microsoft-graph-client@3.0.7 >/dev/null
cat >pages.mjs <<'PROGRAM'
import { Client, PageIterator } from '@microsoft/microsoft-graph-client';

const requests = [];
const next = 'https://records.example/v1.0/callRecords?$skiptoken=next';
const execute = async (context) => {
  requests.push({ url: String(context.request), headers: new Headers(context.options.headers) });
  const page = { value: [{}, {}], ...(requests.length % 3 > 0 && { '@odata.nextLink': next }) };
  context.response = new Response(JSON.stringify(page), { headers: { 'content-type': 'application/json' } });
};
const client = Client.initWithMiddleware({
  baseUrl: 'https://records.example/',
  customHosts: new Set(['records.example']),
  middleware: { execute },
});
const first = await client.api('/callRecords').header('Prefer', 'include-unknown-enum-members').get();
await new PageIterator(client, first, () => true).iterate();
console.log(`Prefer: ${requests.map(({ headers }) => (headers.has('Prefer') ? 'yes' : 'no')).join(' ')}`);
let items = 0;
await new PageIterator(client, first, () => void (items += 1)).iterate();
console.log(`returned nothing: ${items} of 6`);
await client.api('http://127.0.0.1:4000/v1.0/callRecords').get();
console.log(requests.at(-1).url);
PROGRAM
seen=$(node pages.mjs)
echo "$seen"
[[ $seen == 'Prefer: yes no no
returned nothing: 1 of 6
https://records.example/v1.0/http://127.0.0.1:4000/v1.0/callRecords' ]]
