import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.js';
import { FakeGraph } from '../support/fake-graph.js';
import { temporaryFolder } from '../support/harness.js';
import { run } from '../support/run.js';
import { fakeRecord, fileIn } from '../support/syncing.js';

let graph: FakeGraph;
let proxy: ConnectProxy;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await temporaryFolder();
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const trusted = join(folder, 'cert.pem');
  await writeFile(trusted, cert);
  graph = await new FakeGraph().start({ key, cert });
  for (let number = 0; number < 30; number++) graph.put(fakeRecord(number));
  proxy = await startConnectProxy();
  env = graph.settings({ DATABASE_URL: fileIn(folder), NODE_EXTRA_CA_CERTS: trusted, HTTPS_PROXY: proxy.url });
});
afterEach(async () => {
  await graph.stop();
  await proxy.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('With HTTPS_PROXY', () => {
  it('tokens and records come through tunnels of the proxy, each kept for the next request', async () => {
    const { status, stdout } = await run(['sync', '--once'], { env });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^listed 30, fetched 30, created 30/)]);
    expect(graph.seen.length).toBeGreaterThan(60);
    expect(proxy.asked.length).toBeGreaterThan(0);
    // At most 8 requests are under way.
    expect(proxy.asked.length).toBeLessThanOrEqual(8);
    expect(new Set(proxy.asked.map(({ host }) => host))).toEqual(new Set([new URL(graph.url).host]));
  });

  it('the proxy is told the name and the password in its address', async () => {
    const withName = proxy.url.replace('//', '//anna:p%40ss@');
    const { status } = await run(['sync', '--check'], { env: { ...env, HTTPS_PROXY: withName } });
    expect(status).toBe(0);
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from('anna:p@ss').toString('base64')}`);
  });

  it('NO_PROXY excepts hosts', async () => {
    const { status } = await run(['sync', '--check'], { env: { ...env, NO_PROXY: 'other.example,127.0.0.1' } });
    expect([status, proxy.asked]).toEqual([0, []]);
  });

  it('a proxy that refuses, or is none, is what the check names', async () => {
    proxy.refuses = () => 407;
    const refused = await run(['sync', '--check'], { env });
    expect([refused.status, refused.stdout]).toEqual([
      1,
      expect.stringMatching(
        /^FAIL token: no token: 127.0.0.1:\d+: fetch failed \(the proxy refused the tunnel, status 407\)\. See that this host can be reached/,
      ),
    ]);
    const wrong = await run(['sync', '--check'], { env: { ...env, HTTPS_PROXY: 'socks5://127.0.0.1:1' } });
    expect([wrong.status, wrong.stdout]).toEqual([
      1,
      expect.stringMatching(/^FAIL token: .*HTTPS_PROXY and the like must be the address of a proxy, such as http:/),
    ]);
  });

  it('a proxy that refuses some tunnels costs no record: its answer is not taken for that of Graph', async () => {
    proxy.refuses = (index) => (index > 0 && index < 4 ? 404 : null);
    const { status, stdout } = await run(['sync', '--once'], { env });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/created 30, .*gone 0, failed 0/)]);
  });
});
