import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerExplorer, type ExplorerSettings } from '../../src/server/explorer.js';

const TOKEN = 'token-of-the-test';
const settings: ExplorerSettings = {
  endpoint: '/graphql',
  mintToken: async () => TOKEN,
  operations: [{ name: 'Calls', document: 'query Calls { callRecords } # </script><script>alert(1)</script><!--' }],
};

function start(changes: Partial<ExplorerSettings> = {}): FastifyInstance {
  const app = Fastify({ trustProxy: true });
  registerExplorer(app, { ...settings, ...changes });
  return app;
}

const get = (app: FastifyInstance, url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { host: 'localhost:4000', ...headers } });

function settingsIn(html: string): unknown {
  return JSON.parse(/<script type="application\/json" id="settings">(.*?)<\/script>/s.exec(html)?.[1] ?? '');
}

const app = start();

describe.each(['/', '/explorer'])('the page at %s', (page) => {
  it.each(['localhost', 'LOCALHOST:4000', '127.0.0.1:4000', '127.1.2.3', '[::1]', '[::1]:80', '[::ffff:7f00:1]:4000'])(
    'holds the token for the loopback host %s',
    async (host) => {
      const { body } = await get(app, page, { host });
      expect(settingsIn(body)).toMatchObject({ headers: { authorization: `Bearer ${TOKEN}` } });
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil.example:4000',
    '127.0.0.1.evil.example',
    '10.0.0.1:4000',
    '128.0.0.1',
    '127.0.0.256',
    '[::2]',
    '::1',
    'localhost.',
    'evil.localhost:4000',
    'localhost@evil.example',
    'localhost:4000.evil.example',
    'evil.example#localhost',
    'xlocalhost',
  ])('holds no token for the host "%s"', async (host) => {
    const { statusCode, body } = await get(app, page, { host });
    expect(statusCode).toBe(200);
    expect(body).not.toContain(TOKEN);
    expect(settingsIn(body)).toMatchObject({ headers: {} });
  });

  it('believes no X-Forwarded-Host, even behind a trusted proxy', async () => {
    const { body } = await get(app, page, { host: 'evil.example', 'x-forwarded-host': 'localhost' });
    expect(body).not.toContain(TOKEN);
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])(
    'holds the token for a connection from %s, which is this machine',
    async (remoteAddress) => {
      const { body } = await app.inject({ url: page, headers: { host: 'localhost:4000' }, remoteAddress });
      expect(body).toContain(TOKEN);
    },
  );

  it.each(['10.0.0.7', '::ffff:10.0.0.7', '2001:db8::1'])(
    'holds no token for a connection from %s, whatever host it asks for',
    async (remoteAddress) => {
      const { body } = await app.inject({ url: page, headers: { host: 'localhost:4000' }, remoteAddress });
      expect(body).not.toContain(TOKEN);
    },
  );

  it.each(['x-forwarded-for', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via'])(
    'holds no token for whom a proxy on this machine speaks for, which it tells in %s',
    async (name) => {
      const { body } = await get(app, page, { [name]: '127.0.0.1' });
      expect(body).not.toContain(TOKEN);
    },
  );

  it('holds no token for a request in HTTP/1.0, as nginx sends on those of others unless told otherwise', async () => {
    const listening = start();
    const { port } = new URL(await listening.listen({ port: 0, host: '127.0.0.1' }));
    const ask = async (version: string) => {
      const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
      socket.write(`GET ${page} HTTP/${version}\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
      return (await socket.toArray()).join('');
    };
    const [old, current] = [await ask('1.0'), await ask('1.1')];
    await listening.close();
    expect(old).not.toContain(TOKEN);
    expect(current).toContain(TOKEN);
  });

  it('holds no token for a script of another origin', async () => {
    const { body } = await get(app, page, { origin: 'https://evil.example' });
    expect(body).not.toContain(TOKEN);
  });

  it('has a token of its own for each view', async () => {
    let views = 0;
    const counting = start({ mintToken: async () => `token-${(views += 1)}` });
    for (const token of ['token-1', 'token-2'])
      expect(settingsIn((await get(counting, page)).body)).toMatchObject({
        headers: { authorization: `Bearer ${token}` },
      });
  });

  it('has no authorization header where the server has no token', async () => {
    const { body } = await get(start({ mintToken: null }), page);
    expect(settingsIn(body)).toEqual({ endpoint: '/graphql', headers: {}, operations: settings.operations });
  });

  it('leads to the page of calls', async () => {
    const files = await get(app, '/explorer/explorer.js');
    const { body } = await get(app, page);
    expect(page === '/' ? body : files.body).toContain('/calls');
  });

  it('lets no operation end the script element', async () => {
    const { body } = await get(app, page);
    expect(body).not.toContain('alert(1)</script>');
    expect(body).not.toContain('<!--');
    expect(settingsIn(body)).toMatchObject({ operations: settings.operations });
  });

  it('is an HTML page titled callrecords-graphql that is never stored, sniffed or named as a referrer', async () => {
    const { headers, body } = await get(app, page);
    expect(body).toContain('<title>callrecords-graphql</title>');
    expect(body).toContain('<noscript>');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });

  it('allows no inline script but those with the nonce of this one response', async () => {
    const nonces = await Promise.all([get(app, page), get(app, page)].map(async (answer) => nonceOf(await answer)));
    expect(nonces[0]).toMatch(/^[\w+/=]{24}$/);
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it('can be framed by nobody', async () => {
    const { headers } = await get(app, page);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });
});

function nonceOf({ headers, body }: { headers: Record<string, unknown>; body: string }): string | undefined {
  const nonce = /script-src 'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1];
  expect(body).toContain(`<script nonce="${nonce}" src=`);
  return nonce;
}

it('lets the local explorer connect to its own server only', async () => {
  const { headers } = await get(app, '/explorer');
  expect(headers['content-security-policy']).toContain("connect-src 'self'");
  expect(headers['content-security-policy']).not.toMatch(/https?:/);
});

it('lets the Sandbox page reach no other hosts than those of Apollo', async () => {
  const { headers } = await get(app, '/');
  const hosts = String(headers['content-security-policy']).match(/https?:\/\/[^\s;]+/g) ?? [];
  expect(hosts.length).toBeGreaterThan(0);
  expect(hosts.filter((host) => !host.endsWith('.apollographql.com'))).toEqual([]);
});

it.each([
  ['explorer.js', 'text/javascript; charset=utf-8'],
  ['sandbox.js', 'text/javascript; charset=utf-8'],
  ['graphql.worker.js', 'text/javascript; charset=utf-8'],
  ['explorer.css', 'text/css; charset=utf-8'],
  ['codicon.ttf', 'font/ttf'],
])('serves %s as %s, to be revalidated by its ETag', async (name, type) => {
  const first = await get(app, `/explorer/${name}`);
  expect(first.statusCode).toBe(200);
  expect(first.headers).toMatchObject({
    'content-type': type,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  const again = await get(app, `/explorer/${name}`, { 'if-none-match': String(first.headers.etag) });
  expect(again.statusCode).toBe(304);
  expect(again.body).toBe('');
});

it('ships no source maps', async () => {
  const { body } = await get(app, '/explorer/explorer.js');
  expect(body).not.toContain('sourceMappingURL=');
  expect((await get(app, '/explorer/explorer.js.map')).statusCode).toBe(404);
});

it.each([
  '/explorer/',
  '/explorer/none.js',
  '/explorer/../package.json',
  '/explorer/..%2f..%2fpackage.json',
  '/explorer/%2e%2e/%2e%2e/package.json',
  '/explorer/..%5c..%5cpackage.json',
  '/explorer/%2fetc%2fpasswd',
  '/explorer/__proto__',
  '/explorer/explorer.js/',
  '/explorer/explorer.js%00',
])('answers 404 to %s', async (url) => {
  expect((await get(app, url)).statusCode).toBe(404);
});
