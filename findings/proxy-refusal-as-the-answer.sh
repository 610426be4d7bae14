#!/usr/bin/env bash
# https-proxy-agent 9.1.0: when a proxy refuses the tunnel to an https host, the client gets the proxy's answer as that of
# the host: a 404 with JSON ends as a response with status 404 and that JSON, though no byte came from the host, and no
# TLS was spoken. It is told apart by the event `proxyConnect` of the request. ProxyAgent of undici 7.16.0 rejects.
#
# A guess: what the proxy says in place of a tunnel is an error of the connection, as in curl (status 56) and browsers.
# Here: a 404 would have told that a record of Microsoft Graph is gone.
# Seen: "agent: 404 {"error":{"code":"NotFound"}}, tunnel 404", "undici: rejected". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts https-proxy-agent@9.1.0 undici@7.16.0 >/dev/null
cat >ask.mjs <<'PROGRAM'
import { createServer } from 'node:http';
import { get } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { ProxyAgent, request } from 'undici';

const said = '{"error":{"code":"NotFound"}}';
const head = `HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: ${said.length}`;
const proxy = createServer().on('connect', (_request, socket) => socket.end(`${head}\r\n\r\n${said}`));
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${proxy.address().port}`;
const url = 'https://graph.example/v1.0/communications/callRecords/1';

await new Promise((resolve) => {
  let tunnel = null;
  const asking = get(url, { agent: new HttpsProxyAgent(address) }, async (response) => {
    const body = (await response.toArray()).join('');
    console.log(`agent: ${response.statusCode} ${body}, tunnel ${tunnel}`);
    resolve();
  });
  asking.on('proxyConnect', ({ statusCode }) => (tunnel = statusCode));
});
const dispatcher = new ProxyAgent(address);
console.log(`undici: ${await request(url, { dispatcher }).then(({ statusCode }) => statusCode, () => 'rejected')}`);
await dispatcher.close();
proxy.close();
PROGRAM
seen=$(timeout 60 node ask.mjs)
echo "$seen"
[[ $seen == $'agent: 404 {"error":{"code":"NotFound"}}, tunnel 404\nundici: rejected' ]]
