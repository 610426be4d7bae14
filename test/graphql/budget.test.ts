import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { LargeOperations } from '../../src/graphql/large-operations.js';
import { type Answer, post, startTestServer, type TestServer } from '../support/harness.js';
import { codes, dataOf, guid, importAll, importRecord, statementsOf } from '../support/asking.js';
import { holdClock } from '../support/held-clock.js';

const started: TestServer[] = [];
async function start(settings: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer(settings);
  started.push(server);
  return server;
}
afterAll(() => Promise.all(started.map((one) => one.end())));

/** More than a record is taken to have. */
const CROWD = Array.from({ length: 30 }, (_, index) => ({ user: { id: guid(index, 1) } }));

/** One call of a crowd, and one of each member alone. */
async function startWithCrowd(settings: Record<string, string>): Promise<TestServer> {
  const server = await start(settings);
  await importAll(server, [
    importRecord(1, {
      participants: CROWD,
      startDateTime: '2026-03-01T00:00:00Z',
      endDateTime: '2026-03-01T01:00:00Z',
    }),
    ...CROWD.map((member, index) => importRecord(index + 2, { participants: [member] })),
  ]);
  return server;
}

/** The calls of those who take part in the newest calls. */
const colleagues = (calls: string, theirs: string, selected = 'id') =>
  `callRecords(${calls}) { nodes { participants { user { account { callRecords(${theirs}) { nodes { ${selected} } } } } } } }`;

async function expectRefused(server: TestServer, query: string, message: RegExp, variables: object = {}) {
  const { result, sql } = await statementsOf(server, () => server.ask(query, variables));
  expect([result.status, codes(result)]).toEqual([400, ['QUERY_TOO_COMPLEX']]);
  expect(result.errors?.[0]?.message).toMatch(message);
  expect(result.data).toBeUndefined();
  expect(sql).toEqual([]);
}

describe('Before it runs, an operation is sized', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ MAX_RECORDS: '100', RATE_LIMIT: '50' });
  });

  test('by first, at each level; the error tells the estimate, the limit and the worst list', async () => {
    await expectRefused(
      server,
      `{ ${colleagues('first: 2', 'first: 5')} }`,
      /may reach 102 records; at most 100 .*MAX_RECORDS.*callRecords\.nodes\.participants\.user\.account\.callRecords, with 100/,
    );
    dataOf(await server.ask(`{ ${colleagues('first: 2', 'first: 4')} }`));
  });

  test.each([
    ['last', `{ ${colleagues('last: 2', 'last: 5')} }`, {}],
    ['pages by default', `{ ${colleagues('first: 1', 'last: null')} }`, {}],
    ['a variable', `query ($n: Int) { ${colleagues('first: 2', 'first: $n')} }`, { n: 5 }],
    ['the default of a variable', `query ($n: Int = 5) { ${colleagues('first: 2', 'first: $n')} }`, {}],
    ['edges', `{ ${colleagues('first: 2', 'first: 5').replace('nodes {', 'edges { node {')} } }`, {}],
    [
      'fields beside each other',
      '{ a: callRecords(first: 60) { nodes { id } } b: callRecords(first: 60) { nodes { id } } }',
      {},
    ],
    ['fragments', `{ ...F } fragment F on Query { ${colleagues('first: 2', 'first: 5')} }`, {}],
  ])('by %s', (_by, query, variables) =>
    expectRefused(server, query, /may reach 1\d\d records|may reach 501 records/, variables),
  );

  test.each([
    [
      'is left out',
      `query ($no: Boolean = false) { ${colleagues('first: 2', 'first: 50').replace('participants', 'participants @include(if: $no)')} }`,
    ],
    [
      'stands in the document twice',
      '{ callRecords(first: 60) { nodes { id } } ...F } fragment F on Query { callRecords(first: 60) { nodes { type } } }',
    ],
    ['stands in another operation', 'query A { callRecords(first: 1) { totalCount } }'],
  ])('without what %s', async (_what, query) => void dataOf(await server.ask(query)));

  test('by ids and references, whatever their type is', async () => {
    const limited = await start({ MAX_RECORDS: '10' });
    const ids = Array.from({ length: 11 }, (_, index) => guid(index));
    await expectRefused(limited, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', /may reach 11 records/, { ids });
    const entities = `query ($all: [_Any!]!) { _entities(representations: $all) {
      ... on CallRecord { id } ... on User { callRecords(first: 5) { nodes { id } } } } }`;
    const references = (name: string, count: number) => ids.slice(0, count).map((id) => ({ __typename: name, id }));
    const ask = (all: object[]) => limited.ask(entities, { all });
    dataOf(await ask([...references('CallRecord', 5), ...references('User', 1)]));
    await expectRefused(limited, entities, /may reach 11 records/, { all: references('CallRecord', 11) });
    await expectRefused(limited, entities, /may reach 15 records/, { all: references('User', 3) });
    // Known by now, and answered by another way.
    const plain = 'query ($all: [_Any!]!) { _entities(representations: $all) { ... on CallRecord { id } } }';
    dataOf(await limited.ask(plain, { all: references('CallRecord', 10) }));
    await expectRefused(limited, plain, /may reach 11 records/, { all: references('CallRecord', 11) });
  });

  test('each time, also where the operation is known', async () => {
    const query = 'query ($n: Int) { callRecords(first: $n) { nodes { id } } }';
    for (const n of [1, 100, 100]) dataOf(await server.ask(query, { n }));
    await expectRefused(server, query, /may reach 101 records/, { n: 101 });
  });

  test('by the points that it costs, of which a caller has RATE_LIMIT a second', () =>
    expectRefused(
      server,
      `{ ${colleagues('first: 3', 'first: 1')} }`,
      /costs 62 cost points; a caller has 50 a second .*RATE_LIMIT/,
    ));

  test('and so is a list at the REST door', async () => {
    const url = `${server.url}/v1.0/communications/callRecords`;
    const get = (query: string) => fetch(`${url}?${query}`, { headers: { authorization: `Bearer ${server.token}` } });
    expect((await get('$top=100')).status).toBe(200);
    const refused = await get('$top=101');
    expect(refused.status).toBe(400);
    expect((await refused.json()).error.message).toMatch(/101 records; at most 100 .*MAX_RECORDS/);
  });
});

/** One error, in an answer whose data is null: the operation had begun. */
function expectEnded(answer: Answer, message: RegExp): void {
  expect(answer.errors).toEqual([
    { message: expect.stringMatching(message), extensions: { code: 'QUERY_TOO_COMPLEX' } },
  ]);
  expect([answer.status, answer.data]).toEqual([400, null]);
}

describe('While it runs, the first budget that is exceeded ends the operation', () => {
  test('MAX_RECORDS, by the records that it has reached', async () => {
    const server = await startWithCrowd({ MAX_RECORDS: '40' });
    const query = `{ callRecord(id: "${guid(2)}") { id } ${colleagues('first: 1', 'first: 2')} }`;
    const { result, sql } = await statementsOf(server, () => server.ask(query));
    expectEnded(result, /reached more than 40 records/);
    expect(sql.length).toBeLessThanOrEqual(3);
  });

  test('MAX_RECORDS, by its lists, though they hold nothing', async () => {
    const server = await startWithCrowd({ MAX_RECORDS: '20' });
    expectEnded(await server.ask(`{ ${colleagues('first: 1', 'first: 0')} }`), /more than 20 lists/);
  });

  test('RATE_LIMIT, where the points run out below a list', async () => {
    const server = await startWithCrowd({ RATE_LIMIT: '40' });
    const query = `{ ${colleagues('first: 1', 'first: 1')} }`;
    expectEnded(await server.ask(query), /63 cost points/);
  });

  test.each([
    ['a list', `{ callRecords { nodes { participants { user { id } } } } }`],
    [
      'fields beside each other',
      `{ callRecords { nodes { participants { user { id } } } } me: __typename x: callRecord(id: "x") { id } }`,
    ],
  ])('MAX_ANSWER_BYTES, in an answer of %s', async (_what, query) => {
    const server = await startWithCrowd({ MAX_ANSWER_BYTES: '1024' });
    for (const _time of [1, 2]) expectEnded(await server.ask(query), /larger than 1024 bytes \(MAX_ANSWER_BYTES\)/);
    dataOf(await server.ask('{ callRecords(first: 1) { nodes { id } } }'));
  });

  test('MAX_ANSWER_BYTES at the REST door', async () => {
    const server = await startWithCrowd({ MAX_ANSWER_BYTES: '1024' });
    const url = `${server.url}/v1.0/communications/callRecords`;
    const refused = await fetch(url, { headers: { authorization: `Bearer ${server.token}` } });
    expect(refused.status).toBe(400);
    expect((await refused.json()).error.message).toMatch(/larger than 1024 bytes/);
  });

  test('in the status that its client expects: 200 where that takes no other media type than JSON', async () => {
    const server = await startWithCrowd({ MAX_RECORDS: '40' });
    const body = JSON.stringify({ query: `{ ${colleagues('first: 1', 'first: 2')} }` });
    const answer = await post(`${server.url}/graphql`, body, server.token, { accept: 'application/json' });
    expect([answer.status, codes(answer), answer.data]).toEqual([200, ['QUERY_TOO_COMPLEX'], null]);
  });
});

describe('Once nobody waits', () => {
  /** Each list is read for those in the list above, so that the statements come one after the other. */
  const LEVELS = `{ callRecords(first: 1) { nodes { organizer { user { account {
    callRecords(first: 1) { nodes { organizer { user { account { callRecords(first: 1) { nodes { id } } } } } } } } } } } } }`;

  test('no further list is read', async () => {
    const server = await startWithCrowd({});
    const client = new AbortController();
    const read = server.store.listTextsOfUsers.bind(server.store);
    const begins = jest.spyOn(LargeOperations.shared, 'begin');
    const lists = jest.spyOn(server.store, 'listTextsOfUsers').mockImplementation(async (...list) => {
      client.abort();
      // Until the server knows that the client has gone.
      while (begins.mock.lastCall?.[1]?.gone.aborted === false) await wait(5);
      return read(...list);
    });
    const request = { method: 'POST', body: JSON.stringify({ query: LEVELS }), signal: client.signal };
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${server.token}` };
    await expect(fetch(`${server.url}/graphql`, { ...request, headers })).rejects.toThrow(/aborted/);
    await wait(400);
    expect(lists).toHaveBeenCalledTimes(1);
    expect(begins.mock.lastCall?.[1]?.gone.aborted).toBe(true);
    begins.mockRestore();
    dataOf(await server.ask(LEVELS));
    expect(lists).toHaveBeenCalledTimes(3);
  });
});

describe('Before it is parsed, a document', () => {
  afterEach(() => jest.useRealTimers());

  test.each([
    ['lists', (depth: number) => `{ callRecord(id: ${'['.repeat(depth)}${']'.repeat(depth)}) { id } }`],
    ['objects', (depth: number) => `{ callRecord(id: ${'{not:'.repeat(depth)}1${'}'.repeat(depth)}) { id } }`],
    [
      'types',
      (depth: number) => `query ($v: ${'['.repeat(depth)}ID${']'.repeat(depth)}) { callRecord(id: $v) { id } }`,
    ],
  ])('that nests %s deeper than 32 levels is QUERY_TOO_COMPLEX', async (_what, query) => {
    const server = await start();
    expect(codes(await server.ask(query(32)))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    await expectRefused(server, query(33), /nest deeper than 32 levels/);
  });

  test('whose selections nest deeper than fields may, fragments between them included, is QUERY_TOO_COMPLEX', async () => {
    const server = await start();
    const query = (depth: number) => `${'{ ... '.repeat(depth)} { __typename ${'} '.repeat(depth + 1)}`;
    dataOf(await server.ask(query(99)));
    await expectRefused(server, query(100), /nest deeper than 100 levels/);
  });

  test('that is new costs points by its tokens, once; invalid ones cost them each time', async () => {
    const server = await start({ RATE_LIMIT: '100' });
    holdClock();
    // Over 200 tokens: a quarter of the points, which is the most. To be read costs 1.
    const document = (field: string) => `{ callRecord(id: "x") { ${`${field} `.repeat(200)} } }`;
    const statuses = async (query: (time: number) => string) =>
      (await Promise.all(Array.from({ length: 10 }, (_, time) => server.ask(query(time))))).map(({ status }) => status);
    dataOf(await server.ask(document('__typename')));
    expect(new Set(await statuses(() => document('__typename')))).toEqual(new Set([200]));
    jest.advanceTimersByTime(1_000);
    expect(await statuses(() => document('nothing'))).toContain(429);
    jest.advanceTimersByTime(1_000);
    expect(await statuses((time) => document('id').replace('x', String(time)))).toContain(429);
  });

  test('of the largest size that is allowed passes, whatever the points of a second', async () => {
    const server = await start({ RATE_LIMIT: '10' });
    dataOf(await server.ask(`{ callRecord(id: "x") { ${'id '.repeat(600)} } }`));
  });
});

test('The variables of a GET nest no deeper than those of a body', async () => {
  const server = await start();
  const get = (depth: number) => {
    const variables = `{"filter":${'{"not":'.repeat(depth - 1)}{}${'}'.repeat(depth)}`;
    const query = 'query ($filter: CallRecordFilter) { callRecords(filter: $filter) { nodes { id } } }';
    const url = `${server.url}/graphql?${String(new URLSearchParams({ query, variables }))}`;
    return fetch(url, { headers: { authorization: `Bearer ${server.token}` } });
  };
  expect((await get(31)).status).toBe(200);
  const refused = await get(32);
  expect(refused.status).toBe(400);
  expect((await refused.json()).errors[0].message).toMatch(/variables nest deeper than 32 levels/);
});
