import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { importFiles } from '../../src/cli/import-files.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import {
  countCommits,
  documentOf,
  fixtureRecord,
  guid,
  inputOf,
  listQuery,
  type OpenStore,
  stored,
  withStore,
} from '../support/opened-store.js';
import { describeNaming, KEPT_NAMES } from './contract/naming.js';
import { describeStore } from './contract/store-contract.js';

const open: OpenStore = async () => {
  const folder = await temporaryFolder();
  const store = await openStore(`file:${join(folder, 'callrecords.sqlite')}`);
  const cleanup = async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { store, cleanup };
};

describeStore('SQLite', open);

/** The rows of a store's file, by table, as another connection sees them. */
function query<Row>(store: Store, sql: string): Row[] {
  const database = new Database(store.location, { readonly: true });
  try {
    return database.prepare(sql).all() as Row[];
  } finally {
    database.close();
  }
}

function countRows(store: Store): Record<string, number> {
  const tables = query<{ name: string }>(store, `select name from sqlite_master where type = 'table'`);
  const own = tables.filter(({ name }) => /^(call_record|known_identities|tallied_people|idempotency_keys)/.test(name));
  return Object.fromEntries(
    own.map(({ name }) => [
      name,
      (query<{ n: number }>(store, `select count(*) as n from ${name}`)[0] as { n: number }).n,
    ]),
  );
}

const changes = (store: Store) =>
  query<{ change: string }>(
    store,
    `select kind || ' ' || record_id as change from call_record_changes order by sequence`,
  ).map(({ change }) => change);

const names = (store: Store) => query<{ name: string }>(store, KEPT_NAMES).map(({ name }) => name);

describe('A store in SQLite', () => describeNaming(open, async (store) => names(store)));

const person = (id: string, displayName: string) => ({ user: { id, displayName } });

describe('The file of a SQLite store', () => {
  test('A new version writes the rows that differ from those of the last one, and no others', async () => {
    await withStore(open, async (store) => {
      const [ann, bob, cyd] = [11, 12, 13].map(guid) as [string, string, string];
      const first = { organizer: person(ann, 'Ann'), participants: [person(ann, 'Ann'), person(bob, 'Bob')] };
      await store.import([documentOf(1, first)]);
      const other = new Database(store.location);
      other.exec(`create table written (what text);
        create trigger identity_written after insert on call_record_identities
          begin insert into written values (new.position || ' ' || new.display_name); end;
        create trigger identity_changed after update on call_record_identities
          begin insert into written values (new.position || ' ' || new.display_name); end;
        create trigger person_written after insert on call_record_people begin insert into written values (new.identity_id); end;
        create trigger id_written after update of id on call_records begin insert into written values (new.id); end`);
      other.close();
      const participants = [person(ann, 'Ann'), person(cyd, 'Cyd')];
      expect(await store.import([documentOf(1, { ...first, version: 2n, participants })])).toEqual(['updated']);
      const written = query<{ what: string }>(store, 'select what from written').map(({ what }) => what);
      expect(written.sort()).toEqual(['1 cyd', cyd].sort());
      expect((await stored(store))[0]?.participants).toEqual(participants);
      expect(names(store)).toEqual(expect.not.arrayContaining([expect.stringContaining('bob')]));
    });
  });

  test('A store that was only written to leaves nothing beside its file when it is closed', async () => {
    await withStore(open, async (store) => {
      await store.create(inputOf({}), { caller: 'a', idempotencyKey: null });
      await store.close();
      expect(await readdir(dirname(store.location))).toEqual(['callrecords.sqlite']);
    });
  });

  test('A key that was used before the store was closed gives the same record after it is opened again', async () => {
    const folder = await temporaryFolder();
    const url = `file:${join(folder, 'a.sqlite')}`;
    const before = await openStore(url);
    const first = await before.create(inputOf(), { caller: 'a', idempotencyKey: 'k' });
    await before.close();
    const after = await openStore(url);
    expect(await after.create(inputOf(), { caller: 'a', idempotencyKey: 'k' })).toEqual(first);
    expect(await after.count(listQuery())).toBe(1);
    await after.close();
    await rm(folder, { recursive: true });
  });

  test('A delete leaves no row of the record in any table but the change log, and no name that nobody else has', () =>
    withStore(open, async (store) => {
      const shared = person('s', 'Shared');
      await store.import([documentOf(1, { participants: [shared] })]);
      await store.statistics.sumUp(10, 0);
      await store.statistics.tallyUp(10);
      const before = countRows(store);
      const document = { ...(await fixtureRecord('10-full-depth')), organizer: person('o', 'Alone') };
      document.participants = [...document.participants, shared, person('p', 'Also Alone')];
      await store.import([document]);
      expect(countRows(store).call_record_sessions).toBe(2);
      expect(names(store)).toContain('o: alone');
      await store.statistics.sumUp(10, 0);
      await store.statistics.tallyUp(10);
      expect(await store.delete(document.id)).toBe(true);
      await store.statistics.sumUp(10, 0);
      await store.statistics.tallyUp(10);
      expect(countRows(store)).toEqual({ ...before, call_record_changes: 3 });
      expect(names(store)).toEqual(['s: shared']);
    }));

  test('Who is forgotten while their calls are counted stands in no count', () =>
    withStore(open, async (store) => {
      for (let round = 1; round <= 20; round++) {
        await store.import([documentOf(round, { participants: [person(`p${round}`, 'Alone')] })]);
        await store.statistics.sumUp(10, 0);
        const counting = store.statistics.tallyUp(10);
        // Some rounds delete before the records are read, some after.
        for (let turns = 0; turns < round; turns++) await Promise.resolve();
        await Promise.all([counting, store.delete(guid(round))]);
        expect(countRows(store)).toMatchObject({ tallied_people: 0, known_identities: 0 });
      }
      await store.statistics.sumUp(10, 0);
      await store.statistics.tallyUp(10);
      expect(await store.verifySums(10)).toEqual([]);
    }));

  test('An hour in which another process erases somebody while it is counted is counted again', () =>
    withStore(open, async (store) => {
      await store.import([documentOf(1)]);
      await store.statistics.sumUp(10, 0);
      const other = new Database(store.location);
      const stop = store.onStatement(({ sql }) => {
        if (!sql.includes('as people')) return;
        other.exec(`insert into call_record_untallied (hour, marked_at) values ('2026-02-25T18', 1)`);
        stop();
      });
      expect(await store.statistics.tallyUp(10)).toBe(1);
      expect(await store.statistics.tallyUp(10)).toBe(1);
      expect(await store.statistics.tallyUp(10)).toBe(0);
      other.close();
    }));

  test('A name goes with the version that was the last to hold it', () =>
    withStore(open, async (store) => {
      await store.import([documentOf(1, { participants: [person('a', 'Before'), person('b', 'Kept')] })]);
      await store.import([documentOf(1, { version: 2n, participants: [person('a', 'After'), person('b', 'Kept')] })]);
      expect(names(store)).toEqual(['a: after', 'b: kept']);
      expect(countRows(store)).toMatchObject({ call_records: 1, call_record_identities: 2, call_record_people: 2 });
    }));

  test('Each create, update and delete is logged in its order, and what changes nothing is not', () =>
    withStore(open, async (store) => {
      const { id } = await store.create(inputOf(), { caller: 'a', idempotencyKey: null });
      await store.import([documentOf(1)]);
      await store.import([documentOf(1)]);
      await store.import([documentOf(1, { version: 2n })]);
      await store.delete(id);
      await store.delete(id);
      const expected = [`created ${id}`, `created ${guid(1)}`, `updated ${guid(1)}`, `deleted ${id}`];
      expect(changes(store)).toEqual(expected);
    }));

  for (const order of ['before', 'after']) {
    test(`A page of participants imported ${order} its record in one run makes all 143 of them`, async () => {
      const folder = await temporaryFolder();
      const url = `file:${join(folder, 'a.sqlite')}`;
      const fixtures = ['03-group-call-large', '03-group-call-large-participants-page-2'];
      if (order === 'before') fixtures.reverse();
      const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
      await importFiles(
        { databaseUrl: url },
        fixtures.map((name) => new URL(`../fixtures/graph/${name}.json`, import.meta.url).pathname),
      );
      expect(log.mock.calls.flat().join()).toContain('created 1, updated 1, unchanged 0, rejected 0');
      log.mockRestore();
      const store = await openStore(url);
      expect((await stored(store))[0]?.participants).toHaveLength(143);
      await store.close();
      await rm(folder, { recursive: true });
    });
  }
});

describe('A SQLite store whose file is locked by another process', () => {
  test('stores all that came meanwhile in one commit', () =>
    withStore(open, async (store) => {
      const other = new Database(store.location);
      other.exec('begin immediate');
      const creates: Promise<unknown>[] = [];
      const commits = await countCommits(store, async () => {
        for (let count = 0; count < 20; count++) {
          creates.push(store.create(inputOf(), { caller: 'a', idempotencyKey: null }));
          await new Promise(setImmediate);
        }
        other.close();
        await Promise.all(creates);
      });
      expect(commits).toBe(1);
      expect(await store.count(listQuery())).toBe(20);
    }));

  test('answers reads, and all creates that wait together fail together with SERVICE_UNAVAILABLE', () =>
    withStore(open, async (store) => {
      const { id } = await store.create(inputOf(), { caller: 'a', idempotencyKey: null });
      const other = new Database(store.location);
      other.exec('begin immediate');
      const creates = Array.from({ length: 4 }, () => store.create(inputOf(), { caller: 'a', idempotencyKey: null }));
      const failures: unknown[] = [];
      for (const create of creates) create.catch((error: unknown) => failures.push(error));
      expect((await store.list(listQuery())).records.map((record) => record.id)).toEqual([id]);
      const unavailable = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 };
      await expect(Promise.race(creates)).rejects.toMatchObject(unavailable);
      // No time for any of them to wait for the lock by itself.
      await new Promise(setImmediate);
      expect(failures).toMatchObject(creates.map(() => unavailable));
      other.exec('rollback');
      other.close();
      await expect(store.create(inputOf(), { caller: 'a', idempotencyKey: null })).resolves.toBeDefined();
      expect(await store.count(listQuery())).toBe(2);
    }));
});
