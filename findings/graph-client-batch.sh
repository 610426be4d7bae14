#!/usr/bin/env bash
# @microsoft/microsoft-graph-client 3.0.7 reads the answer of a JSON batch in two ways that a server has to know:
# 1. It looks for "Content-Type" in the headers of an answer to the letter. Under "content-type", which is the same header by
#    HTTP (RFC 9110, 5.1), the body of the Response that it makes is the text "[object Object]".
# 2. It leaves the version in the URLs that it writes, which in Graph's documentation of batches are relative to the version:
#    "/v1.0/me" instead of "/me", whatever the host.
# A guess: header names in any case, and relative URLs.
# Exits with 1 if either has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @microsoft/microsoft-graph-client@3.0.7
cat >check.mjs <<'JS'
import graph from '@microsoft/microsoft-graph-client';
const { BatchRequestContent, BatchResponseContent } = graph;
const bodyUnder = async (name) => {
  const responses = [{ id: '1', status: 200, headers: { [name]: 'application/json' }, body: { id: 'x' } }];
  return new BatchResponseContent({ responses }).getResponseById('1').text();
};
const urlAt = async (host) => {
  const request = new Request(`https://${host}/v1.0/me`);
  return (await new BatchRequestContent([{ id: '1', request }]).getContent()).requests[0].url;
};
const seen = {
  'Content-Type': await bodyUnder('Content-Type'),
  'content-type': await bodyUnder('content-type'),
  'graph.microsoft.com': await urlAt('graph.microsoft.com'),
  'records.example': await urlAt('records.example'),
};
console.log(seen);
const known = ['{"id":"x"}', '[object Object]', '/v1.0/me', '/v1.0/me'];
process.exit(JSON.stringify(Object.values(seen)) === JSON.stringify(known) ? 0 : 1);
JS
node check.mjs
