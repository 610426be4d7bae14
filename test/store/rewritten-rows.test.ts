import fc from 'fast-check';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { parseJson } from '../../src/platform/json.js';
import type { Store } from '../../src/store/store.js';
import { documentOf, eraseFrom, stored } from '../support/opened-store.js';
import { type OwnDatabase, ownDatabases } from '../support/own-databases.js';
import { calls, personOf } from './contract/called-people.js';

const { inFile, onServer } = ownDatabases();

const PARTS = ['identities', 'people', 'sessions', 'streams'].map((part) => `call_record_${part}`);
const DRAWN = new Set(['revision', 'number']);

/** All rows of records, but for columns that are drawn by chance or counted. */
async function rowsOf(target: OwnDatabase): Promise<unknown> {
  const all: Record<string, string[]> = {};
  for (const table of ['call_records', 'known_identities', ...PARTS]) {
    const rows = await target.query(`select * from ${table}`);
    const texts = rows.map((row) => JSON.stringify(Object.entries(row).filter(([name]) => !DRAWN.has(name))));
    all[table] = texts.sort();
  }
  return all;
}

/** Expects the rows that a new store holds after an import of all that this one holds. */
async function expectRowsOfImport(target: OwnDatabase, store: Store, make: () => Promise<OwnDatabase>): Promise<void> {
  const other = await make();
  const imported = await other.open();
  await imported.import(await stored(store));
  await imported.close();
  expect(await rowsOf(target)).toEqual(await rowsOf(other));
}

async function stripAll(store: Store): Promise<number> {
  let records = 0;
  for await (const { stripped } of store.forgetting.prune()) records += stripped;
  return records;
}

describe.each([
  ['SQLite', inFile],
  ['PostgreSQL', onServer],
])('Records in %s from which something was taken', (_name, make) => {
  it('have the rows of an import of what is left, whoever was erased', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async ({ people, records }) => {
        const target = await make();
        const store = await target.open();
        try {
          await store.import(records.map((record) => readGraphRecord(parseJson(JSON.stringify(record)))));
          for (const { id } of people.slice(0, 2)) await eraseFrom(store, id);
          await expectRowsOfImport(target, store, make);
        } finally {
          await store.close();
        }
      }),
      { numRuns: 8 },
    );
  });

  it('have the rows of an import of what is left without personal details', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async ({ records }) => {
        const target = await make();
        const young = await target.open();
        await young.import(records.map((record) => readGraphRecord(parseJson(JSON.stringify(record)))));
        await young.close();
        const store = await target.open({ personalDetailDays: 1 });
        try {
          await stripAll(store);
          await expectRowsOfImport(target, store, make);
        } finally {
          await store.close();
        }
      }),
      { numRuns: 4 },
    );
  });

  it('have the rows of an import also where earlier rules had judged them', async () => {
    const target = await make();
    const { id, network } = personOf('user', 7);
    const sides = { caller: { associatedIdentity: { id } } };
    const streams = [{ averageJitter: 'PT0.04S', packetUtilization: 900 }];
    const media = [{ label: 'main-audio', callerNetwork: network, streams }];
    const session = { ...sides, segments: [{ ...sides, media }] };
    const store = await target.open();
    await store.import([documentOf(1, { sessions: [session], sessionsFetched: 2 })]);
    await target.query('update call_records set quality_rules = 0, quality_bits = 1, poor_streams = 0');
    await target.query('update call_record_people set poor_streams = 9 where poor_streams is not null');
    await target.query('update call_record_streams set place = place + 9, poor_streams = 9');
    expect(await eraseFrom(store, id)).toBe(1);
    await expectRowsOfImport(target, store, make);
    await store.close();
  });
});
