#!/usr/bin/env bash
# fetch-multipart-graphql 3.3.0 decodes each chunk of a multipart answer by itself: a letter of two bytes or more that stands
# where the network has divided the answer becomes two replacement characters. Which one depends on the sizes of packets,
# so that a name is right as a rule and wrong now and then, without an error.
#
# A guess: a decoder that goes on from chunk to chunk (`stream: true`), as Apollo Client and urql have it.
# Seen: "5a 6f fffd fffd" for "Zoë", which is 5a 6f eb. Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts fetch-multipart-graphql@3.3.0 >/dev/null
cat >name.mjs <<'PROGRAM'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import fetchMultipart from 'fetch-multipart-graphql';

const json = JSON.stringify({ data: { name: 'Zoë' } });
const part = Buffer.from(`\r\n---\r\nContent-Type: application/json\r\n\r\n${json}\r\n`);
const within = part.indexOf('ë') + 1;
const server = createServer(async (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'multipart/mixed; boundary="-"' });
  response.write(part.subarray(0, within));
  await setTimeout(200);
  response.end(Buffer.concat([part.subarray(within), Buffer.from('\r\n-----\r\n')]));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const end = () => {
  server.closeAllConnections();
  server.close();
};
(fetchMultipart.default ?? fetchMultipart)(`http://127.0.0.1:${server.address().port}/`, {
  method: 'POST',
  headers: {},
  body: '{}',
  onNext: ([{ data }]) => console.log([...data.name].map((letter) => letter.codePointAt().toString(16)).join(' ')),
  onError: (error) => console.log(String(error)),
  onComplete: end,
});
PROGRAM
seen=$(timeout 20 node name.mjs)
echo "$seen"
[[ $seen == '5a 6f fffd fffd' ]]
