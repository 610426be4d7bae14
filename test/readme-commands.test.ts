import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { temporaryFolder } from './support/harness.js';
import { blocksOf, codesIn, proseOf, ROOT } from './support/pages.js';
import { freePort } from './support/postgres.js';
import { FakeGraph } from './support/fake-graph.js';
import { fakeRecord } from './support/syncing.js';

// Packages are built and started, at times beside other tests.
jest.setTimeout(180_000);

/** Where the pages say that the server is. */
const PORT = '4000';
/** Installs what is installed already: of a checkout that other tests use, `npm ci` would remove it first. */
const INSTALL = 'npm ci && ';

let folder: string;
let graph: FakeGraph;
let port: number;
let server: ChildProcess | null = null;
/** What it has printed for exploring. */
let token = '';

/** A folder that looks like a checkout: what it holds is the one at hand, but its data is its own. */
beforeAll(async () => {
  graph = await new FakeGraph().start();
  graph.put(fakeRecord(1));
  port = await freePort();
  folder = await temporaryFolder();
  for (const name of ['dist', 'src', 'node_modules', 'test', 'db/migrations', 'schema.graphql']) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    symlinkSync(join(ROOT, name), join(folder, name));
  }
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
});
afterAll(async () => {
  await stop();
  await graph.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a piece of shell, as it stands in a page but for the port. */
function shell(script: string, env: Record<string, string | undefined> = {}): ChildProcess {
  const { PATH, HOME } = process.env;
  return spawn('bash', ['-e', '-o', 'pipefail', '-c', script.replaceAll(`:${PORT}/`, `:${port}/`)], {
    cwd: folder,
    env: { PATH, HOME, PORT: String(port), npm_config_update_notifier: 'false', ...env },
    detached: true,
  });
}

/** Runs it to its end; fails with what it said where that is not well. */
async function run(script: string): Promise<string> {
  const child = shell(script);
  let said = '';
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`status ${status}: ${said}${output}`);
  return output;
}

/** Runs it until a server is ready, which then serves until {@link stop}; resolves to what was said before. */
async function serve(script: string, env: Record<string, string | undefined> = {}): Promise<string> {
  server = shell(script, env);
  let output = '';
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while (!/ token +\S+\n/.test(output)) {
    if (server.exitCode !== null) throw new Error(output);
    await Promise.race([once(server.stdout as never, 'data'), once(server, 'exit')]);
  }
  token = / token +(\S+)\n/.exec(output)?.[1] ?? '';
  return output;
}

async function stop(): Promise<void> {
  if (server?.pid === undefined || server.exitCode !== null) return;
  const closed = once(server, 'close');
  // The whole of it: what npm has started, too.
  process.kill(-server.pid, 'SIGTERM');
  await closed;
  server = null;
}

/** The blocks of shell of the README by what stands in them, each of which is run below. */
const blocks = blocksOf('README.md', 'sh');
function blockWith(text: string): string {
  const [block, other] = blocks.filter((one) => one.includes(text));
  if (block === undefined || other !== undefined) throw new Error(`Not one block of the README has ${text}.`);
  return block;
}

/** The command that stands within a sentence. */
function inline(text: RegExp): string {
  const found = codesIn(proseOf('README.md')).filter((code) => text.test(code));
  if (found.length !== 1) throw new Error(`Not one command within the README has ${text.source}.`);
  return found[0] as string;
}

/** The answers that one piece of shell has printed one behind the other. */
const answersIn = (output: string) =>
  output
    .split(/\n|(?<=\})(?=\{|HTTP\/)/)
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as object);

describe('the commands of the README', () => {
  it('start with the two that run it and its tests, which the checks of a clean clone run too', async () => {
    const [start = '', test = ''] = blocks[0]?.trim().split('\n') ?? [];
    expect([start, test]).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain(test);
    const told = await serve(start.replace(INSTALL, ''));
    for (const path of ['/calls', '/graphql', '/v1.0/communications/callRecords'])
      expect(told).toContain(`http://127.0.0.1:${port}${path}`);
  });

  it('create a record by GraphQL, and find the calls of a person', async () => {
    const [created, found] = answersIn(await run(blockWith('my-first-call')));
    expect(created).toMatchObject({ data: { createCallRecord: { durationSeconds: 25.5470124 } } });
    expect(found).toMatchObject({ data: { callRecords: { totalCount: 1 } } });
  });

  it('create a record by REST, and find the calls of a number; so do those of docs/rest.md', async () => {
    const [page = ''] = blocksOf('docs/rest.md', 'sh');
    const [created, found, , more] = answersIn(await run(`${blockWith('my-second-call')}\n${page}`));
    expect(created).toMatchObject({ type: 'peerToPeer' });
    expect(found).toMatchObject({ '@odata.count': 2 });
    expect(more).toMatchObject({ '@odata.count': 3 });
  });

  it('fill it with realistic records', async () => {
    await run(blockWith('generate'));
    expect(await count()).toBe(1_003);
  });

  it('back it up while it serves, and restore that; let pages of another origin read', async () => {
    await run(blockWith('npx callrecords backup'));
    await stop();
    await run(blockWith('rm db/callrecords.sqlite'));
    await serve(inline(/CORS_ORIGINS=/));
    expect(await count()).toBe(1_003);
    const headers = { origin: 'http://localhost:5173' };
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`, { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
  });

  it('check the way to Microsoft Graph, and fetch from there', async () => {
    await stop();
    const { GRAPH_URL, GRAPH_AUTHORITY } = graph.settings();
    const told = await serve(blockWith('GRAPH_TENANT_ID'), { GRAPH_URL, GRAPH_AUTHORITY });
    expect(told).toMatch(/permission[^]*ready at/);
    while ((await count()) < 1_004) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('print a token of a role', async () => {
    expect(await run(inline(/npx callrecords token /))).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it('are all run here', () => {
    expect(blocks).toHaveLength(7);
  });
});

test('docs/federation.md composes a supergraph', async () => {
  const compose = blocksOf('docs/federation.md', 'sh')[0] ?? '';
  await rm(join(folder, 'node_modules'));
  await mkdir(join(folder, 'node_modules/@apollo'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/graphql'), join(folder, 'node_modules/graphql'));
  symlinkSync(join(ROOT, 'test/node_modules/@apollo/composition'), join(folder, 'node_modules/@apollo/composition'));
  await run(compose);
  const supergraph = readFileSync(join(folder, 'supergraph.graphql'), 'utf8');
  expect(supergraph).toContain('@join__graph(name: "callrecords"');
  expect(supergraph).toContain('@join__graph(name: "users"');
});

async function count(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ callRecords(first: 0) { totalCount } }' }),
  });
  return ((await response.json()) as { data: { callRecords: { totalCount: number } } }).data.callRecords.totalCount;
}
