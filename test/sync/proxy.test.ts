import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { generate } from 'selfsigned';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.js';
import { FakeGraph } from '../support/fake-graph.js';
import { post, temporaryFolder } from '../support/harness.js';
import { run, start } from '../support/run.js';
import { fakeRecord, fileIn } from '../support/syncing.js';

/** Names that only the proxy knows; for an address of this machine it is never asked. */
const HOSTS = { graph: 'graph.example', authority: 'login.example', issuer: 'issuer.example' };

let graph: FakeGraph;
let issuer: ReturnType<typeof createServer>;
let signing: CryptoKey;
let proxy: ConnectProxy;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await temporaryFolder();
  const altNames = [
    ...Object.values(HOSTS).map((value) => ({ type: 2, value }) as const),
    ...['127.0.0.1', '0.0.0.0'].map((ip) => ({ type: 7, ip }) as const),
  ];
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  const trusted = join(folder, 'cert.pem');
  await writeFile(trusted, cert);
  graph = await new FakeGraph().start({ key, cert });
  for (let number = 0; number < 30; number++) graph.put(fakeRecord(number));
  const pair = await generateKeyPair('ES256');
  signing = pair.privateKey;
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES256' }] });
  issuer = createServer({ key, cert }, (_request, response) => response.end(keys)).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  const port = Number(new URL(graph.url).port);
  proxy = await startConnectProxy({
    [`${HOSTS.graph}:443`]: port,
    [`${HOSTS.authority}:443`]: port,
    [`${HOSTS.issuer}:443`]: (issuer.address() as AddressInfo).port,
  });
  env = graph.settings({
    GRAPH_URL: `https://${HOSTS.graph}`,
    GRAPH_AUTHORITY: `https://${HOSTS.authority}`,
    DATABASE_URL: fileIn(folder),
    NODE_EXTRA_CA_CERTS: trusted,
    HTTPS_PROXY: proxy.url,
  });
});
afterEach(async () => {
  await graph.stop();
  issuer.close();
  await proxy.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('With HTTPS_PROXY', () => {
  it('tokens and records come through tunnels of the proxy, each kept for the next request', async () => {
    const { status, stdout } = await run(['sync', '--once'], { env });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^listed 30, fetched 30, created 30/)]);
    expect(graph.seen.length).toBeGreaterThan(60);
    const hosts = proxy.asked.map(({ host }) => host);
    expect(hosts.filter((host) => host === `${HOSTS.authority}:443`)).toHaveLength(1);
    // At most 8 requests are under way.
    expect(hosts.length).toBeLessThanOrEqual(1 + 8);
    expect(new Set(hosts)).toEqual(new Set([`${HOSTS.authority}:443`, `${HOSTS.graph}:443`]));
  });

  it('the proxy is told the name and the password in its address', async () => {
    const withName = proxy.url.replace('//', '//anna:p%40ss@');
    const { status } = await run(['sync', '--check'], { env: { ...env, HTTPS_PROXY: withName } });
    expect(status).toBe(0);
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from('anna:p@ss').toString('base64')}`);
  });

  it.each([
    ['this machine', '127.0.0.1', ''],
    ['the hosts of NO_PROXY', '0.0.0.0', 'other.example,0.0.0.0'],
  ])('%s is asked directly', async (_name, host, NO_PROXY) => {
    const url = graph.url.replace('127.0.0.1', host);
    const direct = { ...env, GRAPH_URL: url, GRAPH_AUTHORITY: url, NO_PROXY };
    expect((await run(['sync', '--check'], { env: direct })).status).toBe(0);
    expect(proxy.asked).toEqual([]);
  });

  it('a proxy that refuses, or is none, is what the check names', async () => {
    proxy.refuses = () => 407;
    const refused = await run(['sync', '--check'], { env });
    const line =
      /^FAIL token: no token: login.example: fetch failed \(the proxy refused the tunnel, status 407\)\. See that this host can be reached/;
    expect([refused.status, refused.stdout]).toEqual([1, expect.stringMatching(line)]);
    const wrong = await run(['sync', '--check'], { env: { ...env, HTTPS_PROXY: 'socks5://127.0.0.1:1' } });
    expect([wrong.status, wrong.stdout]).toEqual([
      1,
      expect.stringMatching(/^FAIL token: .*HTTPS_PROXY or ALL_PROXY must be the address of a proxy, such as http:/),
    ]);
  });

  it('a proxy that refuses some tunnels costs no record: its answer is not taken for that of Graph', async () => {
    proxy.refuses = (index) => (index > 1 && index < 5 ? 404 : null);
    const { status, stdout } = await run(['sync', '--once'], { env });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/created 30, .*gone 0, failed 0/)]);
    expect(proxy.asked.length).toBeGreaterThan(5);
  });

  it('the keys of the issuer of tokens come through it, too', async () => {
    const { DATABASE_URL = '', NODE_EXTRA_CA_CERTS = '', HTTPS_PROXY = '' } = env;
    const expected = {
      AUTH_ISSUER: 'https://i',
      AUTH_AUDIENCE: 'calls',
      AUTH_JWKS_URI: `https://${HOSTS.issuer}/keys`,
    };
    const settings = { DATABASE_URL, NODE_EXTRA_CA_CERTS, HTTPS_PROXY, PORT: '0', ...expected };
    const server = start(['serve'], { env: settings });
    let said = '';
    for (const stream of [server.stdout, server.stderr])
      stream?.on('data', (text: Buffer) => (said += text.toString()));
    while (!/"msg":"ready"/.test(said)) {
      if (server.exitCode !== null) throw new Error(said);
      await wait(20);
    }
    const url = /"graphql":"([^"]+)"/.exec(said)?.[1] ?? '';
    const token = await new SignJWT({ iss: 'https://i', aud: 'calls', roles: ['CallRecords.Read.All'] })
      .setProtectedHeader({ alg: 'ES256' })
      .setExpirationTime('1h')
      .sign(signing);
    const answer = await post(url, JSON.stringify({ query: '{ callRecords { totalCount } }' }), token);
    expect(answer).toMatchObject({ data: { callRecords: { totalCount: 0 } } });
    expect(proxy.asked.map(({ host }) => host)).toEqual([`${HOSTS.issuer}:443`]);
  });
});
