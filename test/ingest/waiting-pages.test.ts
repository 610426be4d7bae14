import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { ImportSummary } from '../../src/cli/import-summary.js';
import { type PageLimits, WaitingPages } from '../../src/ingest/waiting-pages.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';

const LIMITS: PageLimits = { recent: 20, together: 10, withoutRecord: 30 };
const TIMES = { startDateTime: '2026-01-01T10:00:00Z', endDateTime: '2026-01-01T11:00:00Z' };
const idOf = (number: number) => `3d2f4a10-0000-4000-8000-${String(number).padStart(12, '0')}`;

let folder: string;
let store: Store;
let summary: ImportSummary;
let pages: WaitingPages;
let said: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  store = await openStore(`file:${join(folder, 'a.sqlite')}`);
  summary = new ImportSummary();
  pages = new WaitingPages(store, summary, LIMITS);
  said = [];
  jest.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const storeRecord = (number: number, version = 1) =>
  store.import([readGraphRecord({ id: idOf(number), version, ...TIMES })]);

/** As an import does with a record that comes between pages. */
async function meetRecord(number: number, version: number): Promise<void> {
  if (pages.meet({ id: idOf(number), version: BigInt(version) })) await pages.importOfVersions();
  await storeRecord(number, version);
}

/** Brings a page of ten bytes with one session, and imports what is due. */
async function bring(number: number, session: string): Promise<void> {
  const part = { id: idOf(number), part: 'sessions' as const, sessions: [{ id: session }] };
  pages.add({ part, bytes: 10, place: { file: 'a.json', line: Number(session) } });
  if (pages.areDue) await pages.importOldest();
}

async function sessionsOf(number: number): Promise<unknown> {
  const found = await store.findDocument(idOf(number), { visibleTo: null, sessions: true });
  return found?.document.sessions.map(({ id }) => id);
}

describe('Pages of parts', () => {
  test('All but the recent ones are added to records that are stored as they come, and all at the end', async () => {
    await storeRecord(1);
    for (const session of ['1', '2']) await bring(1, session);
    expect(await sessionsOf(1)).toEqual([]);
    for (const session of ['3', '4', '5']) await bring(1, session);
    expect(await sessionsOf(1)).toEqual(['1', '2', '3']);
    await pages.finish();
    expect(await sessionsOf(1)).toEqual(['1', '2', '3', '4', '5']);
    expect(summary.rejected).toBe(0);
  });

  test('Those of a record that comes later are added in their order, wherever it comes among them', async () => {
    for (const [at, session] of ['1', '2', '3', '4', '5', '6'].entries()) {
      if (at === 4) await storeRecord(1);
      await bring(1, session);
    }
    await pages.finish();
    expect(await sessionsOf(1)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('Of those whose record is not stored, as many wait as the limit allows, and the others are rejected', async () => {
    await storeRecord(2);
    for (const session of ['1', '2', '3', '4', '5', '6']) await bring(1, session);
    await bring(2, '7');
    await bring(2, '8');
    await storeRecord(1);
    await pages.finish();
    expect([await sessionsOf(1), await sessionsOf(2)]).toEqual([
      ['1', '2', '3'],
      ['7', '8'],
    ]);
    expect(summary.rejected).toBe(3);
    expect(said[0]).toBe(
      `a.json:4: rejected: a page of sessions of the record ${idOf(1)}, which is not stored, ` +
        'and 0.00003 MB of such pages wait already: import the records first',
    );
  });

  test('Each belongs to the version that came before it, and those before any to the first', async () => {
    await bring(1, '1');
    await meetRecord(1, 1);
    await bring(1, '2');
    await meetRecord(1, 2);
    expect(await sessionsOf(1)).toEqual(['1', '2']);
    await bring(1, '3');
    await meetRecord(1, 2);
    await pages.finish();
    expect(await sessionsOf(1)).toEqual(['3']);
  });

  test('Those of a version that was superseded before are no news', async () => {
    await storeRecord(1, 2);
    await meetRecord(1, 1);
    await bring(1, '1');
    await pages.finish();
    expect([await sessionsOf(1), summary.rejected, said]).toEqual([[], 0, []]);
  });

  test('Those of a record or version that was rejected are rejected too, though another one is stored', async () => {
    await meetRecord(1, 1);
    pages.meetRejected(idOf(1));
    await bring(1, '1');
    pages.meet({ id: idOf(1), version: 2n });
    await bring(1, '2');
    await pages.finish();
    expect(await sessionsOf(1)).toEqual([]);
    expect(said).toEqual([
      `a.json:1: rejected: a page of sessions of the record ${idOf(1)}, which was rejected`,
      `a.json:2: rejected: a page of sessions of the record ${idOf(1)}, which is not stored`,
    ]);
  });

  test('At the end those whose record has not come are rejected', async () => {
    await bring(1, '1');
    await pages.finish();
    expect(said).toEqual([`a.json:1: rejected: a page of sessions of the record ${idOf(1)}, which is not stored`]);
  });
});
