#!/usr/bin/env bash
# graphql-jit 0.8.9: the default of a variable reaches resolvers as JSON made of the value, and not as the value that its
# scalar has read. With a scalar of dates a resolver is given a Date for a literal, for a variable that is sent and for the
# default of an argument, and a text for the default of a variable. graphql-js gives a Date each time.
#
# A guess: what graphql-js gives.
# Seen: "literal: Date Date", "variable: Date Date", "default: Date String" (graphql-js, graphql-jit). Exits with 1 if that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts graphql-jit@0.8.9 graphql@16.15.0 >/dev/null
cat >since.mjs <<'PROGRAM'
import { execute, GraphQLObjectType, GraphQLScalarType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { compileQuery } from 'graphql-jit';

const read = (text) => new Date(text);
const time = new GraphQLScalarType({ name: 'Time', parseValue: read, parseLiteral: ({ value }) => read(value) });
const calls = { type: GraphQLString, args: { since: { type: time } }, resolve: (_root, { since }) => since.constructor.name };
const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { calls } }) });
const TIME = '2026-02-25T18:52:21Z';
for (const [name, text, variables] of [
  ['literal', `{ calls(since: "${TIME}") }`, {}],
  ['variable', 'query ($since: Time) { calls(since: $since) }', { since: TIME }],
  ['default', `query ($since: Time = "${TIME}") { calls(since: $since) }`, {}],
]) {
  const document = parse(text);
  const interpreted = await execute({ schema, document, variableValues: variables });
  const compiled = await compileQuery(schema, document).query({}, {}, variables);
  console.log(`${name}: ${interpreted.data.calls} ${compiled.data.calls}`);
}
PROGRAM
seen=$(node since.mjs)
echo "$seen"
[[ $seen == $'literal: Date Date\nvariable: Date Date\ndefault: Date String' ]]
