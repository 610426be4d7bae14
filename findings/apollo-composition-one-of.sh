#!/usr/bin/env bash
# @apollo/composition 2.14.4 refuses `@oneOf` on an input object as an unknown directive, though it is in the specification
# of GraphQL (September 2025), and the graphql 16.15.0 beside it builds a schema with it: a subgraph that takes one of
# several inputs serves, and cannot be composed. @theguild/federation-composition 0.27.0 composes it, and keeps it.
#
# A guess: directives of the specification need no definition, as `@deprecated` and `@specifiedBy` need none.
# Seen: "graphql: true", "apollo: Unknown directive "@oneOf".", "theguild: true". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @apollo/composition@2.14.4 @theguild/federation-composition@0.27.0 \
  graphql@16.15.0 >/dev/null
cat >compose.mjs <<'PROGRAM'
import { composeServices } from '@apollo/composition';
import { composeServices as composeByTheGuild } from '@theguild/federation-composition';
import { buildSchema, parse } from 'graphql';

const SDL = 'type Query { call(by: By!): String } input By @oneOf { id: ID name: String }';
const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const services = [{ name: 'calls', url: 'http://127.0.0.1/', typeDefs: parse(`${link} ${SDL}`) }];
console.log(`graphql: ${buildSchema(SDL).getType('By').isOneOf}`);
console.log(`apollo: ${composeServices(services).errors?.map(({ message }) => message.replace('[calls] ', ''))}`);
console.log(`theguild: ${/input By[^{]*@oneOf/.test(composeByTheGuild(services).supergraphSdl)}`);
PROGRAM
seen=$(node compose.mjs)
echo "$seen"
[[ $seen == $'graphql: true\napollo: Unknown directive "@oneOf".\ntheguild: true' ]]
