#!/usr/bin/env bash
# @urql/exchange-graphcache 9.0.2: `relayPagination` joins whatever pages its cache has. When the first page is asked for
# again, as by "pull to refresh", and a new item has come in before it, the new first page is put before the old second
# one: the item that moved from one page to the other is in neither, and gone from the list without a word, though the
# answer of a server would have it.
#
# A guess: the list begins anew with the first page (so Apollo Client's `relayStylePagination`), or repeats an item.
# Seen: "before: 1 2 3 4", "after: 0 1 3 4". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @urql/core@6.0.3 @urql/exchange-graphcache@9.0.2 graphql@16.15.0 \
  wonka@6.3.6 >/dev/null
cat >pages.mjs <<'PROGRAM'
import { Client, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { filter, map, pipe } from 'wonka';

const page = (ids) => ({
  things: {
    __typename: 'ThingConnection',
    edges: ids.map((id) => ({ __typename: 'ThingEdge', cursor: id, node: { __typename: 'Thing', id } })),
    pageInfo: { __typename: 'PageInfo', startCursor: ids[0], endCursor: ids.at(-1), hasNextPage: true, hasPreviousPage: false },
  },
});
const answers = [page(['1', '2']), page(['3', '4']), page(['0', '1'])];
const server = () => (operations) =>
  pipe(
    operations,
    filter(({ kind }) => kind !== 'teardown'),
    map((operation) => ({ operation, data: answers.shift(), stale: false, hasNext: false })),
  );
const keys = { ThingConnection: () => null, ThingEdge: () => null, PageInfo: () => null };
const resolvers = { Query: { things: relayPagination() } };
const client = new Client({ url: 'http://127.0.0.1/', exchanges: [cacheExchange({ keys, resolvers }), server], preferGetMethod: false });
const query = gql`query ($after: String) { things(first: 2, after: $after) {
  edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`;
const ask = async (variables, requestPolicy) => {
  const { data } = await client.query(query, variables, { requestPolicy }).toPromise();
  return data.things.edges.map(({ node }) => node.id).join(' ');
};
await ask({});
console.log(`before: ${await ask({ after: '2' })}`);
console.log(`after: ${await ask({}, 'network-only')}`);
PROGRAM
seen=$(node pages.mjs)
echo "$seen"
[[ $seen == $'before: 1 2 3 4\nafter: 0 1 3 4' ]]
