import { execFile } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Asker } from '../../src/domain/asker.js';
import { CallRecordOrderField, DEFAULT_ORDER, OrderDirection } from '../../src/domain/filter.js';
import { Modality } from '../../src/domain/enums.js';
import type { CallRecordsError } from '../../src/domain/errors.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { fillRecords, RARE } from '../support/many-records.js';
import { guid, listQuery, PEOPLE } from '../support/opened-store.js';

const RECORDS = 200_000;

let folder: string;
let store: Store;

beforeAll(async () => {
  folder = await temporaryFolder();
  store = await openStore(`file:${join(folder, 'callrecords.sqlite')}`);
  fillRecords(store, RECORDS);
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** The order in which reads are answered that are asked at once. */
async function answered(reads: Record<string, () => Promise<unknown>>): Promise<string[]> {
  const order: string[] = [];
  await Promise.all(Object.entries(reads).map(([name, read]) => read().then(() => order.push(name))));
  return order;
}

const point = () => store.find([guid(7)], null, PEOPLE);

describe('A read that passes over every record', () => {
  const order = { field: CallRecordOrderField.START_DATE_TIME, direction: OrderDirection.DESC };
  const list = listQuery({ filter: RARE, order, limit: 20 });

  test.each<[string, () => Promise<unknown>]>([
    ['A count', () => store.count({ filter: RARE, visibleTo: null })],
    ['A page', () => store.list(list)],
    ['A page of texts', () => store.listTexts({ ...list, columns: ['type'] })],
    [
      'The question what lies before a page',
      () => store.hasOutside(list, { value: '2000-01-01T00:00:00', id: guid(0) }),
    ],
  ])('%s holds up no other', async (_what, long) => {
    const order = await answered({ long, first: point, second: async () => point().then(point), third: point });
    expect(order.at(-1)).toBe('long');
  });

  test('It gives what it would give otherwise, and tells the listeners of statements', async () => {
    const seen: string[] = [];
    const stop = store.onStatement(({ sql }) => seen.push(sql));
    expect(await store.count({ filter: RARE, visibleTo: null })).toBe(0);
    expect(await store.count({ filter: { modalities: { hasAny: [Modality.audio] } }, visibleTo: null })).toBe(RECORDS);
    const { rows, hasMore } = await store.listTexts({
      ...listQuery({ filter: { modalities: { hasAny: [Modality.audio] } }, order, limit: 2 }),
      columns: ['type'],
    });
    stop();
    expect([rows.map(({ id }) => id), hasMore]).toEqual([[guid(RECORDS - 1), guid(RECORDS - 2)], true]);
    expect(seen).toHaveLength(3);
  });

  test('Many at once are all answered, and closing waits for those under way', async () => {
    const other = await openStore(`file:${store.location}`);
    const counts = Array.from({ length: 6 }, () => other.count({ filter: RARE, visibleTo: null }));
    expect(await Promise.all(counts)).toEqual([0, 0, 0, 0, 0, 0]);
    const last = other.count({ filter: RARE, visibleTo: null });
    // By then the thread has it.
    await new Promise(setImmediate);
    await other.close();
    expect(await last).toBe(0);
    await expect(other.count({ filter: RARE, visibleTo: null })).rejects.toThrow();
  });

  test.each([
    ['in a file, goes on after closing', true, false],
    ['in a file, goes on after closing while a read is under way', false, false],
    ['as an argument, does the same', false, true],
  ])('A script %s', async (_what, waits, isArgument) => {
    const script = `
      import { openStore } from ${JSON.stringify(new URL('../../dist/store/store.js', import.meta.url))};
      const store = await openStore(${JSON.stringify(`file:${store.location}`)});
      const count = store.count({ filter: ${JSON.stringify(RARE)}, visibleTo: null }).then((records) => console.log(records));
      await ${waits ? 'count' : 'new Promise(setImmediate)'};
      await store.close();
      console.log('closed');`;
    const file = join(folder, 'count.mjs');
    await writeFile(file, script);
    const run = isArgument ? ['--input-type=module', '--eval', script] : [file];
    const { stdout } = await promisify(execFile)(process.execPath, run);
    expect(stdout).toBe('0\nclosed\n');
  });
});

describe('Of long reads that wait', () => {
  /** What becomes of so many that each caller asks for at once, all of whom go away then. */
  async function outcomes(callers: number, reads: number): Promise<Record<string, number>> {
    const answers = Array.from({ length: callers }, () => new PassThrough());
    const counts = answers.flatMap((answer, index) => {
      const asker = new Asker(`caller ${index}`, answer);
      return Array.from({ length: reads }, () => store.count({ filter: RARE, visibleTo: null, asker }));
    });
    // All have been asked for, and no thread has had a turn to answer.
    const settled = Promise.allSettled(counts);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    for (const answer of answers) answer.destroy();
    const tally: Record<string, number> = {};
    for (const one of await settled) {
      const { message, code, retryAfterSeconds } = one.status === 'rejected' ? (one.reason as CallRecordsError) : READ;
      const outcome = retryAfterSeconds === undefined ? message : `${code} ${retryAfterSeconds}`;
      tally[outcome] = (tally[outcome] ?? 0) + 1;
    }
    return tally;
  }
  const READ = { message: 'read', code: undefined, retryAfterSeconds: undefined };
  const GONE = 'Nobody waits for the answer any more.';

  test('a caller has 200 at most, and is told to come back with fewer', async () => {
    expect(await outcomes(2, 210)).toEqual({ read: 2, [GONE]: 400, 'RATE_LIMITED 1': 18 });
  });

  test('there are 1,000 at most of all callers', async () => {
    expect(await outcomes(6, 200)).toEqual({ read: 2, [GONE]: 1_000, 'SERVICE_UNAVAILABLE 1': 198 });
  });
});

test('Statements whose texts do not come again leave no memory taken, on a thread or beside', async () => {
  const script = `
    import { openStore } from ${JSON.stringify(new URL('../../dist/store/store.js', import.meta.url))};
    const store = await openStore(${JSON.stringify(`file:${store.location}`)});
    const list = ${JSON.stringify(listQuery({ filter: null, order: DEFAULT_ORDER, limit: 20 }))};
    const people = (count) => ({ participant: { id: Array.from({ length: count }, (_, index) => 'person ' + index) } });
    // None of the records, which an index tells.
    const ask = async (counts) => {
      const filter = { durationSeconds: { lt: 0 }, or: counts.map(people) };
      await store.listTexts({ ...list, filter, columns: ['type'] });
      await store.count({ filter, visibleTo: null });
    };
    const askMany = async (rounds, size) => {
      for (let round = 0; round < rounds; round++) await ask([size + (round % 30), size + Math.floor(round / 30), ...Array(8).fill(size)]);
    };
    await askMany(30, 10);
    const before = process.memoryUsage().rss;
    await askMany(100, 450);
    await askMany(150, 40);
    console.log(process.memoryUsage().rss - before);
    await store.close();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  // What SQLite makes of all these texts takes twice as much.
  expect(Number(stdout)).toBeLessThan(100 * 2 ** 20);
});
