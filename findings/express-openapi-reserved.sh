#!/usr/bin/env bash
# express-openapi-validator 5.6.2 refuses a query value that has one of the reserved characters of RFC 3986, although most of
# them are allowed in a query as they are (3.4), and `encodeURI` and curl leave them so: the colons of a time, the slash of a
# path in an OData filter. `allowReserved: true`, which OpenAPI has for clients that write, lets the server read them.
#
# A guess: what the value is after decoding counts.
# Seen: "plain: 400", "encoded: 200", "allowReserved: 200". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts express-openapi-validator@5.6.2 express@5.1.0 >/dev/null
cat >queries.mjs <<'PROGRAM'
import { once } from 'node:events';
import express from 'express';
import { middleware } from 'express-openapi-validator';

const ask = async (query, allowReserved) => {
  const parameters = [{ name: '$filter', in: 'query', schema: { type: 'string' }, allowReserved }];
  const paths = { '/callRecords': { get: { parameters, responses: { 200: { description: 'Calls.' } } } } };
  const app = express();
  app.use(middleware({ apiSpec: { openapi: '3.0.3', info: { title: 'Calls', version: '1' }, paths } }));
  app.get('/callRecords', (_request, response) => response.json({ value: [] }));
  app.use((error, _request, response, _next) => response.status(error.status).end());
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { status } = await fetch(`http://127.0.0.1:${server.address().port}/callRecords?$filter=${query}`);
  server.closeAllConnections();
  server.close();
  return status;
};
const filter = 'startDateTime ge 2026-02-25T18:52:21Z';
console.log(`plain: ${await ask(encodeURI(filter), false)}`);
console.log(`encoded: ${await ask(encodeURIComponent(filter), false)}`);
console.log(`allowReserved: ${await ask(encodeURI(filter), true)}`);
PROGRAM
seen=$(node queries.mjs)
echo "$seen"
[[ $seen == $'plain: 400\nencoded: 200\nallowReserved: 200' ]]
