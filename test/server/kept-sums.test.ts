import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keepSummed } from '../../src/server/kept-sums.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { documentOf } from '../support/opened-store.js';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await temporaryFolder();
  store = await openStore(`file:${join(folder, 'a.sqlite')}`);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const TIMES = { firstAfterMs: 0, everyMs: 1, quietMs: 0 };

test('A server adds up what was written, some hours at a time, goes on after a failure, and ends with its signal', async () => {
  const days = Array.from({ length: 28 }, (_, day) => `2026-02-${String(day + 1).padStart(2, '0')}T12:00:00`);
  await store.import(days.map((startDateTime, number) => documentOf(number, { startDateTime })));
  const end = new AbortController();
  const warned: unknown[] = [];
  const summed: number[] = [];
  const one = {
    isUnsummed: (quietMs: number) => store.isUnsummed(quietMs),
    sumUp: async (limit: number, quietMs: number) => {
      if (summed.push(limit) === 1) throw new Error('away');
      const some = await store.sumUp(limit, quietMs);
      if (!(await store.isUnsummed(0))) end.abort();
      return some;
    },
  };
  const log = { warn: (line: unknown) => warned.push(line) } as never;
  await keepSummed(one, { log, signal: end.signal, ...TIMES });
  expect(warned).toHaveLength(1);
  expect(summed).toHaveLength(3);
  expect(await store.isUnsummed(0)).toBe(false);
  expect(await store.verifySums(10)).toEqual([]);
});
