import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/store/store.js';
import { run, start } from '../support/run.js';
import { temporaryFolder } from '../support/harness.js';
import { startPostgres } from '../support/postgres.js';
import { FakeGraph } from '../support/fake-graph.js';
import { expectedOf, fakeRecord, fileIn, heldIn, recordId } from '../support/syncing.js';

let graph: FakeGraph;
let folder: string;
beforeEach(async () => {
  graph = await new FakeGraph().start();
  folder = await temporaryFolder();
});
afterEach(async () => {
  await graph.stop();
  await rm(folder, { recursive: true, force: true });
});

const env = (more: Record<string, string> = {}) => graph.settings({ DATABASE_URL: fileIn(folder), ...more });
const SUMMARY =
  /^listed (\d+), fetched (\d+), created (\d+), updated (\d+), unchanged (\d+), gone (\d+), failed (\d+), waiting (\d+) in [\d.]+ s\n$/;
const counted = (stdout: string) => SUMMARY.exec(stdout)?.slice(1).map(Number);

async function held(url: string): Promise<Record<string, unknown>> {
  const store = await openStore(url);
  try {
    return await heldIn(store);
  } finally {
    await store.close();
  }
}

describe('callrecords sync --once', () => {
  it('prints what was done; its status is 1 where a record failed, which it names, and 0 where one waits', async () => {
    graph.put(fakeRecord(1), fakeRecord(2), fakeRecord(3, { hoursAgo: 1 }), fakeRecord(4, { hoursAgo: 400 }));
    const statuses: Record<string, number> = { [recordId(2)]: 400, [recordId(3)]: 404, [recordId(4)]: 404 };
    graph.fault = ({ url }) => {
      const status = statuses[/callRecords\/([\w-]+)/.exec(url)?.[1] ?? ''];
      return status === undefined ? null : { status, body: '{}' };
    };
    const first = await run(['sync', '--once'], { env: env() });
    expect([first.status, counted(first.stdout)]).toEqual([1, [4, 1, 1, 0, 0, 1, 1, 1]]);
    expect(first.stderr).toMatch(new RegExp(`^${recordId(2)}: failed: .*status 400`, 'm'));
    delete statuses[recordId(2)];
    const second = await run(['sync', '--once', '--since', '10d'], { env: env() });
    expect([second.status, counted(second.stdout)]).toEqual([0, [3, 1, 1, 0, 0, 0, 0, 1]]);
  });

  it('says in one line what is missing, and tells no secret', async () => {
    const { GRAPH_CLIENT_SECRET: _secret, ...rest } = env();
    const missing = await run(['sync', '--once'], { env: rest });
    expect(missing).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^callrecords: GRAPH_CLIENT_SECRET is missing[^\n]*\n$/),
    });
    const none = await run(['sync', '--once']);
    expect([none.status, none.stderr]).toEqual([1, expect.stringMatching(/^callrecords: GRAPH_TENANT_ID.*not set/)]);
    graph.fault = ({ url }) =>
      url.includes('oauth2')
        ? {
            status: 401,
            body: '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}',
          }
        : null;
    const refused = await run(['sync', '--once'], { env: env() });
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringContaining('no token: AADSTS7000215: Invalid client secret.'),
    ]);
    expect(refused.stderr).not.toContain('not-a-secret');
  });
});

test('callrecords sync killed again and again, at any moment, loses nothing and fetches nothing twice that is stored', async () => {
  for (let number = 0; number < 300; number++) graph.put(fakeRecord(number, { hoursAgo: 1 + number * 2 }));
  graph.fault = ({ url }) => (url.includes('expand=participants') && Math.random() < 0.02 ? 'reset' : null);
  const url = fileIn(folder);
  for (let killed = 0; killed < 4; killed++) {
    const child = start(['sync', '--once'], { env: env() });
    const before = graph.asked(/expand=participants/).length;
    while (child.exitCode === null && graph.asked(/expand=participants/).length < before + 40 + 17 * killed)
      await wait(2);
    child.kill('SIGKILL');
    await once(child, 'close');
    const store = await openStore(url);
    // So that the next one does not wait until the lease ends.
    await store.sync.writeState('unrelated', {});
    await store.close();
    await freeLease(url);
  }
  expect((await run(['sync', '--once'], { env: env() })).status).toBe(0);
  expect(await held(url)).toEqual(expectedOf(graph.records.values()));
  // Of each run at most what was in hand.
  expect(graph.asked(/expand=participants/).length).toBeLessThan(300 + 4 * (64 + 16) + 20);
});

async function freeLease(url: string): Promise<void> {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(url.replace('file:', ''));
  database.exec('update leases set held_until = 0');
  database.close();
}

test('On PostgreSQL, of two processes one syncs, and another goes on when it is killed', async () => {
  const postgres = await startPostgres();
  try {
    const url = await postgres.create();
    for (let number = 0; number < 200; number++) graph.put(fakeRecord(number));
    const processes = [1, 2].map(() => start(['sync', '--once'], { env: env({ DATABASE_URL: url }) }));
    const said = ['', ''];
    processes.forEach((child, index) => child.stderr?.on('data', (chunk: Buffer) => (said[index] += chunk.toString())));
    while (
      graph.asked(/expand=participants/).length < 50 ||
      !said.some((text) => text.includes('another process syncs'))
    )
      await wait(5);
    const waits = said.findIndex((text) => text.includes('another process syncs'));
    expect(said[1 - waits]).toBe('');
    processes[1 - waits]?.kill('SIGKILL');
    const killedAt = Date.now();
    const [status] = (await once(processes[waits] as never, 'close')) as [number];
    expect([status, Date.now() - killedAt < 60_000]).toEqual([0, true]);
    expect(await held(url)).toEqual(expectedOf(graph.records.values()));
    expect(graph.asked(/expand=participants/).length).toBeLessThan(200 + 64 + 16);
  } finally {
    await postgres.stop();
  }
});

describe('callrecords sync --check', () => {
  it('tells of each part of the set-up that it is right, and stores nothing', async () => {
    graph.put(fakeRecord(1));
    const { status, stdout } = await run(['sync', '--check'], { env: env() });
    expect([status, stdout.split('\n').map((line) => line.slice(0, 18))]).toEqual([
      0,
      ['ok   token: from 1', 'ok   permission: C', 'ok   list: a page ', 'ok   notifications', ''],
    ]);
    await expect(openStore(fileIn(folder), { mustExist: true })).rejects.toThrow('There is no database');
  });

  it('says why no token comes from a port at which nobody listens', async () => {
    const { status, stdout } = await run(['sync', '--check'], { env: env({ GRAPH_AUTHORITY: 'http://127.0.0.1:1' }) });
    const line = /^FAIL token: no token: 127\.0\.0\.1:1: fetch failed \(ECONNREFUSED\)\. See that this host/;
    expect([status, stdout]).toEqual([1, expect.stringMatching(line)]);
  });

  it('says what to do about each part that is wrong', async () => {
    graph.roles = ['User.Read.All'];
    graph.fault = ({ url }) =>
      url.includes('callRecords') ? { status: 403, body: '{"error":{"code":"Forbidden"}}' } : null;
    const address = { GRAPH_NOTIFICATION_URL: `${graph.url}/elsewhere` };
    const { status, stdout } = await run(['sync', '--check'], { env: env(address) });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^FAIL permission: .*only User.Read.All is there: add it to the application/m);
    expect(stdout).toMatch(/^FAIL list: .*403, Forbidden. Have an administrator consent/m);
    expect(stdout).toMatch(/^FAIL notifications: \/graph\/notifications answers 401.*Start serve/m);
  });
});

test('A certificate signs the assertion with PS256, and https is taken as well', async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ]);
  expect(made.status).toBe(0);
  const { readFile } = await import('node:fs/promises');
  const [keyText, certText] = await Promise.all([readFile(key, 'utf8'), readFile(cert, 'utf8')]);
  const pem = join(folder, 'both.pem');
  await writeFile(pem, `${keyText}${certText}`);
  const secure = await new FakeGraph().start({ key: keyText, cert: certText });
  try {
    secure.put(fakeRecord(1));
    const { GRAPH_CLIENT_SECRET: _secret, ...rest } = secure.settings({ DATABASE_URL: fileIn(folder) });
    const settings = { ...rest, GRAPH_CLIENT_CERTIFICATE: pem, NODE_EXTRA_CA_CERTS: cert };
    const { status, stdout } = await run(['sync', '--once'], { env: settings });
    expect([status, counted(stdout)?.[2]]).toEqual([0, 1]);
    const asked = new URLSearchParams(secure.seen.find(({ url }) => url.includes('oauth2'))?.body);
    expect(asked.get('scope')).toBe('https://graph.microsoft.com/.default');
    const header = JSON.parse(
      Buffer.from(asked.get('client_assertion')?.split('.')[0] ?? '', 'base64url').toString(),
    ) as object;
    expect(header).toMatchObject({ alg: 'PS256', 'x5t#S256': expect.any(String) });
  } finally {
    await secure.stop();
  }
});
