#!/usr/bin/env bash
# @urql/core 6.0.3: when a subscription ends, be it by Server-Sent Events of its own fetch exchange or by any client
# behind `subscriptionExchange`, its subscribers are given the last event once more, with `hasNext: false`: who counts or
# appends what comes has that event twice. And a stream of Server-Sent Events that ends without `complete`, as when a
# server or a proxy closes it, ends like one that was completed: no error says that events may be missing.
#
# A guess: each event once; an error, or a retry, where `complete` did not come.
# Seen: "completed: 1 2 3 3", "cut: 1 2 3 3, error: none", "exchange: 1 2 3 3". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @urql/core@6.0.3 graphql@16.15.0 wonka@6.3.6 >/dev/null
cat >events.mjs <<'PROGRAM'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { onEnd, pipe, subscribe } from 'wonka';

const EVENTS = [1, 2, 3].map((change) => ({ data: { change } }));
const server = createServer(async (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of EVENTS) {
    response.write(`event: next\ndata: ${JSON.stringify(event)}\n\n`);
    await setTimeout(30);
  }
  response.end(request.url === '/cut' ? '' : 'event: complete\ndata:\n\n');
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const follow = (path, exchange, settings) =>
  new Promise((resolve) => {
    const url = `http://127.0.0.1:${server.address().port}${path}`;
    const client = new Client({ url, exchanges: [exchange], preferGetMethod: false, ...settings });
    const seen = [];
    let failure = 'none';
    pipe(
      client.subscription('subscription { change }', {}),
      onEnd(() => resolve({ changes: seen.join(' '), failure })),
      subscribe(({ data, error }) => {
        seen.push(data?.change);
        if (error) failure = error.message;
      }),
    );
  });
const byFetch = (path) => follow(path, fetchExchange, { fetchSubscriptions: true });
console.log(`completed: ${(await byFetch('/whole')).changes}`);
const cut = await byFetch('/cut');
console.log(`cut: ${cut.changes}, error: ${cut.failure}`);
const forwardSubscription = () => ({
  subscribe: (sink) => {
    queueMicrotask(async () => {
      for (const event of EVENTS) {
        sink.next(event);
        await setTimeout(5);
      }
      sink.complete();
    });
    return { unsubscribe: () => {} };
  },
});
console.log(`exchange: ${(await follow('/', subscriptionExchange({ forwardSubscription }), {})).changes}`);
server.closeAllConnections();
server.close();
PROGRAM
seen=$(timeout 30 node events.mjs)
echo "$seen"
[[ $seen == $'completed: 1 2 3 3\ncut: 1 2 3 3, error: none\nexchange: 1 2 3 3' ]]
