import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { clear, importAll, importRecord } from '../support/asking.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { bundle, compileForRelay, generate, projectOf, removeProject } from '../support/projects.js';

const ADA = 'aaaaaaaa-0000-4000-8000-00000000000a';
const BEN = 'bbbbbbbb-0000-4000-8000-0000000000be';
const CREATED = '2026-03-01T09:00:00.1234567Z Me 0 s';

/** Forty-five calls, of which every third is Ada's, each under another name. */
const CALLS = Array.from({ length: 45 }, (_, number) => {
  const user = { id: number % 3 ? BEN : ADA, displayName: `${number % 3 ? 'Ben' : 'Ada'} in call ${number}` };
  return importRecord(number, { organizer: { user }, participants: [{ user }] });
});
/** The names of these calls, the newest first. */
const names = (isShown: (number: number) => boolean) =>
  CALLS.map((_, number) => number)
    .filter(isShown)
    .map((number) => `${number % 3 ? 'Ben' : 'Ada'} in call ${number}`)
    .reverse();

let browser: Browser;
let server: TestServer;
let pages: Server;
let script: string;
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  browser = await launchBrowser();
  pages = createServer((request, response) => {
    const settings = { url: `${server.url}/graphql`, token: server.token };
    const html = `<!doctype html><link rel="icon" href="data:,"><div id="app"></div>
      <script>window.SERVER = ${JSON.stringify(settings)}</script><script src="/app.js"></script>`;
    const isScript = request.url === '/app.js';
    response.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    response.end(isScript ? script : html);
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  server = await startTestServer({ CORS_ORIGINS: origin() });
});
afterAll(async () => {
  await browser?.close();
  pages?.close();
  await server?.end();
});

const origin = () => `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
const rows = () => page.locator('li');
const shown = async () => (await rows().allInnerTexts()).map((text) => text.replace(/^\S+ (.*) \d+ s$/, '$1'));
const waitForRows = (count: number) => page.waitForFunction((n) => document.querySelectorAll('li').length === n, count);
const store = () => page.getByRole('button', { name: 'Store' }).click();

interface Create {
  variables: { idempotencyKey: string };
}

/** Has every create answered so, and gives those that were sent. */
async function onCreate(answer: (route: Route, number: number) => Promise<void>): Promise<Create[]> {
  const sent: Create[] = [];
  await page.route('**/graphql', (route, request) => {
    const body = request.postDataJSON() as { query: string } & Create;
    if (!body.query.includes('createCallRecord')) return route.continue();
    sent.push(body);
    return answer(route, sent.length);
  });
  return sent;
}

describe.each<[string, string, (folder: string) => Promise<void>]>([
  ['Apollo Client', 'apollo', generate],
  ['urql', 'urql', generate],
  ['Relay', 'relay', compileForRelay],
])('A frontend with %s', (_client, name, compileDocuments) => {
  beforeAll(async () => {
    const folder = await projectOf(name);
    await compileDocuments(folder);
    script = await bundle(folder);
    await removeProject(folder);
  });

  beforeEach(async () => {
    await clear(server);
    await importAll(server, CALLS);
    problems = [];
    context = await browser.newContext({ viewport: { width: 800, height: 300 } });
    page = await context.newPage();
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    await page.goto(origin());
    await waitForRows(20);
  });
  afterEach(() => context.close());

  test('loads page after page as its list is scrolled, and shows the name that each call had for its organizer', async () => {
    for (const count of [40, 45]) {
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      await waitForRows(count);
    }
    await page.getByText('That is all.').waitFor();
    expect(await shown()).toEqual(names(() => true));
    expect(problems).toEqual([]);
  });

  test('shows the calls of one person, and those of all again', async () => {
    await page.getByLabel('Person').fill(ADA);
    await waitForRows(15);
    expect(await shown()).toEqual(names((number) => number % 3 === 0));
    await page.getByLabel('Person').fill('');
    await page.waitForFunction(() => document.querySelectorAll('li').length >= 20);
    expect((await shown()).slice(0, 20)).toEqual(names(() => true).slice(0, 20));
    expect(problems).toEqual([]);
  });

  test('shows a call that it stores at once, before the server has answered', async () => {
    let answer: () => void = () => undefined;
    const answering = new Promise<void>((resolve) => (answer = resolve));
    await onCreate((route) => answering.then(() => route.continue()));
    await store();
    await rows().filter({ hasText: 'Me 0 s (saving)' }).waitFor();
    expect(await rows().first().innerText()).toBe(`${CREATED} (saving)`);
    answer();
    await page.getByText('(saving)').waitFor({ state: 'detached' });
    expect(await rows().first().innerText()).toBe(CREATED);
    expect((await shown()).slice(0, 3)).toEqual(['Me', ...names(() => true).slice(0, 2)]);
    expect(problems).toEqual([]);
  });

  test('stores one call for each press, though the first answer is lost and the request sent again', async () => {
    const sent = await onCreate(async (route, number) => {
      if (number > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await store();
    await waitForRows(21);
    await page.getByText('(saving)').waitFor({ state: 'detached' });
    await store();
    await waitForRows(22);
    await page.getByText('(saving)').waitFor({ state: 'detached' });
    const [first, again, second] = sent.map(({ variables }) => variables.idempotencyKey);
    expect(sent).toHaveLength(3);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
    const { data } = await server.ask('{ callRecords { totalCount } }');
    expect(data).toEqual({ callRecords: { totalCount: 47 } });
  });

  test('shows each broken rule beside its field, and the call no longer', async () => {
    await page.getByLabel('startDateTime').fill('yesterday');
    await page.getByLabel('endDateTime').fill('2026-02-31T00:00:00Z');
    await store();
    await page.locator('[data-rule="DateTimeOffset"]').nth(1).waitFor();
    expect(await page.locator('label').filter({ hasText: 'startDateTime' }).locator('strong').innerText()).toContain(
      'yesterday',
    );
    await page.getByLabel('startDateTime').fill('2026-02-28T00:00:01Z');
    await page.getByLabel('endDateTime').fill('2026-02-28T00:00:00Z');
    await store();
    await page.locator('[data-rule="order"]').waitFor();
    expect(await page.locator('strong').allInnerTexts()).toHaveLength(1);
    expect(await shown()).toEqual(names(() => true).slice(0, 20));
  });
});
