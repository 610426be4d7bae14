import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { FakeGraph } from '../support/fake-graph.js';
import { fakeRecord, recordId } from '../support/syncing.js';
import { accessibilityFaults, countOf, poorCall, says, storeCalls, view, type Viewing, ZONE } from './viewing.js';

const CALLS = 520;
/** How often the page asks for new calls. */
/** Midnight of the first of the last 30 days where the viewer is, as the page has it. */
const thirtyDays = (page: Page) =>
  page.evaluate(() => {
    const now = new Date();
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() - 29).toISOString();
  });

let browser: Browser;
let server: TestServer;
let viewing: Viewing;
let page: Page;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startTestServer()]);
  await storeCalls(server, CALLS);
});
afterAll(async () => {
  await browser?.close();
  await server?.end();
});

beforeEach(async () => {
  viewing = await view(browser);
  page = viewing.page;
});
afterEach(() => viewing.context.close());

const open = (search = '') => page.goto(`${server.url}/calls${search}`);
const panel = (title: string) => page.getByRole('region', { name: title, exact: true });
/** A panel, scrolled to: what nobody looks at asks for nothing. */
async function reveal(title: string): Promise<ReturnType<typeof panel>> {
  await panel(title).scrollIntoViewIfNeeded();
  return panel(title);
}
const figure = (name: string) =>
  page.locator('.figure', { has: page.getByText(name, { exact: true }) }).locator('strong');
const param = (name: string) => new URL(page.url()).searchParams.get(name);
const rows = () => page.locator('.rows [role=row]');
async function enterToken(token: string): Promise<void> {
  await page.getByRole('button', { name: 'Other token' }).click();
  await page.getByLabel('Bearer token').fill(token);
  await page.getByRole('button', { name: 'Show calls' }).click();
}

describe('the overview', () => {
  it('shows the last 30 days at once in development, with the figures that GraphQL gives', async () => {
    await open();
    const since = await thirtyDays(page);
    await says(figure('Calls'), String(await countOf(server, { startDateTime: { gte: since } })));
    await panel('Quality of calls').locator('svg').last().waitFor();
    await says((await reveal('Busiest hours')).locator('.note').first(), ZONE);
    await panel('Busiest hours').locator('tbody td').first().waitFor();
    expect(await panel('Busiest hours').locator('tbody td').count()).toBe(7 * 24);
    await says(await reveal('Failures and targets'), /sessions that set up · *within the target of 3\.0 %/);
    expect(viewing.problems).toEqual([]);
  });

  it('narrows every panel to the range that is drawn over the columns, and to the whole again by going back', async () => {
    await open('?range=90d');
    await figure('Calls').waitFor();
    const before = await figure('Calls').innerText();
    const chart = panel('Calls over time').locator('svg[role=img]');
    const box = await chart.boundingBox();
    if (!box) throw new Error('The chart has no place.');
    await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=.*to=/);
    const within = { startDateTime: { gte: param('from'), lt: param('to') } };
    await says(figure('Calls'), String(await countOf(server, within)));
    const sizes = await reveal('Meeting sizes');
    await sizes.locator('tbody tr').first().waitFor();
    const counts = (await sizes.locator('.measure').allInnerTexts()).map(Number);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(await countOf(server, within));
    await page.goBack();
    await says(figure('Calls'), before);
  });

  it('lets a range be chosen by keys alone, and reads out what the keys come to', async () => {
    await open();
    const chart = panel('Calls over time').locator('svg[role=img]');
    await chart.focus();
    for (const key of ['Home', 'Shift+ArrowRight', 'Shift+ArrowRight']) await page.keyboard.press(key);
    await says(panel('Calls over time').locator('[aria-live]'), /Calls \d/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=.*to=/);
    expect(Date.parse(param('from') ?? '')).toBe(Date.parse(await thirtyDays(page)));
    expect((Date.parse(param('to') ?? '') - Date.parse(param('from') ?? '')) / 86_400_000).toBe(3);
  });

  it('hands each panel over as GraphQL that runs in the explorer, and as CSV', async () => {
    await open('?range=all');
    const kinds = await reveal('Kinds and media');
    await kinds.locator('tbody tr').first().waitFor();
    const download = page.waitForEvent('download');
    await kinds.getByRole('button', { name: 'CSV' }).click();
    const text = await readFile(await (await download).path(), 'utf8');
    const all = await server.ask('{ callRecordStatistics { byType { type count } } }');
    const [first] = all.data.callRecordStatistics.byType;
    expect(text.replace('\uFEFF', '').split('\r\n').slice(0, 2)).toEqual([
      'What,Calls',
      `${first.type},${first.count}`,
    ]);
    const explorer = viewing.context.waitForEvent('page');
    await kinds.getByRole('link', { name: 'GraphQL' }).click();
    const tab = await explorer;
    await tab.locator('.graphiql-query-editor .view-lines', { hasText: 'Kinds' }).waitFor();
    expect(new URL(tab.url()).hash).toBe('');
    await tab.getByRole('button', { name: 'Execute query' }).click();
    await tab.locator('.graphiql-response .view-lines', { hasText: 'byModality' }).waitFor();
  });

  it('tells where most streams were poor, by what is chosen there, which stands in the address', async () => {
    await open('?range=all');
    const worst = await reveal('Worst of');
    await worst.locator('tbody tr').first().waitFor();
    await worst.getByLabel('Group by').selectOption('Wi-Fi band');
    await worst.getByLabel('Count groups from').selectOption('50 streams');
    await worst.getByRole('columnheader', { name: 'Wi-Fi band' }).waitFor();
    const query = `{ callRecordStatistics { qualityBy(dimension: WIFI_BAND, minimumStreams: 50) {
      value goodStreams poorStreams } } }`;
    const [first] = (await server.ask(query)).data.callRecordStatistics.qualityBy;
    const cells = await worst.locator('tbody tr').first().locator('th, td').allInnerTexts();
    const share = ((first.poorStreams / (first.poorStreams + first.goodStreams)) * 100).toFixed(1);
    expect(first.value).toBe('frequency24GHz');
    expect(cells.slice(0, 3)).toEqual(['2.4 GHz', `${share} %`, String(first.poorStreams)]);
    expect([param('dimension'), param('minimumStreams')]).toEqual(['WIFI_BAND', '50']);
  });

  it('lets new calls slide in by themselves, and none while it is paused', async () => {
    await open('?range=all');
    const newest = panel('Newest calls');
    await newest.locator('li').first().waitFor();
    const create = (displayName: string, minute: string) =>
      server.ask(CREATE, {
        input: createInput({
          startDateTime: `2031-01-01T10:${minute}:00Z`,
          endDateTime: `2031-01-01T10:${minute}:30Z`,
          organizer: { user: { id: '11111111-0000-4000-8000-000000000001', displayName } },
        }),
        idempotencyKey: displayName,
      });
    const [first] = [await create('Newly Come', '00')];
    await says(newest.locator('li').first(), 'Newly Come');
    await newest.getByRole('button', { name: 'Pause' }).click();
    const [second] = [await create('Too Late', '01')];
    // As long as the first took, several times over.
    await page.waitForTimeout(1_500);
    expect(await newest.innerText()).not.toContain('Too Late');
    await newest.getByRole('button', { name: 'Live' }).click();
    await says(newest.locator('li').first(), 'Too Late');
    for (const { data } of [first, second])
      await server.ask('mutation ($id: ID!) { deleteCallRecord(id: $id) }', { id: data.createCallRecord.id });
  });
});

describe('the list of calls', () => {
  it('loads page after page as it is scrolled, has only the rows that are seen, and goes on by keys', async () => {
    await open('?view=calls&range=all');
    await says(page.locator('.calls .note').first(), `${CALLS} match`);
    await page.waitForFunction(() => {
      window.scrollTo(0, document.body.scrollHeight);
      return Number(document.querySelector('.rows [role=row]:last-child')?.getAttribute('aria-rowindex')) > 250;
    });
    expect(await rows().count()).toBeLessThan(60);
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.locator('[data-index="0"] a').focus();
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowDown');
    await page.waitForFunction(
      () => document.activeElement?.closest('[data-index]')?.getAttribute('data-index') === '3',
    );
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
  });

  it('is saved as CSV whole, not only as far as it was scrolled, with nothing in it that a spreadsheet would compute', async () => {
    await open('?view=calls&range=all');
    await rows().first().waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /^CSV/ }).click();
    const lines = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\r\n');
    expect(lines).toHaveLength(CALLS + 1);
    expect(lines[0]).toBe('\uFEFFId,Start,Organizer,Kind,People,Duration,Quality,Failures');
    const organizers = lines.map((line) => line.split(',')[2] ?? '');
    expect(organizers.filter((name) => name.startsWith("'+")).length).toBeGreaterThan(0);
    expect(organizers.filter((name) => /^[=+@-]/.test(name))).toEqual([]);
  });

  it('keeps filters in the address, shows each as a chip, and takes one away by its chip', async () => {
    await open('?view=calls&range=all');
    await page.getByLabel('Quality').selectOption('Poor');
    await page.getByLabel('People').selectOption('5 or more');
    const filter = { quality: ['POOR'], participantCount: { gte: 5 } };
    const expected = await countOf(server, filter);
    await says(page.locator('.calls .note').first(), `${expected} match`);
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    await says(page.locator('.calls .note').first(), `${expected} match`);
    await says(rows().first(), 'Poor');
    await page.getByRole('link', { name: 'Remove 5 people or more' }).click();
    await says(page.locator('.calls .note').first(), `${await countOf(server, { quality: ['POOR'] })} match`);
    expect(param('people')).toBeNull();
    expect(param('quality')).toBe('POOR');
  });

  it('finds the calls of a person by a part of the name, with keys', async () => {
    const { data } = await server.ask(
      '{ callRecordStatistics { topOrganizers(first: 1) { organizer { user { id displayName } } } } }',
    );
    const { id, displayName } = data.callRecordStatistics.topOrganizers[0].organizer.user;
    await open('?view=calls&range=all');
    await page.getByRole('combobox', { name: 'Person or number' }).fill(displayName.slice(0, -1));
    await page.getByRole('option', { name: displayName }).first().waitFor();
    for (const key of ['ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.waitForURL(/person=USER/);
    await says(page.locator('.chips li').first(), `With ${displayName}`);
    if (param('person') === `USER:${id}`)
      await says(page.locator('.calls .note').first(), `${await countOf(server, { participant: { id: [id] } })} match`);
    expect(page.url()).not.toContain(encodeURIComponent(displayName));
  });
});

describe('one call', () => {
  it('shows who was there when, and by how much a stream was over its threshold', async () => {
    const { id, participantCount } = await poorCall(server);
    await open(`?call=${id}`);
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    expect(await page.locator('.lane').count()).toBe(participantCount);
    await page.getByRole('button', { name: /Poor/ }).first().press('Enter');
    await says(page.locator('td .note.over').first(), /\d (ms|%|fps) (over|under)/);
    await page.locator('time').first().waitFor();
    expect(await page.locator('time').first().getAttribute('title')).toMatch(
      /GMT\+0[12]:00.*Europe\/Berlin.*\n\d{4}-.*Z$/s,
    );
  });

  it('is one step from the raw record and from Microsoft Graph', async () => {
    const { id } = await poorCall(server);
    await open(`?call=${id}`);
    await page.getByRole('button', { name: 'JSON' }).click();
    const text = await page.getByRole('dialog').locator('pre').innerText();
    expect(JSON.parse(text)).toMatchObject({ id, sessions: expect.any(Array) });
    await page.keyboard.press('Escape');
    expect(await page.getByRole('link', { name: /^Graph\b.*in a new tab/ }).getAttribute('href')).toContain(
      `https://graph.microsoft.com/v1.0/communications/callRecords/${id}`,
    );
  });
});

describe('a token', () => {
  it('of a person shows that person’s own calls, and nobody’s rank', async () => {
    const { data } = await server.ask(
      '{ callRecordStatistics { topOrganizers(first: 1) { organizer { user { id } } } } }',
    );
    const user = data.callRecordStatistics.topOrganizers[0].organizer.user.id;
    const token = await server.mint({ user });
    await open('?range=all');
    await enterToken(token);
    await page.getByRole('heading', { name: 'My calls' }).waitFor();
    await says(figure('Calls'), String(await countOf(server, {}, token)));
    await (await reveal('Busiest hours')).locator('tbody td').first().waitFor();
    expect(await panel('Top organizers').count()).toBe(0);
    expect(await countOf(server, {}, token)).toBeLessThan(CALLS);
  });

  it('that the server takes no longer is asked for anew, and the view stays', async () => {
    await open('?view=calls&quality=POOR&range=all');
    await rows().first().waitFor();
    await page.route('**/graphql', (route) =>
      route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer no.longer.good' } }),
    );
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    await page.unroute('**/graphql');
    await page.getByLabel('Bearer token').fill('not a token');
    await page.getByRole('button', { name: 'Show calls' }).click();
    await says(page.getByRole('alert'), 'That is no token');
    await page.getByLabel('Bearer token').fill(`Bearer ${server.token}`);
    await page.getByRole('button', { name: 'Show calls' }).click();
    await says(rows().first(), 'Poor');
    expect(param('quality')).toBe('POOR');
  });

  it('without a role is told which one is missing', async () => {
    await open();
    await figure('Calls').waitFor();
    await enterToken(await server.mint({ roles: ['Other.Role'] }));
    await says(page.getByRole('note'), 'CallRecords.Read.All');
  });

  it('is kept nowhere but in memory', async () => {
    await open();
    await figure('Calls').waitFor();
    await enterToken(server.token);
    await figure('Calls').waitFor();
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(kept).toBe('[{},{},""]');
  });
});

describe('a fault', () => {
  it('of the server is told in each panel, which asks again when it is told to', async () => {
    await page.route('**/graphql', (route) =>
      route.request().postDataJSON().operationName === 'Kinds' ? route.abort() : route.continue(),
    );
    await open();
    await says(await reveal('Kinds and media'), 'The server cannot be reached.');
    await (await reveal('Meeting sizes')).locator('tbody tr').first().waitFor();
    await page.unroute('**/graphql');
    await panel('Kinds and media').getByRole('button', { name: 'Try again' }).click();
    await says(panel('Kinds and media'), 'Group call');
  });
});

describe('an empty store', () => {
  it('shows three ways to fill it, of which one is a button that does so with the rights of the token', async () => {
    const empty = await startTestServer();
    try {
      await page.goto(`${empty.url}/calls`);
      await page.getByRole('heading', { name: 'No calls yet' }).waitFor();
      expect(await page.locator('.ways li').count()).toBe(3);
      expect(await accessibilityFaults(page)).toEqual([]);
      // Ten thousand take longer than it takes to see that they come.
      await page.route('**/calls/generated', (route) => route.continue({ postData: '{"count":60}' }));
      await page.getByRole('button', { name: 'Fill with 10,000 generated calls' }).click();
      await figure('Calls').waitFor();
      const { data } = await empty.ask('{ callRecords(first: 0, filter: { sessionsFetched: true }) { totalCount } }');
      expect(data.callRecords.totalCount).toBe(60);
      const refused = await fetch(`${empty.url}/calls/generated`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await empty.mint({ roles: ['CallRecords.Read.All'] })}`,
        },
        body: '{"count":1}',
      });
      expect(refused.status).toBe(403);
    } finally {
      await empty.end();
    }
  });
});

describe('with records from Microsoft Graph', () => {
  it('the page tells until when they are complete, to who may see all', async () => {
    const graph = await new FakeGraph().start();
    graph.put(fakeRecord(1));
    const synced = await startTestServer(graph.settings());
    try {
      await page.goto(`${synced.url}/calls`);
      await says(page.locator('.freshness'), /^\s*(Complete until \d\d:\d\d|First sync under way)/);
      await page.goto(`${synced.url}/calls?call=${recordId(1)}`);
      expect(await page.locator('.freshness').getAttribute('title')).toMatch(/waiting, 0 failed/);
    } finally {
      await synced.end();
      await graph.stop();
    }
  });
});

describe('axe-core finds nothing, by light or in the dark, nor is anything wider than a telephone, in', () => {
  async function expectNoFaults(): Promise<void> {
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await accessibilityFaults(page, ['color-contrast'])).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await accessibilityFaults(page, ['target-size'])).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  }

  it('the overview', async () => {
    await open();
    await panel('Quality of calls').locator('svg[role=img]').waitFor();
    for (const title of ['Top organizers', 'Busiest hours', 'Lengths of calls'])
      await (await reveal(title)).locator('tbody tr').first().waitFor();
    await expectNoFaults();
  });

  it('the list of calls', async () => {
    await open('?view=calls&quality=POOR&people=3&range=365d');
    await rows().first().waitFor();
    await expectNoFaults();
  });

  it('one call', async () => {
    const { id } = await poorCall(server);
    await open(`?call=${id}`);
    await page.getByRole('button', { name: /Poor/ }).first().click();
    await page.locator('td .note.over').first().waitFor();
    await expectNoFaults();
  });

  it('the entry of a token', async () => {
    await open();
    await page.getByRole('button', { name: 'Other token' }).click();
    await page.getByLabel('Bearer token').waitFor();
    await expectNoFaults();
  });
});
