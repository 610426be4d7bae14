import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { keepPruned } from '../../src/server/change-log-pruning.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { documentOf } from '../support/opened-store.js';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await temporaryFolder();
  store = await openStore(`file:${join(folder, 'a.sqlite')}`);
  await store.import(Array.from({ length: 2_103 }, (_, number) => documentOf(number)));
  const database = new Database(store.location);
  database.exec(`update call_record_changes set changed_at = changed_at - 31 * 86400000 where sequence <= 2100`);
  database.close();
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the pruning until it logs something, or for a while; resolves to what it logged. */
async function prunedWith(days: number, pruned: Pick<Store, 'pruneChanges'> = store): Promise<object[]> {
  const end = new AbortController();
  const lines: object[] = [];
  const take = (line: object) => {
    lines.push(line);
    end.abort();
  };
  const log = { info: take, warn: take };
  const times = { firstAfterMs: 1, everyMs: 20 };
  const pruning = keepPruned(pruned, days, { log: log as never, signal: end.signal, ...times });
  const started = Date.now();
  while (lines.length === 0 && Date.now() - started < (days === 0 ? 100 : 10_000))
    await new Promise((resolve) => setTimeout(resolve, 5));
  end.abort();
  await pruning;
  return lines;
}

describe('The pruning of the change log', () => {
  test('removes what is older than CHANGE_LOG_DAYS, over several transactions, and says how much', async () => {
    expect(await prunedWith(30)).toEqual([{ removed: 2_100, days: 30 }]);
    expect((await store.changes(null, 10)).map(({ sequence }) => sequence)).toEqual([2_101n, 2_102n, 2_103n]);
  });

  test('removes nothing where CHANGE_LOG_DAYS is 0', async () => {
    expect(await prunedWith(0)).toEqual([]);
    expect((await store.changes(null, 1))[0]?.sequence).toBe(1n);
  });

  test('that fails is told, and tried again later', async () => {
    let failures = 0;
    const pruneChanges: Store['pruneChanges'] = async (...asked) => {
      if (failures++ === 0) throw new Error('busy');
      return store.pruneChanges(...asked);
    };
    expect(await prunedWith(30, { pruneChanges })).toEqual([{ err: new Error('busy') }]);
    expect(await prunedWith(30, { pruneChanges })).toEqual([{ removed: 2_100, days: 30 }]);
  });
});
