import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { generateCallRecords } from '../../src/generate/records.js';
import { temporaryFolder } from '../support/harness.js';
import { run } from '../support/run.js';

let folder: string;
let path: string;
const env = () => ({ DATABASE_URL: `file:${path}` });

beforeAll(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'a.sqlite');
  const records = join(folder, 'records.ndjson');
  await writeFile(records, [...generateCallRecords({ count: 60, seed: 3, until: '2026-10-31' })].join('\n'));
  expect(await run(['import', records], { env: env() })).toMatchObject({ status: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function write(sql: string): number {
  const database = new Database(path);
  try {
    return database.prepare(sql).run().changes;
  } finally {
    database.close();
  }
}

describe('callrecords verify', () => {
  test('finds the sums of imported records, all of which the import has added up, to be those of a recount', async () => {
    expect(write('delete from call_record_unsummed')).toBe(0);
    expect(await run(['verify'], { env: env() })).toMatchObject({
      ...{ status: 0, stdout: `The sums of ${path} are those of its records.\n`, stderr: '' },
    });
  });

  test('ends with 1 and names the sums that are others, or missing', async () => {
    const hour = "(select min(slot) from call_record_sums where grain = 'hour')";
    write(`update call_record_sums set seconds = seconds + 1 where is_keyed = 0 and slot = ${hour}`);
    write(
      "delete from call_record_sums where is_keyed = 1 and slot = (select max(slot) from call_record_sums where grain = 'day')",
    );
    const { status, stderr } = await run(['verify'], { env: env() });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Other sums than a recount has: the day \S{10}, \w+\.\n/);
    expect(stderr).toMatch(/\nOther sums than a recount has: the hour \S{13}\.\n/);
    expect(stderr).toMatch(/callrecords: The sums of .* are not those of its records: statistics are wrong\.\n$/);
  });
});
