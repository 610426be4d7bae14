#!/usr/bin/env bash
# Apollo Client 4.3.8: `relayStylePagination` joins the pages of a connection's `edges`, but of `nodes`, the shortcut
# that many connections offer beside them (GitHub's, for one), its cache keeps the last page alone: after `fetchMore` the
# first page is gone from the list, without a warning, though `pageInfo` says of the list what holds for both pages.
#
# A guess: `nodes` are joined as `edges` are.
# Seen: "edges: 1 2 3 4", "nodes: 3 4", "hasPreviousPage: false" (of nodes that begin with the third). Exits with 1 if
# that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @apollo/client@4.3.8 graphql@16.15.0 rxjs@7.8.2 >/dev/null
cat >pages.mjs <<'PROGRAM'
import { gql, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

const cache = new InMemoryCache({ typePolicies: { Query: { fields: { things: relayStylePagination() } } } });
const query = gql`query ($after: String) { things(after: $after) {
  edges { cursor node { id } } nodes { id } pageInfo { startCursor endCursor hasPreviousPage hasNextPage } } }`;
const thing = (id) => ({ __typename: 'Thing', id });
const page = (ids, pageInfo) => ({
  things: {
    __typename: 'ThingConnection',
    edges: ids.map((id) => ({ __typename: 'ThingEdge', cursor: id, node: thing(id) })),
    nodes: ids.map(thing),
    pageInfo: { __typename: 'PageInfo', startCursor: ids[0], endCursor: ids.at(-1), ...pageInfo },
  },
});
const first = page(['1', '2'], { hasPreviousPage: false, hasNextPage: true });
const second = page(['3', '4'], { hasPreviousPage: true, hasNextPage: false });
cache.writeQuery({ query, data: first });
cache.writeQuery({ query, variables: { after: '2' }, data: second });
const { things } = cache.readQuery({ query });
console.log('edges:', things.edges.map(({ node }) => node.id).join(' '));
console.log('nodes:', things.nodes.map(({ id }) => id).join(' '));
console.log('hasPreviousPage:', things.pageInfo.hasPreviousPage);
PROGRAM
seen=$(node pages.mjs)
echo "$seen"
[ "$seen" = $'edges: 1 2 3 4\nnodes: 3 4\nhasPreviousPage: false' ]
