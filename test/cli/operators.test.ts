import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { createInput, CREATE, post, REQUEST_ID, temporaryFolder } from '../support/harness.js';
import { run } from '../support/run.js';
import { ended, serve, type Serving } from './serving.js';

const REST = '/v1.0/communications/callRecords';
const PERSON = '821809f5-0000-0000-0000-3b5136c0e777';
const LIST = 'query Newest { callRecords(first: 1) { totalCount } }';
/** Eleven cost points. */
const COSTLY = '{ callRecords(first: 500) { nodes { id } } }';
const DELETE = 'mutation Away { deleteCallRecord(id: "00000000-0000-0000-0000-000000000000") }';
const IMPORT = 'mutation In($records: [CallRecordImport!]!) { importCallRecords(records: $records) { created } }';

const hashOf = (query: string) => createHash('sha256').update(query).digest('hex');
const shortHashOf = (query: string) => hashOf(query).slice(0, 12);

let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await temporaryFolder();
  env = { DATABASE_URL: `file:${join(folder, 'data.sqlite')}`, LOG_LEVEL: 'info', WORKERS: '1' };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The lines of the log that say so. */
function logged(server: Serving, message: string): Record<string, unknown>[] {
  const lines = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);
}

/** A request that the server has begun; `failed`: once its connection is gone without an answer. */
async function underWay({ url, token }: Serving, path: string, body: object): Promise<{ failed: Promise<unknown> }> {
  const headers = {
    ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...{ 'content-length': JSON.stringify(body).length, expect: '100-continue' },
  };
  const sent = request(url + path, { method: 'POST', headers });
  sent.flushHeaders();
  const failed = once(sent, 'response').then(
    () => Promise.reject(new Error(`${path} was answered.`)),
    (error: Error) => error,
  );
  await once(sent, 'continue');
  sent.end(JSON.stringify(body));
  return { failed };
}

const ask = (server: Serving, body: object, token?: string) =>
  post(`${server.url}/graphql`, JSON.stringify(body), token, { connection: 'close' });

async function personToken(): Promise<string> {
  return (await run(['token', '--user', PERSON], { env })).stdout.trim();
}

describe('The log line of a request', () => {
  it('has the kind of the caller, the codes of the errors and the hash of the operation, at both doors', async () => {
    const server = await serve(env);
    const person = await personToken();
    await ask(server, { query: LIST }, server.token);
    await ask(server, { query: DELETE }, person);
    await ask(server, { query: LIST });
    await ask(server, { query: '{ nope' }, server.token);
    await ask(server, {}, server.token);
    const get = (path: string, token: string) =>
      fetch(server.url + path, { headers: { authorization: `Bearer ${token}`, connection: 'close' } });
    await get(`${REST}/00000000-0000-0000-0000-000000000000`, person);
    await get(`${REST}?$top=many`, server.token);
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hashOf(LIST) } });
    await get(`/graphql?extensions=${encodeURIComponent(extensions)}`, server.token);
    expect(await ended(server.child)).toBe(0);
    const lines = logged(server, 'request').map(({ caller, codes, operation }) => [caller, codes, operation]);
    expect(lines).toEqual([
      ['application', undefined, shortHashOf(LIST)],
      ['delegated', ['FORBIDDEN'], shortHashOf(DELETE)],
      ['none', ['UNAUTHENTICATED'], undefined],
      ['application', ['GRAPHQL_PARSE_FAILED'], shortHashOf('{ nope')],
      ['application', ['BAD_REQUEST'], undefined],
      ['delegated', ['NOT_FOUND'], undefined],
      ['application', ['BAD_USER_INPUT'], undefined],
      ['application', ['PERSISTED_QUERY_NOT_FOUND'], shortHashOf(LIST)],
    ]);
    expect(server.output()).not.toMatch(new RegExp(PERSON));
  });
});

describe('At SIGTERM the log', () => {
  it('says that the server closes, and that it has closed', async () => {
    const server = await serve(env);
    expect(await ended(server.child)).toBe(0);
    expect(server.output()).toMatch(/"msg":"closing"[^]*"msg":"closed"/);
    expect(logged(server, 'cut')).toEqual([]);
  });

  it('names what was cut, as it had not ended after SHUTDOWN_TIMEOUT_MS, and the status is 1', async () => {
    const server = await serve({ ...env, SHUTDOWN_TIMEOUT_MS: '500' });
    const other = new Database(join(folder, 'data.sqlite'));
    other.exec('begin immediate');
    const cut = await Promise.all([
      underWay(server, '/graphql', { query: CREATE, variables: { input: createInput() } }),
      underWay(server, REST, createInput()),
    ]);
    expect(await ended(server.child)).toBe(1);
    await Promise.all(cut.map(({ failed }) => failed));
    other.close();
    const lines = logged(server, 'cut');
    expect(lines.map(({ method, route, operationName, caller }) => [method, route, operationName, caller])).toEqual(
      expect.arrayContaining([
        ['POST', '/graphql', 'Create', 'application'],
        ['POST', REST, undefined, 'application'],
      ]),
    );
    for (const line of lines)
      expect(line).toMatchObject({ reqId: expect.stringMatching(REQUEST_ID), durationMs: expect.any(Number) });
    expect(logged(server, 'closed')).toMatchObject([{ cut: 2 }]);
  });
});

describe.each(['1', '2'])('/metrics of WORKERS=%s', (WORKERS) => {
  it('counts refusals by code, callers refused for their rate, records, imports, and what waits', async () => {
    const server = await serve({ ...env, WORKERS, RATE_LIMIT: '20' });
    const metric = async (name: string) => {
      const text = await (await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } })).text();
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length + 1) ?? NaN,
      );
    };
    expect(await metric('callrecords_records_stored')).toBe(0);
    for (const _create of [1, 2]) expect((await server.create()).status).toBe(200);
    const records = [{ ...createInput(), id: PERSON, lastModifiedDateTime: '2026-02-25T19:00:00Z' }];
    expect((await ask(server, { query: IMPORT, variables: { records } }, server.token)).errors).toBeUndefined();
    for (const _refusal of [1, 2, 3]) await ask(server, { query: LIST });
    await fetch(`${server.url}${REST}`, { headers: { connection: 'close' } });
    let limited = 0;
    while (limited === 0) {
      const many = Array.from({ length: 8 }, () => ask(server, { query: COSTLY }, server.token));
      limited = (await Promise.all(many)).filter(({ status }) => status === 429).length;
    }
    expect(await metric('callrecords_refusals_total{code="UNAUTHENTICATED"}')).toBe(4);
    expect(await metric('callrecords_refusals_total{code="RATE_LIMITED"}')).toBe(limited);
    expect(await metric('callrecords_rate_limited_callers')).toBe(1);
    // Counted anew as its time allows.
    while ((await metric('callrecords_records_stored')) !== 3) await wait(50);
    expect(await metric('callrecords_created_records_total')).toBe(2);
    expect(await metric('callrecords_imports_total')).toBe(1);
    expect(await metric('callrecords_imported_records_total{outcome="created"}')).toBe(1);
    expect(await metric('callrecords_database_bytes')).toBeGreaterThan(10_000);
    expect(await metric('callrecords_reads_waiting')).toBe(0);
    expect(await ended(server.child)).toBe(0);
  });
});
