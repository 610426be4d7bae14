import { spawn } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import type { CallRecordDocument } from '../../src/domain/document.js';
import type { Change } from '../../src/store/changes/change-log.js';
import { openStore, type Store } from '../../src/store/store.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { type Cut, startProxy } from '../support/postgres-proxy.js';
import { countCommits, documentOf, guid, inputOf, listQuery, PEOPLE, stored } from '../support/opened-store.js';

const STORE = new URL('../../dist/store/store.js', import.meta.url).href;
const keyed = (idempotencyKey: string | null) => ({ caller: 'alice', idempotencyKey });

let postgres: TestPostgres;
let url: string;
let stores: Store[];

const openAll = (target: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => openStore(target, { allowLossyCommits: true, connections: 4 })));

beforeAll(async () => {
  postgres = await startPostgres({ ...QUICK, deadlock_timeout: '20ms' });
  await (await openStore(await postgres.create(), { allowLossyCommits: true })).close();
});

afterAll(() => postgres.stop());

beforeEach(async () => {
  url = await postgres.create('test_1');
  stores = [];
});

afterEach(() => Promise.all(stores.map((store) => store.close())));

/** Stores on one database: each has connections and a queue of its own, as if each were in a process of its own. */
async function several(count: number): Promise<Store[]> {
  stores = await openAll(url, count);
  return stores;
}

async function one(): Promise<Store> {
  return (await several(1))[0] as Store;
}

/** A record with rows in every table. */
const attended = (number: number, changes: Partial<CallRecordDocument> = {}) =>
  documentOf(number, {
    organizer: { user: { id: 'a', displayName: 'Anna' } },
    participants: [{ user: { id: 'b', displayName: 'Ben' } }, { phone: { id: '+14255550123' } }],
    sessions: [{ id: 's' }],
    ...changes,
  });

/** Makes a statement of the server's fail, some times and then no more, as it does when transactions meet. */
async function failing(times: number, code: string, when: string): Promise<void> {
  await postgres.query(
    url,
    `create sequence failures;
     create function fail() returns trigger language plpgsql as $$ begin
       if nextval('failures') <= ${times} then raise exception using errcode = '${code}'; end if;
       return new;
     end $$;
     create constraint trigger failing after insert on call_records deferrable ${when} for each row execute function fail()`,
  );
}

const attemptsOf = async (store: Store, work: () => Promise<unknown>) => {
  let begun = 0;
  const stop = store.onStatement(({ sql }) => (begun += sql === 'begin' ? 1 : 0));
  await work();
  stop();
  return begun;
};

const CREATE_KEYED = `
  const { openStore } = await import(process.argv[1]);
  const store = await openStore(process.argv[2], { allowLossyCommits: true });
  const input = JSON.parse(process.argv[3], (name, value) => (name === 'version' ? BigInt(value) : value));
  const keys = Array.from({ length: 40 }, (_, index) => String(index)).sort(() => Math.random() - 0.5);
  const create = async (key) => [key, (await store.create(input, { caller: 'a', idempotencyKey: key })).id];
  console.log(JSON.stringify(Object.fromEntries(await Promise.all(keys.map(create)))));
  await store.close();
`;

describe('Several processes on one PostgreSQL', () => {
  test('that create with the same keys at the same time get the same records, one for each key', async () => {
    const input = JSON.stringify({ ...inputOf(), version: 1 });
    const outputs = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', CREATE_KEYED, STORE, url, input]);
        let said = '';
        child.stdout.on('data', (data: Buffer) => (said += data.toString()));
        child.stderr.on('data', (data: Buffer) => (said += data.toString()));
        await once(child, 'close');
        return JSON.parse(said) as Record<string, string>;
      }),
    );
    const [first] = outputs as [Record<string, string>];
    expect(new Set(Object.values(first)).size).toBe(40);
    for (const output of outputs) expect(output).toEqual(first);
    expect(await (await one()).count(listQuery())).toBe(40);
  });

  test('see each what another has answered, at once and in every way of reading', async () => {
    const [writer, reader] = (await several(2)) as [Store, Store];
    for (let round = 0; round < 10; round++) {
      const { id } = await writer.create(inputOf(), keyed(null));
      expect((await reader.find([id], null, PEOPLE)).has(id)).toBe(true);
      expect((await reader.list(listQuery({ limit: 1, filter: { id: [id] } }))).records).toHaveLength(1);
      expect((await reader.changes(BigInt(round), 10)).map(({ recordId }) => recordId)).toEqual([id]);
    }
  });

  test('that import versions of one record at the same time end with the highest, and log each step up once', async () => {
    const writers = await several(4);
    const outcomes = await Promise.all(
      writers.flatMap((store, index) =>
        Array.from({ length: 5 }, (_, round) =>
          store.import([attended(1, { version: BigInt(round * 4 + index + 1) })]),
        ),
      ),
    );
    const changed = outcomes.flat().filter((outcome) => outcome !== 'unchanged');
    expect(changed.filter((outcome) => outcome === 'created')).toHaveLength(1);
    const [store] = writers as [Store];
    expect((await stored(store))[0]?.version).toBe(20n);
    const kinds = (await store.changes(null, 100)).map(({ kind }) => kind);
    expect(kinds).toEqual(['created', ...Array.from({ length: changed.length - 1 }, () => 'updated')]);
  });

  test('that delete one record at the same time are told once that it was there', async () => {
    const writers = await several(4);
    await writers[0]?.import([documentOf(1)]);
    const results = await Promise.all(writers.map((store) => store.delete(guid(1))));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await writers[0]?.changes(null, 10))?.map(({ kind }) => kind)).toEqual(['created', 'deleted']);
  });

  test('store a record whose name another is just adding', async () => {
    const store = await one();
    const other = new pg.Client(url);
    await other.connect();
    try {
      await other.query(
        `begin; insert into known_identities values ('${guid(1)}', 'user', 'new to all', '', 'new to all')`,
      );
      const statements: string[] = [];
      store.onStatement(({ sql }) => statements.push(sql));
      const created = store.create(
        { ...inputOf(), participants: [{ user: { id: guid(1), displayName: 'New to all' } }] },
        keyed(null),
      );
      const waiting = `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      while ((await other.query<{ count: number }>(waiting)).rows[0]?.count === 0) await new Promise(setImmediate);
      await other.query('commit');
      const { id } = await created;
      // In one step the name is neither added nor seen, so nothing would keep others from forgetting it.
      expect(statements).toContain('commit');
      const named = listQuery({ filter: { participant: { displayName: 'new to' } } });
      expect((await store.list(named)).records.map((record) => record.id)).toEqual([id]);
    } finally {
      await other.end();
    }
  });

  test('forget a name whose last two records two remove at the same time', async () => {
    const [one, other] = (await several(2)) as [Store, Store];
    const organizer = { user: { id: 'x', displayName: 'Rare Name' } };
    await one.import([documentOf(1, { organizer }), documentOf(2, { organizer })]);
    const blocker = new pg.Client(url);
    await blocker.connect();
    try {
      // What a removal writes last.
      await blocker.query('begin; lock table unnumbered_changes in exclusive mode');
      const renamed = documentOf(2, { version: 2n, organizer: { user: { id: 'x' } } });
      const removing = Promise.all([one.delete(guid(1)), other.import([renamed])]);
      const waiting = `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      while ((await blocker.query<{ count: number }>(waiting)).rows[0]?.count !== 2) await new Promise(setImmediate);
      await blocker.query('commit');
      expect(await removing).toEqual([true, ['updated']]);
    } finally {
      await blocker.end();
    }
    expect(await postgres.query(url, 'select display_name as name from known_identities')).toEqual([{ name: '' }]);
  });

  test('keep a name findable that one forgets while another stores a record with it', async () => {
    const [one, other] = (await several(2)) as [Store, Store];
    const organizer = { user: { id: 'x', displayName: 'Rare Name' } };
    for (let round = 0; round < 25; round++) {
      await one.import([documentOf(1, { version: BigInt(round + 1), organizer })]);
      await Promise.all([one.delete(guid(1)), other.import([documentOf(100 + round, { organizer })])]);
      expect(await one.count(listQuery({ filter: { organizer: { displayName: 'rare' } } }))).toBe(1);
      await one.delete(guid(100 + round));
      expect(await postgres.query(url, 'select * from known_identities')).toEqual([]);
    }
  });
});

/** As clients do who are told to try again later: four who write the same records keep each other waiting. */
async function insist<Result>(write: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if ((error as { code?: string }).code !== 'SERVICE_UNAVAILABLE') throw error;
    }
  }
}

describe('The change log', () => {
  test('shows nothing late: two that read it while four processes write get all changes, in the order of the whole log', async () => {
    const writers = await several(6);
    const readers = writers.splice(4);
    let writing = true;
    const write = async (store: Store, index: number) => {
      for (let round = 0; round < 12; round++) {
        const documents = [
          documentOf(round % 3, { version: BigInt(round * 4 + index) }),
          documentOf(50 + index * 20 + round),
        ];
        await Promise.all([
          insist(() => store.create(inputOf(), keyed(null))),
          insist(() => store.import(documents)),
          insist(() => store.delete(guid((round + index) % 3))),
        ]);
      }
    };
    const written = Promise.all(writers.map(write)).finally(() => (writing = false));
    const follow = async (reader: Store) => {
      const read: Change[] = [];
      for (;;) {
        const last = !writing;
        const more = await reader.changes(read.at(-1)?.sequence ?? null, 7);
        read.push(...more);
        if (last && more.length === 0) return read;
      }
    };
    const [read, other] = (await Promise.all(readers.map(follow))) as [Change[], Change[]];
    await written;
    const [reader] = readers as [Store];
    expect(read).toEqual(await reader.changes(null, 10_000));
    expect(other).toEqual(read);
    expect(read.map(({ sequence }) => sequence)).toEqual(read.map((_, index) => BigInt(index + 1)));
    const state = new Map<string, string>();
    for (const { recordId, kind } of read) {
      const before = state.get(recordId) ?? 'deleted';
      expect([before === 'deleted', kind]).toEqual([kind === 'created', kind]);
      state.set(recordId, kind);
    }
    const left = [...state].filter(([, kind]) => kind !== 'deleted').map(([id]) => id);
    expect((await stored(reader)).map(({ id }) => id)).toEqual(left.sort());
  });

  test('shows a change that was written first and committed last, after what was read meanwhile', async () => {
    const [store] = (await several(1)) as [Store];
    const slow = new pg.Client(url);
    await slow.connect();
    await slow.query('begin');
    await slow.query(`insert into unnumbered_changes values (statement_timestamp(), 0, 'slow', 'created', 1)`);
    await store.import([documentOf(1)]);
    const before = await store.changes(null, 10);
    expect(before.map(({ recordId }) => recordId)).toEqual([guid(1)]);
    await slow.query('commit');
    await slow.end();
    const after = await store.changes(before[0]?.sequence ?? null, 10);
    expect(after.map(({ recordId }) => recordId)).toEqual(['slow']);
  });
});

describe('A transaction that the server rolls back on account of another', () => {
  for (const [code, name] of [
    ['40001', 'serialisation failure'],
    ['40P01', 'deadlock'],
  ] as const) {
    for (const [when, moment] of [
      ['initially immediate', 'a statement'],
      ['initially deferred', 'the commit'],
    ] as const) {
      test(`is tried again after a ${name} at ${moment}, up to three times, and applied once`, async () => {
        const store = await one();
        await failing(3, code, when);
        expect(await attemptsOf(store, () => store.create(inputOf(), keyed('k')))).toBe(4);
        expect(await store.count(listQuery())).toBe(1);
        expect(await store.changes(null, 10)).toHaveLength(1);
      });
    }
  }

  test('is given up after the third repetition, with SERVICE_UNAVAILABLE and nothing written', async () => {
    const store = await one();
    await failing(4, '40001', 'initially deferred');
    const unavailable = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 };
    const attempts = await attemptsOf(store, () =>
      expect(store.create(inputOf(), keyed('k'))).rejects.toMatchObject(unavailable),
    );
    expect(attempts).toBe(4);
    expect(await store.count(listQuery())).toBe(0);
    await expect(store.create(inputOf(), keyed('k'))).resolves.toBeDefined();
  });

  test('is tried again in a database whose transactions are all serializable', async () => {
    await postgres.query(
      postgres.url('postgres'),
      `alter database ${new URL(url).pathname.slice(1)} set default_transaction_isolation = serializable`,
    );
    const [first, second] = (await several(2)) as [Store, Store];
    for (let round = 1; round <= 10; round++) {
      const version = BigInt(round);
      const outcomes = await Promise.all([first, second].map((store) => store.import([documentOf(1, { version })])));
      expect(outcomes.flat().sort()).toEqual([round === 1 ? 'created' : 'updated', 'unchanged'].sort());
    }
  });
});

describe('A connection that is cut', () => {
  const CUTS: [Cut, number][] = [
    ['before commit', 0],
    ['before its answer', 1],
  ];
  for (const [cut, stored] of CUTS) {
    test(`${cut} makes the create fail with SERVICE_UNAVAILABLE; repeated with its key it leaves exactly one record`, async () => {
      const proxy = await startProxy(postgres.port);
      const store = await openStore(url.replace(`:${postgres.port}/`, `:${proxy.port}/`), { allowLossyCommits: true });
      proxy.cutNext(cut);
      const commits = await countCommits(store, () =>
        expect(store.create(inputOf(), keyed('k'))).rejects.toMatchObject({
          code: 'SERVICE_UNAVAILABLE',
          retryAfterSeconds: 1,
        }),
      );
      // It is not known whether it was applied, so the store does not try again by itself.
      expect(commits).toBe(1);
      expect(await postgres.query(url, 'select id from call_records')).toHaveLength(stored);
      const { id } = await store.create(inputOf(), keyed('k'));
      expect(await store.create(inputOf(), keyed('k'))).toMatchObject({ id });
      expect(await postgres.query(url, 'select id from call_records')).toEqual([{ id }]);
      expect(await store.changes(null, 10)).toHaveLength(1);
      await store.close();
      await proxy.close();
    });
  }
});
