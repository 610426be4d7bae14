#!/usr/bin/env bash
# jose 6.2.18, `createRemoteJWKSet`: keys older than `cacheMaxAge` (ten minutes) are fetched before they are used, and where
# the issuer does not answer then, the verification fails, though the keys are still held, and `jwks()` gives them. An
# outage of the issuer of some minutes refuses every token of a server that was up all the time.
#
# A guess: the keys at hand serve until there are newer ones; the age says when to look for them.
# Seen: "fresh: verified", "issuer away: verified", "older, issuer away: ERR_JOSE_GENERIC, with 1 key held". Exits with 1 if
# that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts jose@6.2.18 >/dev/null
cat >keys.mjs <<'PROGRAM'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';

const AGE = 300;
const { publicKey, privateKey } = await generateKeyPair('ES256');
const body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] });
let isUp = true;
const issuer = createServer((_request, response) => response.writeHead(isUp ? 200 : 503).end(isUp ? body : '')).listen(0, '127.0.0.1');
await once(issuer, 'listening');
const url = new URL(`http://127.0.0.1:${issuer.address().port}/keys`);
const keys = createRemoteJWKSet(url, { cacheMaxAge: AGE, cooldownDuration: 0 });
const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'one' }).setExpirationTime('1h').sign(privateKey);
const verify = () => jwtVerify(token, keys).then(() => 'verified', ({ code }) => code);
console.log(`fresh: ${await verify()}`);
isUp = false;
console.log(`issuer away: ${await verify()}`);
await setTimeout(2 * AGE);
console.log(`older, issuer away: ${await verify()}, with ${keys.jwks().keys.length} key held`);
issuer.closeAllConnections();
issuer.close();
PROGRAM
seen=$(node keys.mjs)
echo "$seen"
[[ $seen == 'fresh: verified
issuer away: verified
older, issuer away: ERR_JOSE_GENERIC, with 1 key held' ]]
