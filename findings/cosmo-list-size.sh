#!/usr/bin/env bash
# @wundergraph/composition 0.55.0 (Cosmo) refuses `@listSize` with an `assumedSize` beside `slicingArguments` of which one has
# a default value, on each field that has it, so that nothing is composed. @apollo/composition 2.14.4 and
# @theguild/federation-composition 0.27.0 compose the same subgraph.
#
# A guess: a directive of Federation 2.9 that Apollo composes, Cosmo composes, too.
# Seen: "apollo: true", "theguild: true", "cosmo: false, … none of the slicing arguments may have default values.", "cosmo
# without assumedSize: true". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts graphql@16.15.0 @apollo/composition@2.14.4 @theguild/federation-composition@0.27.0 @wundergraph/composition@0.55.0 >/dev/null
cat >compose.mjs <<'PROGRAM'
import { composeServices as apollo } from '@apollo/composition';
import { composeServices as theguild } from '@theguild/federation-composition';
import { federateSubgraphs, LATEST_ROUTER_COMPATIBILITY_VERSION as version } from '@wundergraph/composition';
import { parse } from 'graphql';

const subgraph = (assumed) => ({
  name: 'calls',
  url: 'http://calls.example/',
  typeDefs: parse(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize"])
    type Query { calls(first: Int = 50): [String!]! @listSize(${assumed} slicingArguments: ["first"], requireOneSlicingArgument: false) }`),
});
const cosmo = ({ typeDefs, ...rest }) => federateSubgraphs({ subgraphs: [{ ...rest, definitions: typeDefs }], version });
const calls = subgraph('assumedSize: 50');
console.log(`apollo: ${!apollo([calls]).errors}`);
console.log(`theguild: ${!theguild([calls]).errors}`);
const { success, errors } = cosmo(calls);
console.log(`cosmo: ${success}, … ${errors[0].message.split(', ').at(-1)}`);
console.log(`cosmo without assumedSize: ${cosmo(subgraph('')).success}`);
PROGRAM
seen=$(node compose.mjs)
echo "$seen"
[[ $seen == 'apollo: true
theguild: true
cosmo: false, … none of the slicing arguments may have default values.
cosmo without assumedSize: true' ]]
