import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { generateCallRecords } from '../../src/generate/records.js';
import { type CallRecordDocument, Fetched } from '../../src/domain/document.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { documentOf, fixtureRecord, guid, inputOf, listQuery, stored } from '../support/opened-store.js';
import { run, start } from '../support/run.js';

const RECORDS = 1_500;
const env = { ALLOW_LOSSY_COMMITS: 'true' };

let postgres: TestPostgres;
let folder: string;
let source: string;
let files = 0;

const newFile = () => `file:${join(folder, `${files++}.sqlite`)}`;
const open = (url: string) => openStore(url, { allowLossyCommits: true });
const copy = (from: string, to: string) => run(['copy', '--from', from, '--to', to], { env });

async function using<Result>(url: string, work: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await open(url);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function drain(copying: AsyncGenerator<unknown>): Promise<void> {
  for await (const _step of copying);
}

beforeAll(async () => {
  postgres = await startPostgres(QUICK);
  folder = await temporaryFolder();
  source = newFile();
  const records = join(folder, 'records.ndjson');
  await writeFile(records, [...generateCallRecords({ count: RECORDS, seed: 3, until: '2026-10-31' })].join('\n'));
  expect(await run(['import', records], { env: { DATABASE_URL: source } })).toMatchObject({ status: 0 });
  await using(source, async (store) => {
    await store.import([await fixtureRecord('10-full-depth'), await fixtureRecord('08-unknown-enum-members')]);
    await store.import([documentOf(1, { organizer: { user: { id: 'x', displayName: 'tab\t"\\ \n\r {a,b} 🦉' } } })]);
    await store.create(inputOf(), { caller: 'a', idempotencyKey: 'k' });
    await store.import([documentOf(2)]);
    await store.delete(guid(2));
  });
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const counted = `${RECORDS + 4} records, 1 idempotency keys, ${RECORDS + 6} changes`;

describe('copy', () => {
  it('moves records, idempotency keys and the change log to PostgreSQL and back, and nothing differs', async () => {
    const [url, back] = [await postgres.create(), newFile()];
    const there = await copy(source, url);
    expect(there).toMatchObject({ status: 0, stderr: '' });
    expect(there.stdout).toContain(counted);
    const returned = await copy(url, back);
    expect(returned).toMatchObject({ status: 0, stderr: '' });
    const hash = / SHA-256 ([0-9a-f]{64})/;
    expect(hash.exec(returned.stdout)?.[1]).toBe(hash.exec(there.stdout)?.[1]);
    expect(await using(back, stored)).toEqual(await using(source, stored));
    // What is written there goes on as it would have gone on here: keys count, names are found, numbers follow.
    await using(url, async (store) => {
      const first = await store.create(inputOf(), { caller: 'a', idempotencyKey: 'k' });
      expect(await using(source, (from) => from.create(inputOf(), { caller: 'a', idempotencyKey: 'k' }))).toEqual(
        first,
      );
      expect(await store.count(listQuery({ filter: { organizer: { displayName: '{A,B}' } } }))).toBe(1);
      await store.delete(guid(1));
      const [change, ...more] = await store.changes(BigInt(RECORDS + 6), 10);
      expect({ change, more }).toEqual({
        change: expect.objectContaining({ sequence: BigInt(RECORDS + 7), recordId: guid(1), kind: 'deleted' }),
        more: [],
      });
    });
  });

  it('that is killed goes on in another run, and a run when all is there changes nothing', async () => {
    const url = await postgres.create();
    const child = start(['copy', '--from', source, '--to', url], { env });
    await using(url, async (store) => {
      while ((await store.count(listQuery())) === 0);
      child.kill('SIGKILL');
    });
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(await copy(source, url)).toMatchObject({ status: 0 });
    const rows = () => postgres.query(url, 'select xmin::text, id from call_records order by id');
    const before = await rows();
    expect(before).toHaveLength(RECORDS + 4);
    expect(await copy(source, url)).toMatchObject({ status: 0 });
    expect(await rows()).toEqual(before);
  });

  it('puts right what is damaged, and brings versions that are newer than those it brought before', async () => {
    const [from, to] = [newFile(), await postgres.create()];
    await using(from, (store) => store.import([documentOf(1, { version: 2n }), documentOf(2)]));
    expect(await copy(from, to)).toMatchObject({ status: 0 });
    await postgres.query(to, `update call_records set participants = '[{}]' where id = $1`, [guid(1)]);
    expect(await copy(from, to)).toMatchObject({ status: 0 });
    await using(from, (store) => store.import([documentOf(2, { version: 2n })]));
    expect(await copy(from, to)).toMatchObject({ status: 0 });
    expect(await using(to, stored)).toEqual(await using(from, stored));
  });

  describe.each([
    ['SQLite', async () => newFile()],
    ['PostgreSQL', () => postgres.create()],
  ])('to %s', (_engine, create) => {
    it.each<[string, (store: Store) => Promise<unknown>, RegExp]>([
      ['a record', (store) => store.import([documentOf(7)]), /holds the record \S+007 in version 1, which/],
      [
        'a newer version of a record',
        (store) => store.import([documentOf(1, { version: 2n })]),
        /holds the record \S+001 in version 2, which/,
      ],
      [
        'a change that completed a record of the same version',
        (store) => store.import([documentOf(1, { sessions: [{ id: 's' }], sessionsFetched: Fetched.wholly })]),
        /holds change 3 \(\S+001 updated\), which/,
      ],
      [
        'an idempotency key, and no more than that of a record',
        async (store) => {
          const { id } = await store.create(inputOf(), { caller: 'a', idempotencyKey: 'k' });
          await store.delete(id);
        },
        /holds an idempotency key, which/,
      ],
    ])('changes nothing where the target alone has %s', async (_what, work, reason) => {
      const [from, to] = [newFile(), await create()];
      await using(from, async (store) => {
        await store.import([documentOf(1), documentOf(4)]);
        await using(to, async (target) => {
          await drain(store.copyTo(target));
          await work(target);
        });
        await store.import([documentOf(2), documentOf(4, { version: 9n })]);
      });
      const held = () => using(to, async (store) => ({ documents: await stored(store), ...(await store.content()) }));
      const before = await held();
      const { status, stdout, stderr } = await copy(from, to);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(reason);
      expect(stderr).toMatch(/^callrecords: .*none of it was changed.*\n$/);
      expect(await held()).toEqual(before);
    });

    it('leaves a version alone that is stored while it runs and newer than its own', async () => {
      const to = await create();
      await using(source, (from) =>
        using(to, async (target) => {
          const copying = from.copyTo(target);
          await copying.next();
          const last = (await stored(from)).at(-1) as CallRecordDocument;
          const newer = { ...last, version: last.version + 1n };
          await target.import([newer]);
          await expect(drain(copying)).rejects.toThrow(`the record ${last.id} has a newer version there now`);
          expect((await stored(target)).at(-1)).toEqual(newer);
        }),
      );
    });
  });

  it('fails with both counts where what arrives is not what was sent', async () => {
    const [from, to] = [newFile(), newFile()];
    await using(from, (store) => store.import([documentOf(1)]));
    await using(to, (store) => store.check());
    const target = new Database(to.slice('file:'.length));
    target.exec(`create trigger lose after insert on call_record_changes begin delete from call_record_changes; end`);
    target.close();
    const { status, stdout, stderr } = await copy(from, to);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^callrecords: The stores differ: .* has 1 records, .* 1 changes; .* 0 changes\. .*\n$/);
  });

  it('names records that an import would refuse, brings all others, and these once their right copies are imported', async () => {
    const [from, to] = [newFile(), newFile()];
    const right = documentOf(1, { participants: [{ user: { id: 'a' } }] });
    const { id: created } = await using(from, async (store) => {
      await store.import([{ ...right, participants: [{ user: '@{id=a}' }] }, documentOf(2)]);
      return store.create(inputOf(), { caller: 'a', idempotencyKey: 'k' });
    });
    const { status, stdout, stderr } = await copy(from, to);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const [named, summary] = stderr.split('\n');
    expect(named).toBe(`${guid(1)}: left out: participants[0].user: Expected an object.`);
    expect(summary).toMatch(/^callrecords: .* has all of .* but 1 that an import would refuse: import right /);
    expect((await using(to, stored)).map(({ id }) => id).sort()).toEqual([guid(2), created].sort());
    const again = (store: Store) => store.create(inputOf(), { caller: 'a', idempotencyKey: 'k' });
    expect((await using(to, again)).id).toBe(created);
    await using(from, (store) => store.import([right]));
    expect(await copy(from, to)).toMatchObject({ status: 0, stderr: '' });
    expect(await using(to, stored)).toEqual(await using(from, stored));
    expect(await using(to, stored)).toContainEqual(right);
  });

  it('refuses a source that is not there, and a database that is no database, and shows no password', async () => {
    const missing = newFile();
    expect(await copy(missing, newFile())).toMatchObject({ status: 1, stdout: '' });
    expect(existsSync(missing.slice('file:'.length))).toBe(false);
    expect(await copy(source, source)).toMatchObject({ status: 1 });
    const wrong = await copy('mysql://me:secret@127.0.0.1/a', source);
    expect(wrong.status).toBe(2);
    const unreachable = await copy('postgres://me:secret@127.0.0.1:1/a', source);
    expect(unreachable).toMatchObject({ status: 1, stdout: '' });
    expect(unreachable.stderr).toMatch(/^callrecords: Cannot use the database postgres:\/\/127.0.0.1:1\/a: .*\n$/);
    expect(wrong.stderr + unreachable.stderr).not.toContain('secret');
  });
});

describe('backup', () => {
  it('makes one whole file of a database that is written meanwhile, as it was at one moment', async () => {
    const file = join(folder, 'backup.sqlite');
    const writing = await open(source);
    let done = false;
    let created = 0;
    const write = async () => {
      for (; !done; created++) await writing.create(inputOf(), { caller: 'a', idempotencyKey: null });
    };
    const writers = Promise.all([write(), write(), write()]);
    const { status, stdout, stderr } = await run(['backup', file], { env: { DATABASE_URL: source } });
    done = true;
    await writers;
    const all = await writing.count(listQuery());
    await writing.close();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const records = Number(/: (\d+) records, checked\.\n$/.exec(stdout)?.[1]);
    expect(records).toBeGreaterThan(RECORDS);
    expect(records).toBeLessThan(all);
    expect(created).toBeGreaterThan(0);
    // Opened as it lies there, without the files that stand beside a database in use.
    expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual(['backup.sqlite']);
    const copied = new Database(file, { readonly: true });
    expect(copied.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(copied.prepare('select count(*) from call_records').pluck().get()).toBe(records);
    expect(
      copied
        .prepare('select count(*) from call_records where id not in (select record_id from call_record_people)')
        .pluck()
        .get(),
    ).toBe(0);
    copied.close();
    await using(`file:${file}`, async (store) => expect((await store.content()).records).toBe(records));
  });

  it('overwrites no file, and leaves none behind where it fails', async () => {
    const taken = join(folder, 'taken');
    await writeFile(taken, 'mine');
    const refused = await run(['backup', taken], { env: { DATABASE_URL: source } });
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^callrecords: .*taken exists already.*\n$/);
    const damaged = join(folder, 'damaged.sqlite');
    await writeFile(damaged, 'no database '.repeat(1_000));
    const target = join(folder, 'never');
    expect(await run(['backup', target], { env: { DATABASE_URL: `file:${damaged}` } })).toMatchObject({ status: 1 });
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  it('of a database that is not there is refused, and makes none', async () => {
    const path = newFile().slice('file:'.length);
    const { status, stderr } = await run(['backup', `${path}.backup`], { env: { DATABASE_URL: `file:${path}` } });
    expect(status).toBe(1);
    expect(stderr).toBe(`callrecords: There is no database ${path}.\n`);
    expect([path, `${path}.backup`].filter(existsSync)).toEqual([]);
  });

  it('of PostgreSQL is refused with the tools that make one', async () => {
    const { status, stderr } = await run(['backup', join(folder, 'b')], {
      env: { ...env, DATABASE_URL: postgres.url('postgres') },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^callrecords: .*pg_dump.*\n$/);
  });
});
