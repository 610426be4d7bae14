import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ChangeFeed } from '../../src/store/changes/change-feed.js';
import type { Change } from '../../src/store/changes/change-log.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { documentOf, guid, inputOf } from '../support/opened-store.js';

const STORE = new URL('../../dist/store/store.js', import.meta.url).href;
/** Creates so many records, some at a time, in another process. */
const CREATE = `
  const { openStore } = await import(process.argv[1]);
  const store = await openStore(process.argv[2], { allowLossyCommits: true, connections: 4 });
  const input = JSON.parse(process.argv[3], (name, value) => (name === 'version' ? BigInt(value) : value));
  for (let left = Number(process.argv[4]); left > 0; left -= 5)
    await Promise.all(Array.from({ length: 5 }, () => store.create(input, { caller: 'a', idempotencyKey: null })));
  await store.close();
`;
/** Holds a lease for a short time, says so, and never lets go of it. */
const LEASE = `
  const { openStore } = await import(process.argv[1]);
  const store = await openStore(process.argv[2], { allowLossyCommits: true, connections: 2 });
  console.log(JSON.stringify(await store.lease('sync', 'killed', 1)));
  setInterval(() => undefined, 1_000);
`;

const run = (script: string, ...args: string[]) =>
  spawn(process.execPath, ['--input-type=module', '-e', script, STORE, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

let postgres: TestPostgres;
let folder: string;
let files = 0;

beforeAll(async () => {
  [postgres, folder] = [await startPostgres(QUICK), await temporaryFolder()];
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const ENGINES: [string, () => Promise<string>][] = [
  ['SQLite', async () => `file:${join(folder, `${files++}.sqlite`)}`],
  ['PostgreSQL', () => postgres.create()],
];

/** Follows a feed with a cursor of its own, some changes at a time, with a pause after each as a slow socket makes. */
async function follow(feed: ChangeFeed, pauseMs = 0) {
  const seen: Change[] = [];
  let told = 0;
  let reading = Promise.resolve();
  const { after, end } = await feed.subscribe(() => {
    told += 1;
    reading = reading.then(readOn);
  });
  let cursor = after;
  const readOn = async () => {
    for (;;) {
      const more = await feed.read(cursor, 3);
      if (more.length === 0) return;
      seen.push(...more);
      cursor = more.at(-1)?.sequence as bigint;
      if (pauseMs > 0) await wait(pauseMs);
    }
  };
  return { seen, after, end, told: () => told, settled: () => reading };
}

async function until(holds: () => boolean, withinMs = 20_000): Promise<number> {
  const start = Date.now();
  while (!holds()) {
    if (Date.now() - start > withinMs) throw new Error('it does not come to pass');
    await wait(2);
  }
  return Date.now() - start;
}

describe.each(ENGINES)('A change feed of %s', (_engine, create) => {
  let stores: Store[];
  let feed: ChangeFeed;
  let url: string;

  beforeEach(async () => {
    url = await create();
    stores = [];
    for (let count = 0; count < 2; count++)
      stores.push(await openStore(url, { allowLossyCommits: true, connections: 4 }));
    feed = new ChangeFeed(stores[0] as Store);
  });

  afterEach(async () => {
    await feed.close();
    await Promise.all(stores.map((store) => store.close()));
  });

  const input = () => JSON.stringify({ ...inputOf(), version: 1 });

  test('gives each subscriber every change of four writers in two processes once, in order, however slow it reads', async () => {
    const [one, other] = stores as [Store, Store];
    await one.import([documentOf(1)]);
    const followers = [await follow(feed), await follow(feed), await follow(feed, 1)];
    const child = run(CREATE, url, input(), '40');
    const writing = [one, other].map(async (store, index) => {
      for (let round = 0; round < 20; round++)
        await store.import([
          documentOf(10 + round + index * 100),
          documentOf(1, { version: BigInt(round * 2 + index + 2) }),
        ]);
    });
    await Promise.all([...writing, once(child, 'close')]);
    const log = await other.changes(1n, 1_000);
    expect(log.length).toBeGreaterThanOrEqual(80);
    for (const { seen, settled } of followers) {
      await until(() => seen.length >= log.length);
      await settled();
      expect(seen).toEqual(log);
    }
  }, 60_000);

  test('tells of a commit of another process within half a second', async () => {
    const other = stores[1] as Store;
    const { seen } = await follow(feed);
    const times: number[] = [];
    for (let round = 1; round <= 5; round++) {
      await other.import([documentOf(round)]);
      times.push(await until(() => seen.length === round));
    }
    // The least of five, as the machine may be busy.
    expect(Math.min(...times)).toBeLessThan(500);
  });

  test('tells of an own commit without looking at the database first', async () => {
    const one = stores[0] as Store;
    const engine = Reflect.get(one, 'engine') as { watchCommits(listener: () => void): () => void };
    engine.watchCommits = () => () => undefined;
    let told = 0;
    const own = new ChangeFeed(one);
    await own.subscribe(() => (told += 1));
    await one.import([documentOf(1)]);
    await until(() => told > 0);
    await own.close();
  });

  test('tells who is far behind the same as who is not, from the log', async () => {
    const [one, other] = stores as [Store, Store];
    const { seen } = await follow(feed);
    await other.import(Array.from({ length: 1_500 }, (_, number) => documentOf(number)));
    await until(() => seen.length === 1_500);
    await one.delete(guid(3));
    await until(() => seen.length === 1_501);
    expect(await feed.read(0n, 2_000)).toEqual(await one.changes(0n, 2_000));
    expect(seen).toEqual(await one.changes(0n, 2_000));
  });

  test('runs no statement for its subscribers while nothing happens, and none at all without any', async () => {
    const [one] = stores as [Store];
    const statements: string[] = [];
    const followers = await Promise.all(Array.from({ length: 50 }, () => follow(feed)));
    const stop = one.onStatement(({ sql }) => statements.push(sql));
    await wait(600);
    // PostgreSQL is asked whether there is something, by the process.
    expect(statements.length).toBeLessThanOrEqual(3);
    statements.length = 0;
    await one.import([documentOf(1)]);
    await until(() => followers.every(({ seen }) => seen.length === 1));
    const read = statements.filter((sql) => /^select .*people_removed/.test(sql));
    expect(read.length).toBeLessThanOrEqual(1 + followers.length);
    for (const { end } of followers) end();
    await wait(300);
    statements.length = 0;
    await wait(400);
    expect(statements).toEqual([]);
    stop();
  });

  test('leases go from a process that was killed to another when they run out, and not before', async () => {
    const [one] = stores as [Store];
    const child = run(LEASE, url);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(JSON.parse(said.toString())).toEqual({ fence: 1 });
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await one.lease('sync', 'next', 1)).toBeNull();
    let lease = null;
    for (const end = Date.now() + 3_000; lease === null && Date.now() < end; await wait(50))
      lease = await one.lease('sync', 'next', 1);
    expect(lease).toEqual({ fence: 2 });
    expect(await stores[1]?.lease('sync', 'other', 1)).toBeNull();
  });
});
