import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { parseJson } from '../../src/platform/json.js';
import { generateCallRecords } from '../../src/generate/records.js';
import { yesterday } from '../../src/generate/times.js';
import type { TestServer } from '../support/harness.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A viewer in a zone that is not UTC. */
export const ZONE = 'Europe/Berlin';

/** A page, and what went wrong on it: faults, warnings, and what its Content-Security-Policy refused. */
export interface Viewing {
  context: BrowserContext;
  page: Page;
  problems: string[];
}

/** Opens an empty page for a server; requests to all others are problems. */
export async function view(browser: Browser, options: BrowserContextOptions = {}): Promise<Viewing> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    timezoneId: ZONE,
    locale: 'en-GB',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (message) => {
    const isOurs = new URL(page.url()).pathname === '/calls';
    if (isOurs && ['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.setDefaultTimeout(10_000);
  return { context, page, problems };
}

/** Stores generated calls with their sessions, those of the last days among them. */
export async function storeCalls({ store }: TestServer, count: number): Promise<void> {
  const lines = generateCallRecords({ count, seed: 1, until: yesterday(), sessions: true });
  await store.import([...lines].map((line) => readGraphRecord(parseJson(line))));
}

interface Axe {
  run: (context: Document, options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe-core finds against what is shown: by the rules of WCAG 2.2 AA and its best practices, or by some of these. */
export async function accessibilityFaults(page: Page, rules?: string[]): Promise<string[]> {
  // Not as a script element, which the page would refuse.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (runOnly) => (globalThis as unknown as { axe: Axe }).axe.run(document, { runOnly, resultTypes: ['violations'] }),
    rules ?? STANDARDS,
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

/** How many calls match, as GraphQL tells it; with the exploring token unless another is given. */
export async function countOf(server: TestServer, filter: object, token?: string): Promise<number> {
  const query = 'query ($filter: CallRecordFilter) { callRecordStatistics(filter: $filter) { count } }';
  return (await server.ask(query, { filter }, token)).data.callRecordStatistics.count;
}

/** The newest group call of four or more in which a stream was poor. */
export async function poorCall(server: TestServer): Promise<{ id: string; participantCount: number }> {
  const filter = { quality: ['POOR'], participantCount: { gte: 4 }, type: ['groupCall'] };
  const { data } = await server.ask(
    'query ($filter: CallRecordFilter) { callRecords(first: 1, filter: $filter) { nodes { id participantCount } } }',
    { filter },
  );
  return data.callRecords.nodes[0];
}

/** Waits until an element says what is expected, and fails with what it says instead. */
export async function says(what: Locator, expected: string | RegExp): Promise<void> {
  await what
    .filter({ hasText: expected })
    .waitFor()
    .catch(async () => {
      throw new Error(`Expected ${String(expected)}, but it says: ${(await what.allInnerTexts()).join(' | ')}`);
    });
}
