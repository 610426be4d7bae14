#!/usr/bin/env bash
# @azure/msal-node 7.2.3: a token that lives for less than five minutes is kept, and never used again:
# `acquireTokenByClientCredential` asks the authority each time. From five minutes on it answers from memory. With a token
# server that is made for tests, or a strict one, a program that asks for a token before each request asks twice as much.
#
# A guess: what was given is used until it expires, or nearly does.
# Seen: "299 s: 3 requests for 3 tokens", "300 s: 1 requests for 3 tokens". Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @azure/msal-node@7.2.3 >/dev/null
cat >tokens.mjs <<'PROGRAM'
import { ConfidentialClientApplication } from '@azure/msal-node';

const authority = 'https://login.example/tenant';
const authorityMetadata = JSON.stringify({
  issuer: `${authority}/issuer`,
  authorization_endpoint: `${authority}/authorize`,
  token_endpoint: `${authority}/token`,
  jwks_uri: `${authority}/keys`,
});
for (const seconds of [299, 300]) {
  let requests = 0;
  // In the place of the network: nothing is sent.
  const networkClient = {
    sendGetRequestAsync: () => Promise.reject(new Error('Nothing is to be discovered.')),
    sendPostRequestAsync: async () => {
      requests += 1;
      return { status: 200, headers: {}, body: { token_type: 'Bearer', expires_in: seconds, access_token: 'a' } };
    },
  };
  const clientId = '00000000-0000-4000-8000-000000000001';
  const application = new ConfidentialClientApplication({
    auth: { clientId, clientSecret: 'not-a-secret', authority, authorityMetadata, knownAuthorities: ['login.example'] },
    system: { networkClient },
  });
  for (let token = 0; token < 3; token += 1) {
    await application.acquireTokenByClientCredential({ scopes: ['https://graph.example/.default'] });
  }
  console.log(`${seconds} s: ${requests} requests for 3 tokens`);
}
PROGRAM
seen=$(node tokens.mjs)
echo "$seen"
[[ $seen == $'299 s: 3 requests for 3 tokens\n300 s: 1 requests for 3 tokens' ]]
