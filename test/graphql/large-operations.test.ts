import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { Asker } from '../../src/domain/asker.js';
import { Budget } from '../../src/graphql/budget.js';
import { LargeOperations } from '../../src/graphql/large-operations.js';
import { post, startTestServer, type TestServer } from '../support/harness.js';
import { codes, dataOf, guid, importAll, importRecord } from '../support/asking.js';

/** More than a thousand records, as far as can be known before it runs. */
const LARGE = `{ callRecords(first: 50) { nodes { id participants { user { account {
  callRecords(first: 10) { nodes { id } } } } } } } }`;
const SMALL = LARGE.replace('first: 50', 'first: 5');

let server: TestServer;
let begins: jest.SpiedFunction<LargeOperations['begin']>;
beforeEach(async () => {
  begins = jest.spyOn(LargeOperations.shared, 'begin');
  server = await startTestServer({});
  await importAll(
    server,
    [1, 2, 3].map((number) => importRecord(number)),
  );
});
afterEach(async () => {
  begins.mockRestore();
  await server.end();
});

/** Holds each read of users' calls back until it is let go, and counts those that run at once. */
function heldReads() {
  const read = server.store.listTextsOfUsers.bind(server.store);
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const seen = { atOnce: 0, most: 0 };
  const lists = jest.spyOn(server.store, 'listTextsOfUsers').mockImplementation(async (...list) => {
    seen.most = Math.max(seen.most, (seen.atOnce += 1));
    await gate;
    seen.atOnce -= 1;
    return read(...list);
  });
  const readBy = async (count: number) => {
    while (lists.mock.calls.length < count) await wait(5);
  };
  return { lists, seen, letGo, readBy };
}

/** Sends a request, and resolves to its answer in a list when it has come so far as to run or to wait for its turn. */
async function arrived<Answer>(send: () => Promise<Answer>): Promise<[Promise<Answer>]> {
  const before = begins.mock.calls.length;
  const answer = send();
  while (begins.mock.calls.length === before) await wait(5);
  return [answer];
}

/** Sends a request whose client leaves when it has come so far; resolves when the server knows. */
async function leave(soFar: Promise<void> = Promise.resolve()): Promise<void> {
  const leaving = new AbortController();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${server.token}` };
  const options = { method: 'POST', headers, body: JSON.stringify({ query: LARGE }), signal: leaving.signal };
  const [sent] = await arrived(() => expect(fetch(`${server.url}/graphql`, options)).rejects.toThrow(/aborted/));
  await soFar;
  leaving.abort();
  await sent;
  const asker = begins.mock.lastCall?.[1];
  while (!asker?.gone.aborted) await wait(5);
}

describe('Of operations that may reach more than 1,000 records', () => {
  test('one runs at a time, and small ones pass it', async () => {
    const { seen, letGo, readBy } = heldReads();
    const ended: string[] = [];
    const ask = async (query: string, name: string) => {
      dataOf(await server.ask(query));
      ended.push(name);
    };
    const all: [Promise<void>][] = [];
    for (const name of ['first', 'second', 'third']) all.push(await arrived(() => ask(LARGE, name)));
    await readBy(1);
    await wait(50);
    expect(seen.most).toBe(1);
    const [small] = await arrived(() => ask(SMALL, 'small'));
    await readBy(2);
    expect(seen.most).toBe(2);
    letGo();
    await Promise.all([small, ...all.flat()]);
    expect(ended.filter((name) => name !== 'small')).toEqual(['first', 'second', 'third']);
  });

  test('callers take turns', async () => {
    const { letGo } = heldReads();
    const ended: string[] = [];
    const ask = async (token: string, name: string) => {
      dataOf(await post(`${server.url}/graphql`, JSON.stringify({ query: LARGE }), token));
      ended.push(name);
    };
    const other = await server.mint({ user: guid(1, 1) });
    const all: [Promise<void>][] = [];
    for (const name of ['one', 'two', 'three']) all.push(await arrived(() => ask(server.token, name)));
    all.push(await arrived(() => ask(other, 'other')));
    letGo();
    await Promise.all(all.flat());
    expect(ended.indexOf('other')).toBeLessThan(ended.indexOf('three'));
  });

  test('one whose client leaves before its turn does not begin', async () => {
    const { lists, letGo } = heldReads();
    const [first] = await arrived(() => server.ask(LARGE));
    await leave();
    letGo();
    dataOf(await first);
    dataOf(await server.ask(LARGE));
    expect(lists).toHaveBeenCalledTimes(2);
  });

  test('the next begins once nothing is read any more for one whose client has left', async () => {
    const { lists, seen, letGo, readBy } = heldReads();
    await leave(readBy(1));
    const [next] = await arrived(() => server.ask(LARGE));
    await wait(50);
    letGo();
    dataOf(await next);
    expect([seen.most, lists.mock.calls.length]).toEqual([1, 2]);
  });

  test('one that is refused while it waits or fails lets the next one run', async () => {
    for (const read of ['listTextsOfUsers', 'listOfUsers'] as const)
      jest.spyOn(server.store, read).mockRejectedValueOnce(new Error('broken on purpose'));
    expect(codes(await server.ask(LARGE))).toContain('INTERNAL_SERVER_ERROR');
    dataOf(await server.ask(LARGE));
  });
});

describe('An answer of megabytes', () => {
  const NAME = 'é'.repeat(200);
  const selected = 'nodes { id organizer { user { displayName } } participants { user { id displayName } } }';

  beforeEach(async () => {
    const organizer = { user: { id: guid(1, 1), displayName: NAME } };
    const crowd = Array.from({ length: 400 }, (_, index) => importRecord(index + 10, { organizer }));
    await importAll(server, crowd);
  });

  test('is the same in pieces as small ones are together, at each way in', async () => {
    const fields = ['a: callRecords(first: 500)', 'b: callRecords(last: 500)', 'c: callRecords(first: 0)'];
    const alone = await Promise.all(
      fields.map(async (field) => dataOf(await server.ask(`{ ${field} { ${selected} } }`))),
    );
    const query = `{ ${fields.map((field) => `${field} { ${selected} }`).join(' ')} none: callRecord(id: "x") { id } }`;
    const whole = Object.assign({}, ...alone, { none: null }) as object;
    expect(JSON.stringify(whole).length).toBeGreaterThan(300_000);
    expect(dataOf(await server.ask(query))).toEqual(whole);
    const url = `${server.url}/graphql?${String(new URLSearchParams({ query }))}`;
    const got = await fetch(url, { headers: { authorization: `Bearer ${server.token}` } });
    expect(await got.json()).toEqual({ data: whole });
  });

  test('the next does not begin while the answer to one is on its way', async () => {
    const { limits } = readConfig({});
    const [one, other] = [1, 2].map(() => new Budget(limits, new Asker('somebody', new PassThrough()))) as [
      Budget,
      Budget,
    ];
    const isSent = one.hold();
    await one.begin(1_001);
    one.end();
    let hasBegun = false;
    const begins = other.begin(1_001).then(() => (hasBegun = true));
    await wait(10);
    expect(hasBegun).toBe(false);
    isSent();
    expect(await begins).toBe(true);
    other.end();
  });
});
