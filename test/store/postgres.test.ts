import { openStore } from '../../src/store/store.js';
import { QUICK, startPostgres, type TestPostgres } from '../postgres.js';
import { describeNaming, namesIn } from './naming.js';
import { documentOf, inputOf, listQuery, matching, type OpenStore, withStore } from './opened-store.js';
import { describeStore } from './store-contract.js';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres(QUICK);
  await (await openStore(await postgres.create(), { allowLossyCommits: true })).close();
});

afterAll(() => postgres.stop());

/** A copy of the migrated database, which is made sooner than it is migrated. */
const open: OpenStore = async () => {
  const store = await openStore(await postgres.create('test_1'), { allowLossyCommits: true });
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
