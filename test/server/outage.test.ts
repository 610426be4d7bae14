import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { openStore } from '../../src/store/store.js';
import {
  type Answer,
  createInput,
  CREATE,
  expectUnavailable,
  startTestServer,
  temporaryFolder,
  type TestServer,
} from '../support/harness.js';
import { startPostgres, startStandby, type TestPostgres } from '../support/postgres.js';
import { startProxy } from '../support/postgres-proxy.js';

let postgres: TestPostgres;
let folder: string;

beforeAll(async () => {
  // With every sync: what this server acknowledged must be there after it was killed.
  postgres = await startPostgres();
  folder = await temporaryFolder();
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const settings = (url: string, more: Record<string, string> = {}) => ({
  DATABASE_URL: url,
  DEVELOPMENT_KEY_FILE: join(folder, 'development-key.json'),
  RATE_LIMIT: '0',
  ...more,
});

const LIST = '{ callRecords(first: 1) { nodes { id } } }';
const create = (server: TestServer, idempotencyKey: string) =>
  server.ask(CREATE, { input: createInput(), idempotencyKey });
const ready = async (server: TestServer) => (await fetch(`${server.url}/health/ready`)).status;

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it does not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('A PostgreSQL that dies and returns under load', () => {
  test('makes requests fail with 503 and Retry-After, and nothing acknowledged is missing once it is back', async () => {
    const url = await postgres.create();
    const server = await startTestServer(settings(url));
    const acknowledged = new Map<string, string>();
    const failed: Answer[] = [];
    let writing = true;
    const write = async (writer: number) => {
      for (let round = 0; writing; round++) {
        const key = `${writer}-${round}`;
        // A client that was told nothing for certain asks again with its key.
        for (let answer = await create(server, key); writing || answer.data; answer = await create(server, key)) {
          if (answer.data?.createCallRecord) {
            acknowledged.set(key, answer.data.createCallRecord.id as string);
            break;
          }
          failed.push(answer);
        }
      }
    };
    const writers = Array.from({ length: 8 }, (_, writer) => write(writer));
    await until(async () => acknowledged.size > 50);
    expect(await ready(server)).toBe(200);
    await postgres.kill();
    await until(async () => failed.length > 20);
    await until(async () => (await ready(server)) === 503);
    expectUnavailable(await server.ask(LIST));
    const before = acknowledged.size;
    await postgres.start();
    await until(async () => acknowledged.size > before + 50);
    await until(async () => (await ready(server)) === 200);
    writing = false;
    await Promise.all(writers);
    failed.forEach(expectUnavailable);
    const rows = await postgres.query<{ key: string; id: string }>(
      url,
      'select k.key, r.id from idempotency_keys k join call_records r on r.id = k.record_id',
    );
    const stored = new Map(rows.map(({ key, id }) => [key, id]));
    for (const [key, id] of acknowledged) expect([key, stored.get(key)]).toEqual([key, id]);
    // And no key has made two.
    expect(await postgres.query(url, 'select id from call_records')).toHaveLength(stored.size);
    await server.end();
  });
});

describe('A primary that dies with a synchronous standby', () => {
  test('loses nothing acknowledged when the standby is promoted behind the same address', async () => {
    const primary = await startPostgres({ wal_keep_size: '512MB' });
    const url = await primary.create();
    const standby = await startStandby(primary);
    const ask = <Row extends pg.QueryResultRow>(sql: string) => primary.query<Row>(primary.url('postgres'), sql);
    await ask(`alter system set synchronous_standby_names = '*'`);
    await ask('select pg_reload_conf()');
    await until(async () => {
      const states = await ask<{ sync_state: string }>('select sync_state from pg_stat_replication');
      return states[0]?.sync_state === 'sync';
    });
    const proxy = await startProxy(primary.port);
    const server = await startTestServer(settings(url.replace(`:${primary.port}/`, `:${proxy.port}/`)));
    const acknowledged: string[] = [];
    let writing = true;
    const write = async () => {
      while (writing) {
        const { data } = await create(server, randomUUID());
        if (data?.createCallRecord) acknowledged.push(data.createCallRecord.id as string);
      }
    };
    const writers = Array.from({ length: 8 }, write);
    await until(async () => acknowledged.length > 50);
    await primary.kill();
    const before = acknowledged.length;
    await standby.query(standby.url('postgres'), 'select pg_promote()');
    proxy.lead(standby.port);
    await until(async () => acknowledged.length > before + 50);
    writing = false;
    await Promise.all(writers);
    const rows = await standby.query<{ id: string }>(
      url.replace(`:${primary.port}/`, `:${standby.port}/`),
      'select id from call_records',
    );
    const stored = new Set(rows.map(({ id }) => id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    await server.end();
    await proxy.close();
    await standby.stop();
    await primary.stop();
  });
});

describe('A PostgreSQL whose connections are all taken', () => {
  test('makes those that wait fail with 503 and Retry-After, and serves again once they are free', async () => {
    const url = await postgres.create();
    const server = await startTestServer(settings(url, { DATABASE_CONNECTIONS: '2' }));
    const blocker = new pg.Client(url);
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table call_records in access exclusive mode');
    const refused: Answer[] = [];
    const waiting = Array.from({ length: 6 }, async () => {
      const answer = await server.ask(LIST);
      if (answer.status !== 200) refused.push(answer);
      return answer.status;
    });
    // Two have a connection; the other four are not kept waiting for those two.
    await until(async () => refused.length === 4);
    await blocker.query('rollback');
    await blocker.end();
    expect((await Promise.all(waiting)).sort()).toEqual([200, 200, 503, 503, 503, 503]);
    refused.forEach(expectUnavailable);
    expect((await server.ask(LIST)).status).toBe(200);
    await server.end();
  });
});

describe('A PostgreSQL that cannot carry out a statement', () => {
  test('is asked once, and the request fails with 503 and Retry-After, whether its document is known or not', async () => {
    const url = await postgres.create();
    const server = await startTestServer(settings(url));
    const [known, byId] = [LIST, `{ callRecord(id: "${randomUUID()}") { id } }`];
    for (const query of [known, byId]) expect((await server.ask(query)).status).toBe(200);
    const blocker = new pg.Client(url);
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table call_records in access exclusive mode');
    let statements = 0;
    server.store.onStatement(() => (statements += 1));
    for (const query of [
      known,
      byId,
      '{ callRecords(first: 2) { nodes { id } totalCount } }',
      '{ node(id: "x") { id } }',
    ]) {
      statements = 0;
      let answer: Answer | null = null;
      const asking = server.ask(query).then((found) => (answer = found));
      // As a timeout would, but sooner.
      await until(async () => {
        await blocker.query(`select pg_cancel_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`);
        return answer !== null;
      });
      expectUnavailable(await asking);
      expect([query, statements]).toEqual([query, 1]);
    }
    await blocker.query('rollback');
    await blocker.end();
    expect((await server.ask(known)).status).toBe(200);
    await server.end();
  });
});

describe('A PostgreSQL whose tables are dropped while it is in use', () => {
  const REST = '/v1.0/communications/callRecords';

  test('makes requests fail with 503 at both doors, is not ready, and is used again once it is migrated anew', async () => {
    const url = await postgres.create();
    const server = await startTestServer(settings(url));
    expect((await server.ask(LIST)).status).toBe(200);
    await postgres.query(url, 'drop schema public cascade; create schema public');
    for (const answer of [await server.ask(LIST), await create(server, 'a')]) expectUnavailable(answer);
    const rest = await fetch(`${server.url}${REST}`, { headers: { authorization: `Bearer ${server.token}` } });
    expect([rest.status, rest.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await ready(server)).toBe(503);
    await expect(server.store.count({ filter: null, visibleTo: null })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      cause: { message: expect.stringMatching(/was changed while it was in use.+run callrecords migrate/) as string },
    });
    await (await openStore(url)).close();
    expect((await server.ask(LIST)).status).toBe(200);
    expect((await create(server, 'a')).status).toBe(200);
    await until(async () => (await ready(server)) === 200);
    await server.end();
  });
});

describe('A PostgreSQL that may lose what it has acknowledged', () => {
  const alter = async (url: string, value: string) =>
    postgres.query(
      postgres.url('postgres'),
      `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = ${value}`,
    );

  test('is refused in one line that names the setting, unless ALLOW_LOSSY_COMMITS says otherwise', async () => {
    const url = await postgres.create();
    await alter(url, 'off');
    await expect(openStore(url)).rejects.toThrow(
      /^Cannot use the database postgres:\/\/127\.0\.0\.1:\d+\/test_\d+: synchronous_commit is off[^\n]*ALLOW_LOSSY_COMMITS=true\.$/,
    );
    await expect(startTestServer(settings(url))).rejects.toThrow(/synchronous_commit is off/);
    const allowed = await startTestServer(settings(url, { ALLOW_LOSSY_COMMITS: 'true' }));
    expect(allowed.store.location).toBe(url.replace(/\/\/.*@/, '//'));
    await allowed.end();
    await alter(url, 'remote_apply');
    await (await openStore(url)).close();
  });

  test('is refused with a wrong password too, which is shown nowhere', async () => {
    const url = await postgres.create();
    const wrong = url.replace(/:[^:@]*@/, ':wrong-secret@');
    const error = await openStore(wrong).then(
      () => null,
      (reason: Error) => reason,
    );
    expect(error?.message).toMatch(/^Cannot use the database postgres:\/\/127\.0\.0\.1:\d+\/test_\d+: [^\n]*password/);
    expect(JSON.stringify([error?.message, error?.stack])).not.toContain('wrong-secret');
  });
});
