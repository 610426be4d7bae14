#!/usr/bin/env bash
# graphql-sse 2.6.1 and graphql-ws 6.4.2: when a connection is cut, an iteration over a subscription goes on as if nothing
# had been: the client subscribes again, with the variables as they were at first, so that a cursor in them is the oldest,
# or none. The iterator is not told of the gap. `retryAttempts` does not bound that: it is counted anew after each
# connection, so that with one attempt ten cuts are survived.
#
# A guess: an error after so many attempts, or at least an event for each new beginning.
# Seen: for both "11 events of 11 subscriptions, after: null each time, ended: completed". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts graphql@16.15.0 graphql-sse@2.6.1 graphql-ws@6.4.2 ws@8.23.0 >/dev/null
cat >cuts.mjs <<'PROGRAM'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket, { WebSocketServer } from 'ws';

const CUTS = 10;
const data = { change: 'one' };
const follow = async (name, client, asked) => {
  let events = 0;
  let end = 'completed';
  try {
    for await (const _event of client.iterate({ query: 'subscription ($after: String) { change(after: $after) }', variables: { after: null } })) {
      events += 1;
    }
  } catch (error) {
    end = String(error);
  }
  const told = asked.every(({ after }) => after === null) ? 'null each time' : JSON.stringify(asked);
  console.log(`${name}: ${events} events of ${asked.length} subscriptions, after: ${told}, ended: ${end}`);
  await client.dispose();
};
const retry = { retryAttempts: 1, shouldRetry: () => true };

const sse = [];
const server = createServer(async (request, response) => {
  sse.push((await json(request)).variables);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`event: next\ndata: ${JSON.stringify({ data })}\n\n`);
  response.end(sse.length > CUTS ? 'event: complete\ndata:\n\n' : '');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const sseClient = createSseClient({ url: `http://127.0.0.1:${server.address().port}/`, ...retry, retry: async () => {} });
await follow('graphql-sse', sseClient, sse);
server.closeAllConnections();
server.close();

const ws = [];
const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' });
await once(sockets, 'listening');
sockets.on('connection', (socket) => {
  const send = (message) => socket.send(JSON.stringify(message));
  socket.on('message', (bytes) => {
    const { id, type, payload } = JSON.parse(bytes);
    if (type === 'connection_init') send({ type: 'connection_ack' });
    if (type !== 'subscribe') return;
    ws.push(payload.variables);
    send({ id, type: 'next', payload: { data } });
    if (ws.length > CUTS) send({ id, type: 'complete' });
    else socket.close(1001);
  });
});
const url = `ws://127.0.0.1:${sockets.address().port}/`;
await follow('graphql-ws', createWsClient({ url, webSocketImpl: WebSocket, ...retry, retryWait: async () => {} }), ws);
sockets.close();
for (const socket of sockets.clients) socket.terminate();
PROGRAM
seen=$(timeout 30 node cuts.mjs)
echo "$seen"
[[ $seen == 'graphql-sse: 11 events of 11 subscriptions, after: null each time, ended: completed
graphql-ws: 11 events of 11 subscriptions, after: null each time, ended: completed' ]]
