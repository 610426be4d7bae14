import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { startTestServer, type TestServer } from '../support/harness.js';

describe('a person who opens the printed address', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchBrowser()]);
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    // As on a machine where Apollo's CDN cannot be reached.
    await context.route(
      (url) => url.origin !== server.url,
      (route) => route.abort(),
    );
    page = await context.newPage();
    await page.goto(server.url);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.end();
  });

  async function run(tab: string): Promise<void> {
    await page.getByRole('tab', { name: tab }).click();
    await page.locator('.graphiql-query-editor .view-lines').getByText(tab).first().waitFor();
    // GraphiQL notes the operation of a tab with a delay; no person is faster than that.
    await page.waitForTimeout(500);
    await page.getByRole('button', { name: 'Execute query' }).click();
  }

  async function shows(text: string): Promise<void> {
    await page.locator('.graphiql-response .view-lines').getByText(text).first().waitFor();
  }

  it('lands in the local explorer where Apollo Sandbox cannot be reached', async () => {
    await page.waitForURL(`${server.url}/explorer`);
    await page.getByRole('tab', { name: 'NewestCalls' }).waitFor();
  });

  it('creates a record with the mutation filled in', async () => {
    await run('CreateCall');
    await shows('"durationSeconds": 25.5470124');
    expect(await server.store.count({ filter: null, visibleTo: null })).toBe(1);
  });

  it('finds that record with the query filled in', async () => {
    await run('NewestCalls');
    await shows('"totalCount": 1');
    await shows('Abbie Wilkins');
  });

  it('finds it by person too', async () => {
    await run('CallsOfPerson');
    await shows('+14255550123');
  });
});
