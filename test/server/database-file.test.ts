import { copyFile, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  createInput,
  CREATE,
  expectUnavailable,
  startTestServer,
  temporaryFolder,
  type TestServer,
} from '../support/harness.js';

const LIST = '{ callRecords { nodes { id } } }';

let folder: string;
let path: string;
let server: TestServer;

const start = async () => {
  server = await startTestServer({ DATABASE_URL: `file:${path}` });
};
const create = () => server.ask(CREATE, { input: createInput() });
/** What `/health` says too. */
const ready = async () => {
  const [status, other] = await Promise.all(
    ['/health/ready', '/health'].map(async (path) => (await fetch(server.url + path)).status),
  );
  expect(other).toBe(status);
  return status;
};

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'callrecords.sqlite');
  await start();
  expect((await create()).status).toBe(200);
});

afterEach(async () => {
  await server.end();
  await rm(folder, { recursive: true, force: true });
});

describe('A database file that is no longer there where it was opened', () => {
  test.each([
    ['removed', () => rm(path)],
    [
      'replaced',
      async () => {
        await copyFile(path, `${path}.backup`);
        await rename(`${path}.backup`, path);
      },
    ],
  ])(
    'is not written to once it is %s: nothing is acknowledged that would be lost, and readiness says so',
    async (_, away) => {
      await away();
      expectUnavailable(await create());
      expect(await ready()).toBe(503);
    },
  );
});

describe('A database file that turns out to be damaged', () => {
  test('makes requests fail with 503, takes no further writes, and the server is not ready from then on', async () => {
    await server.end();
    const database = new Database(path, { readonly: true });
    const page = `select rootpage from sqlite_schema where name = 'call_records_by_start'`;
    const root = database.prepare(page).pluck().get() as number;
    const size = database.pragma('page_size', { simple: true }) as number;
    database.close();
    expect((await stat(path)).size).toBeGreaterThanOrEqual(root * size);
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(size, 0xff), 0, size, (root - 1) * size);
    await file.close();
    await start();
    const answer = await server.ask(LIST);
    expectUnavailable(answer);
    expect(answer.errors?.[0]?.message).toBe('The database is damaged; it has to be restored from a backup.');
    expectUnavailable(await create());
    expect(await ready()).toBe(503);
  });
});
