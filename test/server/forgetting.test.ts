import { readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { buildCallRecordsSchema } from '../../src/graphql/schema.js';
import { RESOURCES } from '../../src/rest/resources.js';
import { keepForgotten } from '../../src/server/forgetting.js';
import { openStore } from '../../src/store/store.js';
import { dataOf, guid, importAll, importRecord, problem, storePayloads, totalCount } from '../support/asking.js';
import { createInput, startTestServer, temporaryFolder, type TestServer } from '../support/harness.js';
import { FOLLOW, follow, socketClient } from '../support/following.js';
import { call } from '../support/calling.js';

const PERSON = '821809f5-0000-0000-0000-3b5136c0e777';
const SESSION = {
  ...{ id: guid(7), startDateTime: '2026-01-15T12:00:00Z', endDateTime: '2026-01-15T12:01:00Z' },
  caller: { associatedIdentity: { id: PERSON, displayName: 'Abbie Wilkins' } },
  segments: [{ id: guid(8), startDateTime: '2026-01-15T12:00:00Z', endDateTime: '2026-01-15T12:01:00Z', media: [] }],
};

let server: TestServer;
let folder: string;
let log: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  log = join(folder, 'logs', 'access.ndjson');
  server = await startTestServer({ ACCESS_LOG: `file:${log}` });
  await storePayloads(server, [importRecord(1, { sessions: [SESSION] }), importRecord(2)]);
});

afterAll(async () => {
  await server.end();
  await rm(folder, { recursive: true, force: true });
});

interface Line {
  [name: string]: unknown;
  records: number;
  people: string[];
}

const lines = () =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** The lines that some work has added: what is told of an answer may come just after it. */
async function linesOf(work: () => Promise<unknown>, count = 1): Promise<Line[]> {
  const before = lines().length;
  await work();
  while (lines().length < before + count) await wait(5);
  return lines().slice(before);
}

/** A read of every field of Query that tells of calls. */
const QUERIES: Record<string, string> = {
  callRecord: `callRecord(id: "${guid(1)}") { organizer { user { id } } sessions { nodes { sessionId } } }`,
  callRecords: 'callRecords(first: 5) { nodes { id } }',
  callRecordStatistics: 'callRecordStatistics { count topOrganizers { count } }',
  callRecordChanges: 'callRecordChanges(first: 5) { changes { callRecordId callRecord { id } } }',
  people: 'people(search: "abb") { id displayName }',
  node: `node(id: "${guid(1)}") { id }`,
  nodes: `nodes(ids: ["${guid(1)}"]) { id }`,
  _entities: `_entities(representations: [{ __typename: "User", id: "${PERSON}" }]) { ... on User { callRecords(first: 1) { totalCount } } }`,
};
/** Fields that tell of nobody's calls; `me` does so of somebody's own alone, see below. */
const OTHERS = ['_service', 'syncStatus', 'me'];

describe('The access log', () => {
  it('has a line for a read by each field of Query, the first time and from a plan', async () => {
    const fields = Object.keys((await buildCallRecordsSchema()).getQueryType()?.getFields() ?? {});
    expect(fields.sort()).toEqual([...Object.keys(QUERIES), ...OTHERS].sort());
    for (const [name, field] of Object.entries(QUERIES))
      for (const _time of ['first', 'from a plan']) {
        const query = `query ${name.replace('_', '')} { ${field} }`;
        const [line] = await linesOf(async () => dataOf(await server.ask(query)));
        expect(line).toMatchObject({ route: '/graphql', operationName: name.replace('_', ''), status: 200 });
      }
    const me = await server.mint({ user: PERSON });
    expect(await linesOf(() => server.ask('{ me { callCount } }', {}, me))).toMatchObject([{ user: PERSON }]);
  });

  it('has a line for each read at the REST door, alone, in a batch, and where nothing has changed', async () => {
    const below = (path: string) =>
      path
        .replace(':id', guid(1))
        .replace(':key', path.includes('participants') ? PERSON : '0')
        .replace(':segment', '0');
    for (const [path, operations] of Object.entries(RESOURCES)) {
      if (!operations.some(({ method }) => method === 'GET')) continue;
      const url = `/v1.0/communications${below(path)}`;
      const [line] = await linesOf(async () => expect((await call(server, 'GET', url)).status).toBe(200));
      expect(line).toMatchObject({ method: 'GET', status: 200, route: expect.stringContaining('/callRecords') });
    }
    const url = `/communications/callRecords/${guid(1)}`;
    const body = { requests: [{ id: '1', method: 'GET', url }] };
    expect(await linesOf(() => call(server, 'POST', '/v1.0/$batch', { body }))).toMatchObject([{ records: 1 }]);
    const { headers } = await call(server, 'GET', `/v1.0${url}`);
    const known = { headers: { 'if-none-match': headers.get('etag') as string } };
    expect(await linesOf(() => call(server, 'GET', `/v1.0${url}`, known))).toMatchObject([{ status: 304 }]);
  });

  it('has a line as a subscription begins and one as it ends, with the records that were told', async () => {
    const client = socketClient(server, server.token);
    const following = follow(client);
    const [begun] = await linesOf(() => following.events(1));
    expect(begun).toMatchObject({ method: 'WS', operationName: 'Follow', stream: 'begun', records: 0 });
    await importAll(server, [importRecord(9)]);
    await following.changes(1);
    const [ended] = await linesOf(async () => void (await client.dispose()));
    expect(ended).toMatchObject({ stream: 'ended', records: 1 });
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${server.token}`, accept: 'text/event-stream' };
    const [sse] = await linesOf(async () => {
      const body = JSON.stringify({ query: FOLLOW });
      const sent = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body };
      await fetch(`${server.url}/graphql`, { ...sent, signal: abort.signal });
    });
    expect(sse).toMatchObject({ method: 'SSE', stream: 'begun' });
    await linesOf(async () => abort.abort());
    await server.store.delete(guid(9));
  });

  it('counts of a page of changes the records that are told', async () => {
    const query = '{ callRecordChanges(first: 1) { changes { callRecordId callRecord { id } } } }';
    expect(await linesOf(() => server.ask(query))).toMatchObject([{ records: 1 }]);
  });

  it('tells who read, how many records, and whom they asked for; of a request that reads nothing it tells nothing', async () => {
    const query = `query Q($ids: [ID!]) { callRecords(filter: { or: [{ participant: { id: $ids } }, { organizer: { displayName: "Abbie" } }] }) { nodes { id } } }`;
    const [line] = await linesOf(() => server.ask(query, { ids: [PERSON, '+14255550123'] }));
    expect(line).toMatchObject({ subject: 'callrecords-development|development', records: 2 });
    expect(line?.people).toEqual([PERSON, '+14255550123', 'Abbie']);
    expect(Date.parse(line?.time as string)).not.toBeNaN();
    expect((await linesOf(() => server.ask(QUERIES.people ? `{ ${QUERIES.people} }` : '')))[0]?.people).toEqual([
      'abb',
    ]);
    const url = `/v1.0/communications/callRecords?$filter=participants_v2/any(p:p/id eq '${PERSON}')`;
    expect(await linesOf(() => call(server, 'GET', url))).toMatchObject([{ records: 2, people: [PERSON] }]);
    const before = lines().length;
    await server.ask('{ __typename }');
    await server.ask(query, {}, 'no token');
    await call(server, 'POST', '/v1.0/communications/callRecords', { body: createInput({ version: 'x' }) });
    await server.ask('{ callRecords(first: 1) { nodes { id } } }');
    while (lines().length === before) await wait(5);
    expect(lines()).toHaveLength(before + 1);
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });
});

const ERASE = `mutation ($id: ID!, $dryRun: Boolean) { erasePerson(id: $id, dryRun: $dryRun) { callRecords complete } }`;

describe('erasePerson', () => {
  it('needs the role that writes, and an id', async () => {
    const reader = await server.mint({ roles: ['CallRecords.Read.All'] });
    expect(problem(await server.ask(ERASE, { id: PERSON }, reader)).code).toBe('FORBIDDEN');
    expect(problem(await server.ask(ERASE, { id: '' }))).toMatchObject({ code: 'BAD_USER_INPUT', rules: { id: 'id' } });
  });

  it('counts alone where that is asked for, and else leaves nothing to be found', async () => {
    const id = PERSON.toUpperCase();
    const before = dataOf(
      await server.ask('{ callRecordStatistics { count distinctParticipants totalDurationSeconds } }'),
    );
    const dry = await server.ask(ERASE, { id, dryRun: true });
    expect(dataOf(dry).erasePerson).toEqual({ callRecords: 2, complete: false });
    expect(await totalCount(server, { participant: { id: [PERSON] } })).toBe(2);
    expect(dataOf(await server.ask(ERASE, { id })).erasePerson).toEqual({ callRecords: 2, complete: true });
    expect(dataOf(await server.ask(ERASE, { id })).erasePerson).toEqual({ callRecords: 0, complete: true });
    expect(await totalCount(server, { participant: { id: [PERSON] } })).toBe(0);
    expect(await totalCount(server, { organizer: { displayName: 'abbie' } })).toBe(0);
    expect(dataOf(await server.ask('{ people(search: "abbie") { id } }')).people).toEqual([]);
    const after = dataOf(
      await server.ask('{ callRecordStatistics { count distinctParticipants totalDurationSeconds } }'),
    );
    expect(after).toEqual(before);
    // Neither door takes the person in again.
    await server.ask('mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) { id } }', {
      input: createInput(),
    });
    const created = await call(server, 'POST', '/v1.0/communications/callRecords', { body: createInput() });
    expect(created.status).toBe(201);
    expect(created.text).not.toMatch(/821809f5|Abbie/i);
    await importAll(server, [importRecord(3)]);
    expect(await totalCount(server, { participant: { id: [PERSON] } })).toBe(0);
    expect(await totalCount(server, { participant: { id: ['+14255550123'] } })).toBe(5);
  });
});

describe('Beside a server', () => {
  it('what is past is forgotten, and told in the log by counts alone', async () => {
    const store = await openStore(`file:${join(folder, 'beside.sqlite')}`, { retentionDays: 1 });
    const older = await openStore(`file:${join(folder, 'beside.sqlite')}`);
    const ended = new AbortController();
    const told: unknown[] = [];
    const note = (facts: object, message: string) => {
      told.push([facts, message]);
      ended.abort();
    };
    const record = { organizer: { user: { id: PERSON } }, participants: [] };
    await older.create(
      {
        ...createInput(record),
        version: 1n,
        startDateTime: '2026-02-25T18:52:21',
        endDateTime: '2026-02-25T18:52:46',
      } as never,
      { caller: 'a', idempotencyKey: null },
    );
    const times = { firstAfterMs: 0, everyMs: 5 };
    await keepForgotten(store, { log: { info: note, warn: note } as never, signal: ended.signal, ...times });
    expect(told).toEqual([[{ deleted: 1, stripped: 0 }, 'records forgotten']]);
    expect(await store.count({ filter: null, visibleTo: null })).toBe(0);
    await older.close();
    await store.close();
  });
});
