#!/usr/bin/env bash
# NO_PROXY=corp.example excepts `corp.example` alone for proxy-from-env 2.1.0 (which axios and others use) and for
# EnvHttpProxyAgent of undici 7.16.0: what is asked of `login.corp.example` goes to the proxy. `.corp.example` excepts the
# names below it, and not the name itself, and `10.0.0.0/8` excepts nothing.
#
# A guess: as in curl, wget, Go and Python's requests, a name stands for all names below it, and in newer ones of these a
# range for its addresses.
# Here: docs/sync.md has to say which of them our requests understand.
# Seen, for each of the three: "proxy" from both. Exits with 1 if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts proxy-from-env@2.1.0 undici@7.16.0 >/dev/null
cat >ask.mjs <<'PROGRAM'
import { createServer } from 'node:http';
import { getProxyForUrl } from 'proxy-from-env';
import { EnvHttpProxyAgent, request } from 'undici';

let asked = 0;
const proxy = createServer().on('connect', (_request, socket) => {
  asked += 1;
  socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.address().port}`;
const cases = [
  ['corp.example', 'login.corp.example'],
  ['.corp.example', 'corp.example'],
  ['10.0.0.0/8', '10.1.2.3'],
];
for (const [excepted, host] of cases) {
  process.env.NO_PROXY = excepted;
  const url = `https://${host}/`;
  const byProxyFromEnv = getProxyForUrl(url) === '' ? 'direct' : 'proxy';
  const before = asked;
  const dispatcher = new EnvHttpProxyAgent({ connectTimeout: 500 });
  await request(url, { dispatcher, signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await dispatcher.destroy();
  console.log(`NO_PROXY=${excepted}, ${host}: ${byProxyFromEnv}, undici ${asked > before ? 'proxy' : 'direct'}`);
}
proxy.close();
PROGRAM
seen=$(timeout 60 node ask.mjs)
echo "$seen"
[[ $seen == 'NO_PROXY=corp.example, login.corp.example: proxy, undici proxy
NO_PROXY=.corp.example, corp.example: proxy, undici proxy
NO_PROXY=10.0.0.0/8, 10.1.2.3: proxy, undici proxy' ]]
