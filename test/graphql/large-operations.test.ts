import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { Asker } from '../../src/domain/asker.js';
import { Budget } from '../../src/graphql/budget.js';
import { post, startTestServer, type TestServer } from '../support/harness.js';
import { codes, dataOf, guid, importAll, importRecord } from '../support/asking.js';

/** More than a thousand records, as far as can be known before it runs. */
const LARGE = `{ callRecords(first: 50) { nodes { id participants { user { account {
  callRecords(first: 10) { nodes { id } } } } } } } }`;
const SMALL = LARGE.replace('first: 50', 'first: 5');
const READING_MS = 400;

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({});
  await importAll(
    server,
    [1, 2, 3].map((number) => importRecord(number)),
  );
});
afterEach(() => server.end());

/** Makes each read of users' calls last, and counts those that run at once. */
function slowReads() {
  const read = server.store.listTextsOfUsers.bind(server.store);
  const seen = { atOnce: 0, most: 0 };
  const lists = jest.spyOn(server.store, 'listTextsOfUsers').mockImplementation(async (...list) => {
    seen.most = Math.max(seen.most, (seen.atOnce += 1));
    await wait(READING_MS);
    seen.atOnce -= 1;
    return read(...list);
  });
  return { lists, seen };
}

/** A client that leaves after so many milliseconds. */
const leaveAfter = (milliseconds: number): Promise<void> => askUntil(AbortSignal.timeout(milliseconds));

async function askUntil(signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${server.token}` };
  const body = JSON.stringify({ query: LARGE });
  await expect(fetch(`${server.url}/graphql`, { method: 'POST', headers, body, signal })).rejects.toThrow(/aborted/);
}

describe('Of operations that may reach more than 1,000 records', () => {
  test('one runs at a time, and small ones pass it', async () => {
    const { seen } = slowReads();
    const ended: string[] = [];
    const ask = async (query: string, name: string) => {
      dataOf(await server.ask(query));
      ended.push(name);
    };
    await Promise.all([
      ask(LARGE, 'first'),
      ask(LARGE, 'second'),
      wait(READING_MS / 2).then(() => ask(LARGE, 'third')),
    ]);
    expect(seen.most).toBe(1);
    expect(ended).toEqual(['first', 'second', 'third']);
    await Promise.all([ask(LARGE, 'large'), ask(SMALL, 'small')]);
    expect(seen.most).toBe(2);
  });

  test('callers take turns', async () => {
    slowReads();
    const ended: string[] = [];
    const ask = async (token: string, name: string) => {
      dataOf(await post(`${server.url}/graphql`, JSON.stringify({ query: LARGE }), token));
      ended.push(name);
    };
    const other = await server.mint({ user: guid(1, 1) });
    const own = ['one', 'two', 'three'].map((name) => ask(server.token, name));
    await wait(READING_MS / 2);
    await Promise.all([...own, ask(other, 'other')]);
    expect(ended.indexOf('other')).toBeLessThan(ended.indexOf('three'));
  });

  test('one whose client leaves before its turn does not begin', async () => {
    const { lists } = slowReads();
    const first = server.ask(LARGE);
    await wait(READING_MS / 4);
    await leaveAfter(READING_MS / 4);
    dataOf(await first);
    dataOf(await server.ask(LARGE));
    expect(lists).toHaveBeenCalledTimes(2);
  });

  test('the next begins once nothing is read any more for one whose client has left', async () => {
    const { lists, seen } = slowReads();
    const leave = new AbortController();
    const leaving = askUntil(leave.signal);
    while (lists.mock.calls.length === 0) await wait(READING_MS / 20);
    const next = server.ask(LARGE);
    await wait(READING_MS / 4);
    leave.abort();
    dataOf(await next);
    await leaving;
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
