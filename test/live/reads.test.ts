import { guid, importAll, importRecord } from '../support/asking.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { follow, type Follower, socketClient } from '../support/following.js';

const MANY = 20;

let server: TestServer;
let everything: Follower;
beforeAll(async () => {
  server = await startTestServer({ MAX_SUBSCRIPTIONS: '1000' });
  everything = follow(socketClient(server, server.token));
  await everything.events(1);
});
afterAll(() => server.end());

/** The statements that one more record has run for those who follow, once all are told of whom it concerns. */
async function statementsFor(number: number, concerned: Follower[]): Promise<string[]> {
  const told = [everything, ...concerned].map((one) => [one, one.told.length + 1] as const);
  const sql: string[] = [];
  const end = server.store.onStatement((event) => sql.push(event.sql));
  await importAll(server, [importRecord(number, { organizer: { user: { id: guid(1) } } })]);
  for (const [one, count] of told) await one.events(count);
  // All who follow are told in one step: who is not by now is not concerned.
  end();
  return sql.filter((one) => /^select/i.test(one) && /from "call_records"|from "call_record_identities"/.test(one));
}

async function followAll(count: number, followOne: (index: number) => Promise<Follower>): Promise<Follower[]> {
  const followers = await Promise.all(Array.from({ length: count }, (_, index) => followOne(index)));
  for (const one of followers) await one.events(1);
  return followers;
}

describe('What is read for those who follow', () => {
  const filter = { type: ['peerToPeer'] };

  test('A change is read once, however many follow the same', async () => {
    const one = await followAll(1, async () => follow(socketClient(server, server.token), { filter }));
    const before = await statementsFor(1, one);
    expect(before).not.toEqual([]);
    const all = [
      ...one,
      ...(await followAll(MANY, async () => follow(socketClient(server, server.token), { filter }))),
    ];
    expect(await statementsFor(2, all)).toEqual(before);
    expect(all.at(-1)?.told.at(-1)?.callRecordId).toBe(importRecord(2)['id']);
  });

  test('A change is not read for the people who are not in it', async () => {
    const person = async (index: number) =>
      follow(socketClient(server, await server.mint({ user: guid(100 + index) })));
    const one = await followAll(1, person);
    const before = await statementsFor(3, []);
    const others = await followAll(MANY, (index) => person(index + 1));
    expect(await statementsFor(4, [])).toEqual(before);
    for (const other of [...one, ...others]) expect(other.told).toHaveLength(1);
  });
});
