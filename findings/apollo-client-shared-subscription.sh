#!/usr/bin/env bash
# @apollo/client 4.3.8: a subscription that is asked for while one with the same document and variables runs joins that
# one, as queries do (`queryDeduplication`). It gets the events from then on, and none of those before: a first event that
# tells where one stands, such as a cursor or the state to begin with, never comes to it, and nothing says so. With
# `context: { queryDeduplication: false }` it has a stream of its own.
#
# A guess: each subscription is sent, for each has a beginning.
# Seen: "shared: 1 started, second got 3 4", "own: 2 started, second got 1 2 3 4". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @apollo/client@4.3.8 graphql@16.15.0 rxjs@7.8.2 >/dev/null
cat >events.mjs <<'PROGRAM'
import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { Observable } from 'rxjs';

const query = gql`subscription { change { cursor } }`;
const follow = (client, context, onEvent = () => {}) =>
  new Promise((resolve, reject) => {
    const cursors = [];
    const next = ({ data }) => {
      cursors.push(data.change.cursor);
      onEvent(data.change.cursor);
    };
    client.subscribe({ query, context }).subscribe({ next, error: reject, complete: () => resolve(cursors.join(' ')) });
  });
for (const [name, context] of [['shared', {}], ['own', { queryDeduplication: false }]]) {
  let started = 0;
  const link = new ApolloLink(
    () =>
      new Observable((events) => {
        started += 1;
        let cursor = 0;
        const timer = setInterval(() => {
          cursor += 1;
          if (cursor > 4) events.complete();
          else events.next({ data: { change: { __typename: 'Change', cursor } } });
        }, 20);
        return () => clearInterval(timer);
      }),
  );
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const second = await new Promise((resolve) => {
    void follow(client, context, (cursor) => {
      if (cursor === 2) resolve(follow(client, context));
    });
  });
  console.log(`${name}: ${started} started, second got ${second}`);
}
PROGRAM
seen=$(timeout 30 node events.mjs)
echo "$seen"
[[ $seen == *'shared: 1 started, second got 3 4
own: 2 started, second got 1 2 3 4' ]]
