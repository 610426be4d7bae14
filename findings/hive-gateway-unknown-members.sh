#!/usr/bin/env bash
# @graphql-hive/gateway-runtime 2.12.1: a member of an enumeration that the supergraph does not know, as a subgraph sends it
# between its deployment and the next composition, becomes null, and `errors` has nothing. So does an entity that its
# subgraph does not have (null in `_entities`): where the fields asked for may be null it is an object of nulls with its
# key, like one that is there.
#
# A guess: null with an error in its place, as graphql-js has it, and null for the entity.
# Seen: {"visits":[{"call":{"id":"1","kind":null}},{"call":{"id":"2","kind":null}}]}, "errors: none". Exits with 1 if that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @graphql-hive/gateway-runtime@2.12.1 \
  @graphql-mesh/transport-http@1.2.1 @theguild/federation-composition@0.27.0 graphql@16.15.0 >/dev/null
cat >gateway.mjs <<'PROGRAM'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
const servers = [];
const subgraph = async (name, sdl, data) => {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { name, url: `http://127.0.0.1:${server.address().port}/`, typeDefs: parse(`${LINK}\n${sdl}`) };
};
const call = (id) => ({ __typename: 'Visit', call: { __typename: 'Call', id } });
const { supergraphSdl } = composeServices([
  await subgraph('visits', 'type Query { visits: [Visit!]! } type Visit { call: Call } type Call @key(fields: "id") { id: ID! }', {
    visits: [call('1'), call('2')],
  }),
  await subgraph('calls', 'enum Kind { GROUP } type Call @key(fields: "id") { id: ID! kind: Kind }', {
    _entities: [{ __typename: 'Call', kind: 'HUDDLE' }, null],
  }),
]);
const gateway = createGatewayRuntime({ supergraph: supergraphSdl, logging: false, maskedErrors: false });
const answer = await gateway.fetch('http://127.0.0.1/graphql', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: '{ visits { call { id kind } } }' }),
});
const { data, errors } = await answer.json();
console.log(JSON.stringify(data));
console.log(`errors: ${errors ? JSON.stringify(errors) : 'none'}`);
await gateway[Symbol.asyncDispose]();
for (const server of servers) {
  server.closeAllConnections();
  server.close();
}
PROGRAM
seen=$(timeout 40 node gateway.mjs)
echo "$seen"
[[ $seen == '{"visits":[{"call":{"id":"1","kind":null}},{"call":{"id":"2","kind":null}}]}
errors: none' ]]
