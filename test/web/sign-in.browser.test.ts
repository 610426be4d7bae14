import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import Provider, { type Configuration } from 'oidc-provider';
import type { Browser } from 'playwright-core';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { launchBrowser } from '../support/browser.js';
import { guid, importRecord } from '../support/asking.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { view } from './viewing.js';

const AUDIENCE = 'api://callrecords';
const CLIENT = 'page-of-calls';
const ADA = 'aaaaaaaa-0000-4000-8000-00000000000a';

let browser: Browser;
let issuer: Server;
let server: TestServer;

/** An authorization server that knows everybody, gives tokens for this API, and takes no code without its verifier. */
const configuration = (page: string): Configuration => ({
  clients: [
    {
      client_id: CLIENT,
      redirect_uris: [page],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  pkce: { required: () => true },
  clientBasedCORS: () => true,
  scopes: ['openid', 'CallRecords.Read'],
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  extraTokenClaims: (_context, token) => ({
    oid: 'accountId' in token ? token.accountId : '',
    scp: 'CallRecords.Read',
  }),
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'CallRecords.Read',
        audience: AUDIENCE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

beforeAll(async () => {
  // It tells at each start what a real one would set.
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
  issuer = createServer();
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  [browser, server] = await Promise.all([
    launchBrowser(),
    startTestServer({
      NODE_ENV: 'production',
      AUTH_ISSUER: url,
      AUTH_AUDIENCE: AUDIENCE,
      PAGE_CLIENT_ID: CLIENT,
      PAGE_SCOPE: 'openid CallRecords.Read',
    }),
  ]);
  const provider = new Provider(url, configuration(`${server.url}/calls`));
  const answer = provider.callback();
  issuer.on('request', (request, response) => void answer(request, response));
  const user = { id: ADA, displayName: 'Ada Okafor' };
  const now = new Date().toISOString();
  const times = { startDateTime: now, endDateTime: now };
  const own = { ...times, organizer: { user }, participants: [{ user }] };
  await server.store.import([readGraphRecord(importRecord(1, own)), readGraphRecord(importRecord(2, times))]);
});
afterAll(async () => {
  await browser?.close();
  await server?.end();
  issuer?.closeAllConnections();
  issuer?.close();
});

describe('with AUTH_ISSUER and PAGE_CLIENT_ID', () => {
  it('people sign in with a code and PKCE, come back to where they were, and see their own calls', async () => {
    const { context, page, problems } = await view(browser);
    await page.goto(`${server.url}/calls?view=calls&range=7d`);
    const asked = page.waitForRequest(/\/auth\?/);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const { searchParams } = new URL((await asked).url());
    expect(Object.fromEntries(searchParams)).toMatchObject({ response_type: 'code', code_challenge_method: 'S256' });
    await page.locator('input[name=login]').fill(ADA);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'My calls' }).waitFor();
    await page.locator('.rows [role=row]').first().waitFor();
    expect(await page.locator('.rows [role=row]').count()).toBe(1);
    expect(await page.locator('.rows a').getAttribute('href')).toContain(guid(1));
    expect(page.url()).toBe(`${server.url}/calls?view=calls&range=7d`);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(kept).toBe('[{},{}]');
    expect(problems).toEqual([]);
    await context.close();
  });

  it('who is refused by the issuer is told so, and a token can still be pasted', async () => {
    const { context, page } = await view(browser);
    await page.goto(`${server.url}/calls`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByRole('alert').filter({ hasText: 'Signing in failed' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(await page.getByLabel('Or paste a token').isVisible()).toBe(true);
    await context.close();
  });

  it('the page may speak to its own server and to the issuer, and to nobody else', async () => {
    const { headers } = await fetch(`${server.url}/calls`);
    const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
    expect(headers.get('content-security-policy')).toContain(`connect-src 'self' ${url};`);
  });
});
