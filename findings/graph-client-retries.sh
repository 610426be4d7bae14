#!/usr/bin/env bash
# @microsoft/microsoft-graph-client 3.0.7, RetryHandler (it is in every client that is made with an auth provider): after 429,
# 503 and 504 it sends a POST again like a GET, though what was asked may have been done: a create is done twice where
# the server cannot tell that both are one. And it waits for three minutes at most: told `Retry-After: 600`, it comes
# back after 180 s, into a limit that it was asked to stay out of.
#
# A guess: only what may be repeated is repeated, and no sooner than the server says.
# Seen: "POST after 503: sent 2 times", "Retry-After 5: waited 5 s", "Retry-After 600: waited 180 s". Exits with 1 if that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/microsoft-graph-client@3.0.7 >/dev/null
cat >retries.mjs <<'PROGRAM'
import graph from '@microsoft/microsoft-graph-client';

// The handler waits by this; nobody has to.
const waits = [];
const { setTimeout } = globalThis;
globalThis.setTimeout = (run, milliseconds) => {
  waits.push(Math.floor(milliseconds / 1000));
  return setTimeout(run, 0);
};
/** A client whose server refuses the first request, and how often it is asked. */
function clientOf(refusal) {
  const asked = { times: 0 };
  const retrying = new graph.RetryHandler(new graph.RetryHandlerOptions());
  retrying.setNext({
    execute: async (context) => {
      asked.times += 1;
      const headers = { 'content-type': 'application/json' };
      context.response = asked.times === 1 ? refusal : new Response('{}', { headers });
    },
  });
  return { asked, client: graph.Client.initWithMiddleware({ middleware: retrying }) };
}
const { asked, client } = clientOf(new Response('', { status: 503 }));
await client.api('/communications/callRecords').post({ version: 1 });
console.log(`POST after 503: sent ${asked.times} times`);
for (const seconds of ['5', '600']) {
  waits.length = 0;
  const refusal = new Response('', { status: 429, headers: { 'retry-after': seconds } });
  await clientOf(refusal).client.api('/communications/callRecords').get();
  console.log(`Retry-After ${seconds}: waited ${waits} s`);
}
PROGRAM
seen=$(node retries.mjs)
echo "$seen"
[[ $seen == 'POST after 503: sent 2 times
Retry-After 5: waited 5 s
Retry-After 600: waited 180 s' ]]
