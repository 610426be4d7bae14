import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CommitElsewhere } from '../../src/store/handed-over.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../harness.js';
import { countCommits, guid, inputOf, listQuery, PEOPLE, stored } from './opened-store.js';

const keyed = (idempotencyKey: string | null) => ({ caller: 'alice', idempotencyKey });

let folder: string;
let url: string;
let writer: Store;
let stores: Store[];

/** As between processes: what goes over is a copy. */
const throughAnother: CommitElsewhere = async (items) =>
  structuredClone(await writer.commitCreates(structuredClone(items)));

beforeEach(async () => {
  folder = await temporaryFolder();
  url = `file:${join(folder, 'callrecords.sqlite')}`;
  writer = await openStore(url);
  stores = await Promise.all([1, 2].map(() => openStore(url, { commitCreates: throughAnother })));
});

afterEach(async () => {
  await Promise.all([...stores, writer].map((store) => store.close()));
  await rm(folder, { recursive: true, force: true });
});

describe('Stores that hand over their creates to the store of one process', () => {
  test('answer with records that are stored as they say', async () => {
    const [one] = stores as [Store];
    const record = await one.create(inputOf({ version: 2n ** 62n }), keyed(null));
    expect((await one.find([record.id], null, PEOPLE)).get(record.id)).toEqual(record);
    expect((await stored(writer)).map(({ id, version }) => [id, version])).toEqual([[record.id, 2n ** 62n]]);
  });

  test('share commits: creates of both that come while one is under way go into the next', async () => {
    const creates = () =>
      stores.flatMap((store) => Array.from({ length: 20 }, () => store.create(inputOf(), keyed(null))));
    const commits = await countCommits(writer, () => Promise.all(creates()));
    expect(await writer.count(listQuery())).toBe(40);
    expect(commits).toBeLessThan(10);
  });

  test('make one record of one key in both, and a CONFLICT of another input', async () => {
    const records = await Promise.all(stores.map((store) => store.create(inputOf(), keyed('k'))));
    expect(new Set(records.map(({ id }) => id)).size).toBe(1);
    const [one] = stores as [Store];
    await expect(one.create(inputOf({ version: 9n }), keyed('k'))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await writer.count(listQuery())).toBe(1);
  });

  test('fail those that cannot be stored, and no other of the same commit', async () => {
    const database = new Database(writer.location);
    database.exec(`create trigger refusing before insert on call_records when new.join_web_url = 'https://refused.example/'
      begin select raise(abort, 'refused'); end`);
    database.close();
    const [one, other] = stores as [Store, Store];
    const [kept, refused] = await Promise.allSettled([
      one.create(inputOf(), keyed(null)),
      other.create(inputOf({ joinWebUrl: 'https://refused.example/' }), keyed(null)),
    ]);
    expect(kept.status).toBe('fulfilled');
    expect(refused).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('refused') } });
    expect(await writer.count(listQuery())).toBe(1);
  });

  test('fail with SERVICE_UNAVAILABLE while the file is locked, or the other process is gone', async () => {
    const unavailable = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 };
    const [one] = stores as [Store];
    const locking = new Database(writer.location);
    locking.exec('begin immediate');
    await expect(one.create(inputOf(), keyed(null))).rejects.toMatchObject(unavailable);
    locking.close();
    const alone = await openStore(url, { commitCreates: () => Promise.reject(new Error('gone')) });
    await expect(alone.create(inputOf(), keyed(null))).rejects.toMatchObject(unavailable);
    await alone.close();
    expect(await writer.count(listQuery())).toBe(0);
  });

  test('answer what is under way before they close, and write all else themselves', async () => {
    const [one] = stores as [Store];
    const creating = one.create(inputOf(), keyed(null));
    stores.shift();
    await one.close();
    const { id } = await creating;
    const [other] = stores as [Store];
    expect(await other.delete(id)).toBe(true);
    expect(await other.delete(guid(1))).toBe(false);
  });
});
