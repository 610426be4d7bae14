import { join } from 'node:path';
import { TimeZone } from '../../src/domain/time-zone.js';
import { ConnectionPool } from '../../src/store/postgres/connection.js';
import type { Member } from '../../src/store/statistics/statistics-sums.js';
import { openStore, type Store } from '../../src/store/store.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeNaming, namesIn } from './contract/naming.js';
import {
  documentOf,
  inputOf,
  listQuery,
  matching,
  type OpenStore,
  PEOPLE,
  withStore,
} from '../support/opened-store.js';
import { describeStore } from './contract/store-contract.js';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres(QUICK);
  await (await openStore(await postgres.create(), { allowLossyCommits: true })).close();
});

afterAll(() => postgres.stop());

/** A copy of the migrated database, which is made sooner than it is migrated. */
const open: OpenStore = async () => {
  const url = await postgres.create('test_1');
  const erasureFile = join(postgres.folder, `${url.slice(url.lastIndexOf('/') + 1)}.erased`);
  const store = await openStore(url, { allowLossyCommits: true, erasureFile });
  return { store, cleanup: () => store.close() };
};

describeStore('PostgreSQL', open);

describe('A store in PostgreSQL', () => {
  describeNaming(open, (store) => namesIn(postgres, store));

  test('refuses a name that no index can hold as BAD_USER_INPUT, and stores what shares its commit', () =>
    withStore(open, async (store) => {
      const displayName = Array.from({ length: 1_024 }, (_, index) =>
        String.fromCodePoint(0x4e00 + ((index * 7_919) % 20_000)),
      ).join('');
      const organizer = { user: { id: 'a', displayName } };
      const caller = { caller: 'a', idempotencyKey: null };
      const [kept, refused] = await Promise.allSettled([
        store.create(inputOf(), caller),
        store.create(inputOf({ organizer }), caller),
      ]);
      expect(kept.status).toBe('fulfilled');
      expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'BAD_USER_INPUT' } });
      expect(await store.count(listQuery())).toBe(1);
    }));

  test('finds a meeting by a URL longer than an index entry, among those that begin like it', () =>
    withStore(open, async (store) => {
      const long = `https://example.com/${Array.from({ length: 4_000 }, (_, index) => ((index * 7_919) % 36).toString(36)).join('')}`;
      await store.import([documentOf(1, { joinWebUrl: `${long}1` }), documentOf(2, { joinWebUrl: `${long}2` })]);
      expect(await matching(store, { joinWebUrl: `${long}2` })).toEqual([documentOf(2).id]);
    }));

  test('stores NUL in what an import brings, and finds it by the same text', () =>
    withStore(open, async (store) => {
      const organizer = { user: { id: 'a\0b', displayName: 'A\0B' } };
      await store.import([documentOf(1, { organizer })]);
      expect(await matching(store, { organizer: { id: ['a\0b'] } })).toEqual([documentOf(1).id]);
      expect(await matching(store, { organizer: { displayName: 'a\0' } })).toEqual([documentOf(1).id]);
      expect((await store.list(listQuery())).records[0]?.organizer).toEqual(organizer);
    }));
});

describe('Long reads that a lock holds up', () => {
  const everything = { filter: null, visibleTo: null };
  let store: Store;
  let others: ConnectionPool;
  let holder: Awaited<ReturnType<ConnectionPool['connect']>>;
  let people: number;

  beforeEach(async () => {
    const url = await postgres.create('test_1');
    store = await openStore(url, { allowLossyCommits: true, connections: 6 });
    await store.import([1, 2, 3].map((number) => documentOf(number)));
    people = await store.statistics.participants(everything);
    others = new ConnectionPool(url, 2, new Set());
    holder = await others.connect();
    await holder.query('begin', []);
    await holder.query('lock table call_record_sums, call_record_tallies in access exclusive mode', []);
  });
  afterEach(async () => {
    holder.release();
    await others.end();
    await store.close();
  });

  test('hold up no other, though they are more than there are connections; then all are answered', async () => {
    const none = new Set<Member>();
    const asked = { ...everything, members: none, ofBuckets: none, interval: null, hoursOfWeek: false };
    const long = Array.from({ length: 10 }, async () => [
      (await store.statistics.ofRecords({ ...asked, zone: TimeZone.named('UTC') as TimeZone })).all.count,
      await store.statistics.participants(everything),
    ]);
    for (const number of [1, 2, 3]) expect((await store.find([documentOf(number).id], null, PEOPLE)).size).toBe(1);
    expect(store.waitingReads).toBe(8);
    await holder.query('rollback', []);
    expect(await Promise.all(long)).toEqual(Array(10).fill([3n, people]));
    expect(store.waitingReads).toBe(0);
  });

  test('are SERVICE_UNAVAILABLE once their connections are lost; later ones are answered', async () => {
    const long = [1, 2].map(() => store.statistics.participants(everything));
    const isWaiting = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    const terminated = async () => {
      const terminate = `select pg_terminate_backend(pid) ${isWaiting}`;
      return (await others.rows({ sql: terminate, parameters: [] })).length;
    };
    for (let count = 0; count < 2;) count += await terminated();
    for (const one of await Promise.allSettled(long))
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'SERVICE_UNAVAILABLE' } });
    await holder.query('rollback', []);
    expect(await store.statistics.participants(everything)).toBe(people);
  });
});

/** A pool of one connection, and what is prepared at that connection. */
async function withPool(work: (pool: ConnectionPool, prepared: () => Promise<Map<string, string>>) => Promise<void>) {
  const pool = new ConnectionPool(await postgres.create(), 1, new Set());
  try {
    await work(pool, async () => {
      const { rows } = await pool.run({ sql: 'select statement, name from pg_prepared_statements', parameters: [] });
      return new Map((rows as { statement: string; name: string }[]).map(({ statement, name }) => [statement, name]));
    });
  } finally {
    await pool.end();
  }
}

const plus = (number: number) => `select $1::int + ${number} as sum`;

async function sums(pool: ConnectionPool, numbers: number[]): Promise<number[]> {
  const all: number[] = [];
  for (const number of numbers) {
    const { rows } = await pool.run({ sql: plus(number), parameters: [1_000] });
    all.push((rows as { sum: number }[])[0]?.sum ?? NaN);
  }
  return all;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('A connection to PostgreSQL', () => {
  test('keeps a statement prepared that comes a second time, under one name', () =>
    withPool(async (pool, prepared) => {
      await sums(pool, [1, 2, 2]);
      const names = await prepared();
      expect([...names.keys()]).toEqual([plus(2)]);
      await sums(pool, [2, 2, 2]);
      expect(await prepared()).toEqual(names);
    }));

  test('keeps a few hundred, those used last, however many there are, and each answers for itself', () =>
    withPool(async (pool, prepared) => {
      await sums(pool, [0, 0]);
      const name = (await prepared()).get(plus(0));
      for (const start of range(0, 10)) {
        const some = range(start * 50 + 1, start * 50 + 51).flatMap((number) => [number, number, 0]);
        expect(await sums(pool, some)).toEqual(some.map((number) => 1_000 + number));
      }
      const names = await prepared();
      expect(names.size).toBeGreaterThanOrEqual(300);
      expect(names.size).toBeLessThanOrEqual(350);
      expect([names.get(plus(0)), names.has(plus(1)), names.has(plus(500))]).toEqual([name, false, true]);
      // One that was forgotten is prepared anew.
      expect(await sums(pool, [1, 1, 1])).toEqual([1_001, 1_001, 1_001]);
      expect((await prepared()).has(plus(1))).toBe(true);
    }));

  test('forgets between transactions what others have taken the place of within one', () =>
    withPool(async (pool, prepared) => {
      const connection = await pool.connect();
      await connection.query('begin', []);
      for (const number of range(0, 400).flatMap((one) => [one, one])) await connection.query(plus(number), [1]);
      await expect(connection.query('select 1 / $1::int', [0])).rejects.toThrow('division by zero');
      await connection.query('rollback', []);
      connection.release();
      expect((await prepared()).size).toBe(300);
      expect(await sums(pool, [0, 0, 399])).toEqual([1_000, 1_000, 1_399]);
    }));

  test('is replaced once very many names are gone at it, whose texts its driver would hold for ever', () =>
    withPool(async (pool) => {
      const process = async () => {
        const { rows } = await pool.run({ sql: 'select pg_backend_pid() as pid', parameters: [] });
        return (rows as { pid: number }[])[0]?.pid;
      };
      const first = await process();
      await sums(
        pool,
        range(0, 1_200).flatMap((one) => [one, one]),
      );
      expect(await process()).toBe(first);
      await sums(
        pool,
        range(1_200, 1_400).flatMap((one) => [one, one]),
      );
      expect(await process()).not.toBe(first);
    }));

  test('is replaced when the server ends it, before its end has arrived: the next statement is answered', () =>
    withPool(async (pool) => {
      for (const number of range(0, 20)) {
        const ended = pool.run({ sql: 'select pg_terminate_backend(pg_backend_pid())', parameters: [] });
        await expect(ended).rejects.toMatchObject({ code: '57P01' });
        expect(await sums(pool, [number])).toEqual([1_000 + number]);
      }
    }));

  test('keeps none of several KB, and of large ones fewer', () =>
    withPool(async (pool, prepared) => {
      const long = (number: number, length: number) => `select $1::int + ${number} as sum /*${'x'.repeat(length)}*/`;
      for (const number of range(0, 110).flatMap((one) => [one, one, one]))
        await pool.run({ sql: long(number, 4_000), parameters: [1] });
      for (let time = 0; time < 3; time++) await pool.run({ sql: long(0, 5_000), parameters: [1] });
      const lengths = [...(await prepared()).keys()].map(({ length }) => length);
      expect(Math.max(...lengths)).toBeLessThan(4_096);
      expect(lengths.length).toBeLessThan(64 + 50);
    }));
});
