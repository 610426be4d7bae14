#!/usr/bin/env bash
# @azure/msal-node 7.2.3: when the authority cannot be reached, the error of acquireTokenByClientCredential says
# `network_error` and the address of a page of documentation, and nothing of the reason: no code of the system, no host,
# no `cause`, with the built-in client as with a networkClient of one's own that rejects with a reason. A name that does
# not resolve, a closed port and a proxy in between all look the same.
#
# A guess: the reason is in the message, or it is the `cause`.
# Here: `callrecords sync --check` has to keep the reason by itself.
# Seen: "built-in: network_error, reason told: false, cause: false", "own: network_error, reason told: false, cause: false".
# Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @azure/msal-node@7.2.3 >/dev/null
cat >ask.mjs <<'PROGRAM'
import { ConfidentialClientApplication } from '@azure/msal-node';

const authority = 'https://127.0.0.1:1/tenant';
const endpoints = {
  issuer: `${authority}/v2.0`,
  authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
  token_endpoint: `${authority}/oauth2/v2.0/token`,
  jwks_uri: `${authority}/discovery/v2.0/keys`,
};
const refuse = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:1'));
const own = { networkClient: { sendGetRequestAsync: refuse, sendPostRequestAsync: refuse } };
for (const [name, system] of [['built-in', {}], ['own', own]]) {
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: 'client',
      clientSecret: 'not-a-secret',
      authority,
      knownAuthorities: ['127.0.0.1:1'],
      authorityMetadata: JSON.stringify(endpoints),
    },
    system,
  });
  const scopes = ['https://graph.microsoft.com/.default'];
  const error = await application.acquireTokenByClientCredential({ scopes }).catch((caught) => caught);
  const isTold = /ECONNREFUSED/.test(JSON.stringify([error.message, error.errorMessage, error.stack]));
  console.log(`${name}: ${error.errorCode}, reason told: ${isTold}, cause: ${error.cause !== undefined}`);
}
PROGRAM
seen=$(timeout 60 node ask.mjs)
echo "$seen"
[[ $seen == $'built-in: network_error, reason told: false, cause: false\nown: network_error, reason told: false, cause: false' ]]
