#!/usr/bin/env bash
# @apollo/gateway 2.14.4: where a subgraph answers null for what must not be null, or a member that the supergraph's
# enumeration does not have, the gateway writes null (and nulls what is around it), and `errors` is absent. What happened
# stands in `extensions.valueCompletion`, at which clients do not look: to them the call has no title, or there is no call.
#
# A guess: an error in `errors` for each, as the specification of GraphQL asks for.
# Seen: {"calls":[null,{"title":"b","kind":null}]}, "errors: none", "valueCompletion: 2". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @apollo/composition@2.14.4 @apollo/gateway@2.14.4 graphql@16.15.0 >/dev/null
cat >gateway.mjs <<'PROGRAM'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { parse } from 'graphql';

const CALLS = [
  { title: null, kind: 'GROUP' },
  { title: 'b', kind: 'HUDDLE' },
];
const server = createServer((request, response) => {
  request.resume();
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: { calls: CALLS } }));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const typeDefs = parse(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { calls: [Call] } type Call { title: String! kind: Kind } enum Kind { GROUP }`);
const url = `http://127.0.0.1:${server.address().port}/`;
const { supergraphSdl } = composeServices([{ name: 'calls', url, typeDefs }]);
const silent = () => {};
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const gateway = new ApolloGateway({ supergraphSdl, logger });
const { executor, schema } = await gateway.load();
const query = '{ calls { title kind } }';
const document = parse(query);
const answer = await executor({
  document,
  operation: document.definitions[0],
  operationName: null,
  queryHash: query,
  request: { query, variables: {} },
  context: {},
  cache: new Map(),
  metrics: {},
  overallCachePolicy: {},
  schema,
  logger,
});
console.log(JSON.stringify(answer.data));
console.log(`errors: ${answer.errors ? JSON.stringify(answer.errors) : 'none'}`);
console.log(`valueCompletion: ${answer.extensions?.valueCompletion?.length}`);
await gateway.stop();
server.closeAllConnections();
server.close();
PROGRAM
seen=$(timeout 30 node gateway.mjs)
echo "$seen"
[[ $seen == '{"calls":[null,{"title":"b","kind":null}]}
errors: none
valueCompletion: 2' ]]
