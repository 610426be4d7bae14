import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { buildSchema, graphql } from 'graphql';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { registerExplorer, type ExplorerSettings } from '../../src/server/explorer.js';
import { launchBrowser } from '../support/browser.js';

const SANDBOX_SCRIPT =
  'https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js';
const SANDBOX_FRAME = 'https://sandbox.embed.apollographql.com';
const LONG = 30_000;

// What the CDN would serve, as far as the page can tell.
const RECORDING_SANDBOX = 'window.EmbeddedSandbox = class { constructor(options) { window.recorded = options; } };';
const FRAME = `const frame = document.createElement('iframe');
  frame.src = '${SANDBOX_FRAME}/sandbox/explorer';
  document.querySelector('#sandbox').append(frame);`;

const CALLS = `query Calls($first: Int!) {
  callRecords(first: $first) {
    id
  }
}
`;
const CREATE = `mutation Create($id: ID!) {
  createCallRecord(id: $id) {
    id
  }
}
`;
const KEYED = `mutation Keyed($id: ID!, $idempotencyKey: String) {
  createCallRecord(id: $id, idempotencyKey: $idempotencyKey) {
    id
  }
}
`;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const operations = [
  { name: 'Calls', document: CALLS, variables: '{ "first": 2 }' },
  { name: 'Create', document: CREATE, variables: '{ "id": "new-record" }' },
];

interface GraphQLBody {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
}

interface Received extends GraphQLBody {
  authorization: string | undefined;
}

const schema = buildSchema(`
  type CallRecord { id: ID! }
  type Query { callRecords(first: Int!): [CallRecord!]! }
  type Mutation { createCallRecord(id: ID!, idempotencyKey: String): CallRecord! }
`);
const rootValue = {
  callRecords: ({ first }: { first: number }) => Array.from({ length: first }, (_, n) => ({ id: `record-${n}` })),
  createCallRecord: ({ id }: { id: string }) => ({ id }),
};

let app: FastifyInstance;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let url: string;
let settings: ExplorerSettings;
let received: Received[];
let problems: string[];
let foreign: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser?.close());

beforeEach(async () => {
  received = [];
  problems = [];
  foreign = [];
  settings = { endpoint: '/graphql', mintToken: async () => 'first-token', operations };
  app = Fastify();
  registerExplorer(app, settings);
  app.post<{ Body: GraphQLBody }>('/graphql', ({ body, headers }) => {
    received.push({ ...body, authorization: headers.authorization });
    return graphql({
      schema,
      rootValue,
      source: body.query,
      variableValues: body.variables,
      operationName: body.operationName,
    });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://localhost:${(app.server.address() as AddressInfo).port}`;
  context = await browser.newContext({ viewport: { width: 1400, height: 900 }, colorScheme: 'light' });
  await context.route(
    (target) => target.origin !== url,
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  page = await context.newPage();
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
});

afterEach(async () => {
  await context.close();
  await app.close();
});

const response = () => page.locator('.graphiql-response .view-lines');
/** The editor below the operation that is shown: of variables or of headers. */
const variables = () => page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines');
const sent = (name: string) => received.filter(({ operationName }) => operationName === name);

async function openExplorer(): Promise<void> {
  await page.goto(`${url}/explorer`);
  await page.locator('.graphiql-query-editor .view-lines', { hasText: 'callRecords' }).waitFor();
}

async function run(): Promise<void> {
  await page.getByRole('button', { name: 'Execute query' }).click();
  const choice = page.getByRole('menuitem');
  if (await choice.count()) await choice.first().click();
}

/** By single keys: the editor closes the brackets of a text that is entered at once. */
async function setFirst(digit: string): Promise<void> {
  await variables().click();
  for (const key of ['Control+End', 'ArrowLeft', 'ArrowLeft', 'Backspace', digit]) await page.keyboard.press(key);
}

async function serveSandbox(script: string): Promise<void> {
  await context.route(SANDBOX_SCRIPT, (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
}

async function responseText(expected: string): Promise<string> {
  await response().getByText(expected).first().waitFor();
  return (await response().innerText()).replaceAll('\u00a0', ' ');
}

describe('the local explorer', () => {
  it('runs the first operation with its variables and the bearer token, and shows the result', async () => {
    await openExplorer();
    await run();
    expect(await responseText('record-1')).toContain('"id": "record-0"');
    expect(sent('Calls')).toMatchObject([{ authorization: 'Bearer first-token', variables: { first: 2 } }]);
    if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'] });
  });

  it('runs a mutation from its own tab and shows the result', async () => {
    await openExplorer();
    await page.getByRole('tab', { name: 'Create' }).click();
    await run();
    await responseText('new-record');
    expect(sent('Create')).toMatchObject([{ authorization: 'Bearer first-token', variables: { id: 'new-record' } }]);
  });

  it('asks for the schema with the bearer token', async () => {
    const answer = page.waitForResponse(`${url}/graphql`);
    await openExplorer();
    await answer;
    expect(sent('IntrospectionQuery')[0]?.authorization).toBe('Bearer first-token');
  });

  it('works without any other host and within its Content-Security-Policy', async () => {
    await openExplorer();
    await run();
    await responseText('record-1');
    expect(foreign).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('keeps the request but no token in the storage of the browser', async () => {
    await openExplorer();
    await run();
    await responseText('record-1');
    await page.waitForFunction(
      () => localStorage.getItem('graphiql:queries') && localStorage.getItem('graphiql:tabState'),
    );
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    expect(stored).toContain('callRecords');
    expect(stored).not.toContain('token');
  });

  it('keeps an edited operation over a reload and sends it with the token issued since', async () => {
    await openExplorer();
    await setFirst('3');
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState')?.includes('"first\\": 3'));
    settings.mintToken = async () => 'second-token';
    await openExplorer();
    await run();
    await responseText('record-2');
    expect(sent('Calls')).toMatchObject([{ authorization: 'Bearer second-token', variables: { first: 3 } }]);
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Calls', 'Create']);
  });

  it('reopens the tab that was open before a reload', async () => {
    await openExplorer();
    await page.getByRole('tab', { name: 'Create' }).click();
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState')?.includes('"activeTabIndex":1'));
    await page.goto(`${url}/explorer`);
    await page.locator('.graphiql-query-editor .view-lines', { hasText: 'createCallRecord' }).waitFor();
    await run();
    await responseText('new-record');
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Calls', 'Create']);
  });

  it('sends a request out of the history with the token issued since', async () => {
    await openExplorer();
    await run();
    await responseText('record-1');
    settings.mintToken = async () => 'second-token';
    await openExplorer();
    await page.getByRole('button', { name: 'Show History' }).click();
    await page.locator('.graphiql-history-item-label').first().click();
    await run();
    await responseText('record-1');
    expect(sent('Calls').at(-1)?.authorization).toBe('Bearer second-token');
  });

  it('shows the variables of the operation whose tab is opened', async () => {
    await openExplorer();
    await page.getByRole('tab', { name: 'Create' }).click();
    await variables().getByText('new-record').first().waitFor();
  });

  it('sends a new idempotency key with each press where an operation asks for one, and else the one that is given', async () => {
    settings.operations = [{ name: 'Keyed', document: KEYED, variables: '{ "id": "keyed-record" }' }];
    await page.goto(`${url}/explorer`);
    await page.locator('.graphiql-query-editor .view-lines', { hasText: 'createCallRecord' }).waitFor();
    for (let press = 0; press < 2; press += 1) {
      const answer = page.waitForResponse((response) => !!response.request().postData()?.includes('Keyed'));
      await run();
      await answer;
    }
    const keys = sent('Keyed').map(({ variables }) => variables?.['idempotencyKey']);
    expect(keys).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    expect(keys[0]).not.toBe(keys[1]);
    settings.operations = [{ name: 'Keyed', document: KEYED, variables: '{ "id": "own", "idempotencyKey": "mine" }' }];
    await page.goto(`${url}/explorer`);
    await run();
    await responseText('own');
    expect(sent('Keyed').at(-1)?.variables).toEqual({ id: 'own', idempotencyKey: 'mine' });
  });

  it('says where to put a token where the server gives none, until there is one', async () => {
    settings.mintToken = null;
    await openExplorer();
    await page.getByRole('note').getByText('Put yours under Headers').waitFor();
    await variables().getByText('"Bearer "').first().click();
    for (const key of ['Control+Home', 'ArrowDown', 'End', 'ArrowLeft', 'x', 'y', 'z']) await page.keyboard.press(key);
    await page.getByRole('note').waitFor({ state: 'detached' });
    await run();
    await responseText('record-1');
    expect(sent('Calls').at(-1)?.authorization).toBe('Bearer xyz');
  });

  it('shows operation, variables and answer below each other in the width of a telephone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await openExplorer();
    await run();
    await responseText('record-1');
    const boxes = await Promise.all(
      ['.graphiql-query-editor .monaco-editor', '.graphiql-editor-tool', '.graphiql-response .monaco-editor'].map(
        (selector) => page.locator(selector).first().boundingBox(),
      ),
    );
    for (const box of boxes) expect(box?.width).toBeGreaterThan(300);
    const tops = boxes.map((box) => box?.y ?? 0);
    expect(tops).toEqual([...tops].sort((one, other) => one - other));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    expect((await page.locator('.graphiql-plugin').boundingBox())?.width).toBeGreaterThan(300);
  });

  it('starts from the operations of the server once they have changed', async () => {
    await openExplorer();
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState'));
    settings.operations = [{ name: 'Other', document: 'query Other { callRecords(first: 1) { id } }' }];
    await openExplorer();
    await run();
    await responseText('record-0');
    expect(sent('Other')).toHaveLength(1);
    expect(sent('Calls')).toHaveLength(0);
  });
});

const landsOnExplorer = () => page.waitForURL(`${url}/explorer`, { timeout: LONG });

describe('the Sandbox page', () => {
  it('goes to the local explorer where the CDN cannot be reached', async () => {
    await page.goto(url, { waitUntil: 'commit' });
    await landsOnExplorer();
    await page.locator('.graphiql-query-editor .view-lines', { hasText: 'callRecords' }).waitFor();
  });

  it('goes to the local explorer where the CDN does not answer, and links to it meanwhile', async () => {
    await page.clock.install();
    const asked = new Promise<void>((resolve) => void context.route(SANDBOX_SCRIPT, () => resolve()));
    await page.goto(url, { waitUntil: 'commit' });
    await asked;
    await page.getByRole('link', { name: 'open the local explorer instead' }).waitFor();
    await page.clock.fastForward(3_000);
    await landsOnExplorer();
  });

  it('goes to the local explorer where the script of the CDN is of no use', async () => {
    await serveSandbox('window.EmbeddedSandbox = undefined;');
    await page.goto(url, { waitUntil: 'commit' });
    await landsOnExplorer();
  });

  it('goes to the local explorer where the frame of the Sandbox never starts', async () => {
    await page.clock.install();
    await serveSandbox(RECORDING_SANDBOX);
    await page.goto(url);
    await page.waitForFunction(() => 'recorded' in window);
    await page.clock.fastForward(15_000);
    await landsOnExplorer();
  });

  it('stays, and stops saying that it loads, once the frame of the Sandbox has started', async () => {
    await page.clock.install();
    await serveSandbox(`${RECORDING_SANDBOX} ${FRAME}`);
    await context.route(`${SANDBOX_FRAME}/**`, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<script>parent.postMessage({ name: 'hello' }, '*')</script>` }),
    );
    await page.goto(url);
    await page.locator('#loading').waitFor({ state: 'detached' });
    await page.clock.fastForward(60_000);
    expect(page.url()).toBe(`${url}/`);
    expect(problems).toEqual([]);
  });

  it('gives the Sandbox the endpoint, the bearer token, the operations and their variables, and no telemetry', async () => {
    await serveSandbox(RECORDING_SANDBOX);
    await page.goto(url);
    await page.waitForFunction(() => 'recorded' in window);
    expect(await page.evaluate(() => (window as unknown as { recorded: unknown }).recorded)).toEqual({
      target: '#sandbox',
      initialEndpoint: `${url}/graphql`,
      initialState: {
        document: `${CALLS}\n${CREATE.trim()}`,
        variables: { first: 2, id: 'new-record' },
        sharedHeaders: { authorization: 'Bearer first-token' },
        includeCookies: false,
      },
      endpointIsEditable: false,
      runTelemetry: false,
      allowDynamicStyles: false,
    });
    expect(problems).toEqual([]);
  });

  it('sends a new idempotency key with each press where an operation asks for one', async () => {
    await serveSandbox(RECORDING_SANDBOX);
    await page.goto(url);
    await page.waitForFunction(() => 'recorded' in window);
    const press = (body: object) =>
      page.evaluate(
        async ([url, text]) => {
          const { recorded } = window as unknown as { recorded: { handleRequest: typeof fetch } };
          const headers = { 'content-type': 'application/json' };
          return (await recorded.handleRequest(url as string, { method: 'POST', headers, body: text })).status;
        },
        [`${url}/graphql`, JSON.stringify(body)],
      );
    const query = `${CREATE} ${KEYED}`;
    for (const operationName of ['Keyed', 'Keyed', 'Create'])
      expect(await press({ query, operationName, variables: { id: 'pressed' } })).toBe(200);
    const [first, second] = sent('Keyed').map(({ variables }) => variables?.['idempotencyKey']);
    expect([first, second]).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    expect(first).not.toBe(second);
    expect(sent('Create').at(-1)?.variables).toEqual({ id: 'pressed' });
  });

  it('says where to put a token where the server gives none', async () => {
    settings.mintToken = null;
    await serveSandbox(RECORDING_SANDBOX);
    await page.goto(url);
    await page.getByRole('note').getByText('Put yours under Headers').waitFor();
  });
});
