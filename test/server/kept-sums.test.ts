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
  const tallied: number[] = [];
  const one = {
    tallyUp: async (limit: number) => {
      const some = await store.statistics.tallyUp(limit);
      tallied.push(some);
      if (some === 0) end.abort();
      return some;
    },
    sumUp: async (limit: number, quietMs: number) => {
      if (summed.push(limit) === 1) throw new Error('away');
      return store.statistics.sumUp(limit, quietMs);
    },
  };
  const log = { warn: (line: unknown) => warned.push(line) } as never;
  await keepSummed(one, { log, signal: end.signal, ...TIMES });
  expect(warned).toHaveLength(1);
  expect(summed).toHaveLength(4);
  expect(tallied.reduce((all, some) => all + some, 0)).toBe(28);
  expect(await store.statistics.sumUp(1, 0)).toBe(0);
  expect(await store.verifySums(10)).toEqual([]);
});
