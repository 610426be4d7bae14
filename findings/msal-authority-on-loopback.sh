#!/usr/bin/env bash
# @azure/msal-node 7.2.3: an authority reached by http is refused on loopback too, before anything is sent, though OAuth
# clients in general (RFC 8252, section 8.3) treat loopback as safe: a test's token server needs a certificate, or a
# network module of one's own that is told https and asks http.
#
# A guess: http is taken on loopback.
# Seen: "refused: authority_uri_insecure", "requests: 0". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @azure/msal-node@7.2.3 >/dev/null
cat >authority.mjs <<'PROGRAM'
import { createServer } from 'node:http';
import { once } from 'node:events';
import { ConfidentialClientApplication } from '@azure/msal-node';

let requests = 0;
const server = createServer((_request, response) => {
  requests += 1;
  response.end('{}');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const authority = `http://127.0.0.1:${server.address().port}/tenant`;
try {
  const application = new ConfidentialClientApplication({
    auth: { clientId: '00000000-0000-4000-8000-000000000001', clientSecret: 'not-a-secret', authority, knownAuthorities: ['127.0.0.1'] },
  });
  await application.acquireTokenByClientCredential({ scopes: ['https://graph.example/.default'] });
  console.log('accepted');
} catch (error) {
  console.log(`refused: ${error.errorCode}`);
}
server.close();
console.log(`requests: ${requests}`);
PROGRAM
seen=$(node authority.mjs)
echo "$seen"
[[ $seen == $'refused: authority_uri_insecure\nrequests: 0' ]]
