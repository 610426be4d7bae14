import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { readConfig } from '../../src/config.js';
import { startTestServer, type TestServer } from '../support/harness.js';

const BUNDLE = new URL('../../dist/calls/', import.meta.url);
const LIMIT_BYTES = 300_000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const settingsIn = (html: string) =>
  JSON.parse(/<script type="application\/json" id="settings">(.*?)<\/script>/s.exec(html)?.[1] ?? '') as object;
const fill = (count: unknown, token: string | null) =>
  fetch(`${server.url}/calls/generated`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ count }),
  });

describe('the page of calls', () => {
  it('is closed to all but this server: no inline script, no inline style, no eval, no frame', async () => {
    const { headers } = await fetch(`${server.url}/calls`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy.replace(/nonce-[^']+/, 'nonce-X')).toBe(
      [
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'nonce-X'",
        "style-src 'self'; img-src 'self' data:; connect-src 'self'; require-trusted-types-for 'script'",
      ].join('; '),
    );
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('has a token in development, for a browser that opened it on this machine alone', async () => {
    const own = await (await fetch(`${server.url}/calls`)).text();
    expect(settingsIn(own)).toMatchObject({ headers: { authorization: expect.stringMatching(/^Bearer /) } });
    const other = await (await fetch(`${server.url}/calls`, { headers: { 'x-forwarded-for': '203.0.113.7' } })).text();
    expect(settingsIn(other)).toMatchObject({ headers: {} });
  });

  it('has no token and fills nothing in production', async () => {
    const production = await startTestServer({ NODE_ENV: 'production', ALLOW_DEVELOPMENT_KEY: 'true' });
    try {
      const html = await (await fetch(`${production.url}/calls`)).text();
      expect(settingsIn(html)).toEqual({ endpoint: '/graphql', headers: {}, signIn: null, fill: null });
      const { status } = await fetch(`${production.url}/calls/generated`, { method: 'POST' });
      expect(status).toBe(404);
    } finally {
      await production.end();
    }
  });

  it(`takes less than ${LIMIT_BYTES} bytes in all, compressed by gzip`, () => {
    const sizes = readdirSync(BUNDLE).map((name) => gzipSync(readFileSync(new URL(name, BUNDLE))).length);
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LIMIT_BYTES);
  });

  it('loads what signs in from a file of its own, which others do not fetch', () => {
    const main = readFileSync(new URL('main.js', BUNDLE), 'utf8');
    expect(main).not.toContain('code_verifier');
    expect(readdirSync(BUNDLE).filter((name) => name.startsWith('sign-in'))).toHaveLength(1);
  });

  it.each([
    [{ PAGE_CLIENT_ID: 'page' }, 'PAGE_CLIENT_ID=page: AUTH_ISSUER is missing; they go together.'],
    [{ PAGE_SCOPE: 'email' }, 'PAGE_SCOPE=email: expected scopes with openid among them.'],
  ])('signs nobody in by halves: %j stops the start', (settings, message) => {
    expect(() => readConfig(settings)).toThrow(message);
  });

  it('fills the store in development, for who may write, with calls that have sessions', async () => {
    const answer = await fill(250, server.token);
    const lines = (await answer.text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { stored: 200, count: 250 },
      { stored: 250, count: 250 },
    ]);
    const { data } = await server.ask('{ callRecords(first: 0, filter: { sessionsFetched: true }) { totalCount } }');
    expect(data.callRecords.totalCount).toBe(250);
  });

  it.each([
    ['no token', null, 250, 401],
    ['a token that may only read', 'CallRecords.Read.All', 250, 403],
    ['more calls than that', 'CallRecords.ReadWrite.All', 10_001, 400],
    ['no number of them', 'CallRecords.ReadWrite.All', 'many', 400],
  ])('does not fill the store for %s', async (_what, role, count, status) => {
    const token = role === null ? null : await server.mint({ roles: [role] });
    const answer = await fill(count, token);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
  });
});
