import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import type { CallRecordDocument } from '../../src/domain/document.js';
import { generateCallRecords } from '../../src/generate/records.js';
import { parseJson } from '../../src/platform/json.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { documentOf, listQuery } from '../support/opened-store.js';

const RECORDS = 1_200;
const BATCH = 200;
const BATCHES = RECORDS / BATCH;
const lines = [...generateCallRecords({ count: RECORDS, seed: 3, until: '2026-10-31' })];

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'callrecords.sqlite');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (fills = false) => openStore(`file:${path}`, { fills });

function records(): CallRecordDocument[] {
  return lines.map((line) => readGraphRecord(parseJson(line)));
}

function query<Row>(sql: string): Row[] {
  const database = new Database(path, { readonly: true, timeout: 100 });
  try {
    return database.prepare(sql).all() as Row[];
  } finally {
    database.close();
  }
}

const TABLES = ['call_record_identities', 'call_record_people', 'call_record_streams', 'known_identities'];

/** All that is defined and, of the tables that a fill writes in another way, the rows, as their number and a hash. */
function everything(): unknown {
  return {
    schema: query('select type, name, tbl_name, sql from sqlite_master order by type, name'),
    rows: TABLES.map((table) => {
      const columns = query<{ name: string }>(`select name from pragma_table_info('${table}')`);
      const names = columns.map(({ name }) => name).filter((name) => name !== 'number');
      const rows = query(`select ${names.join()} from ${table} order by ${names.join()}`);
      return { table, count: rows.length, hash: createHash('sha256').update(JSON.stringify(rows)).digest('hex') };
    }),
    check: query('pragma integrity_check'),
  };
}

/** What a store holds that takes records one batch after the other. */
async function filledAsEver(batches: readonly CallRecordDocument[][]): Promise<unknown> {
  const store = await open();
  for (const batch of batches) await store.import(batch);
  await store.close();
  const all = everything();
  await rm(path);
  return all;
}

async function fill(store: Store, batches: readonly CallRecordDocument[][]): Promise<void> {
  for (const batch of batches) await store.import(batch);
  await store.endFilling();
}

/** Fills a database with what it reads, tells of each batch that is committed and, at last, that it puts all in order. */
const FILL = `
  import { readFileSync, writeSync } from 'node:fs';
  const [openStore, readGraphRecord, parseJson] = (await Promise.all(process.argv.slice(1, 4).map((url) => import(url)))).map(
    (module) => module.openStore ?? module.readGraphRecord ?? module.parseJson,
  );
  const records = readFileSync(process.argv[4], 'utf8').split('\\n').map((line) => readGraphRecord(parseJson(line)));
  const store = await openStore(process.argv[5], { fills: true });
  for (let start = 0; start < records.length; start += ${BATCH}) {
    await store.import(records.slice(start, start + ${BATCH}));
    writeSync(1, 'a batch\\n');
  }
  await store.endFilling();
  writeSync(1, 'all in order\\n');
`;
const MODULES = ['store/store', 'domain/graph-payload', 'platform/json'].map(
  (name) => new URL(`../../dist/${name}.js`, import.meta.url).href,
);

/** Fills in another process, which is killed so long after it has committed so many batches. */
async function fillUntilKilled(batches: number, afterMs: number): Promise<void> {
  const file = join(folder, 'records.ndjson');
  await writeFile(file, lines.join('\n'));
  const child = spawn(process.execPath, ['--input-type=module', '-e', FILL, ...MODULES, file, `file:${path}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [output, isDying] = ['', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (isDying || output.split('\n').length <= batches) return;
    isDying = true;
    setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  await new Promise((resolve) => child.on('close', resolve));
  expect(output.split('\n').length).toBeGreaterThan(batches);
}

describe('The first fill of an empty SQLite database', () => {
  test('leaves what records imported one batch after the other leave', async () => {
    const all = records();
    const batches = [all.slice(0, 500), all.slice(500)];
    const expected = await filledAsEver(batches);
    const store = await open(true);
    await fill(store, batches);
    expect(query(`select name from sqlite_master where name like 'filling%'`)).toEqual([]);
    await store.close();
    expect(everything()).toEqual(expected);
  });

  test('takes newer versions of its own records', async () => {
    const person = (id: string) => ({ user: { id, displayName: `Name of ${id}` } });
    const batches = [
      [documentOf(1, { participants: [person('a')] }), documentOf(2, { participants: [person('b')] })],
      [documentOf(1, { version: 2n, participants: [person('c')] })],
      [documentOf(3, { participants: [person('a')] })],
    ];
    const expected = await filledAsEver(batches);
    const store = await open(true);
    await fill(store, batches);
    await store.close();
    expect(everything()).toEqual(expected);
  });

  // While records come in, and as they are put in order.
  for (const [batches, afterMs] of [[2, 5], ...[0, 20, 60].map((ms) => [BATCHES, ms])] as [number, number][])
    test(`A kill -9 ${afterMs} ms after the commit of batch ${batches} loses none, and who opens the file next ends it`, async () => {
      await fillUntilKilled(batches, afterMs);
      await (await open()).close();
      const all = records();
      const stored = query<{ n: number }>('select count(*) as n from call_records')[0]?.n as number;
      expect(stored).toBeGreaterThanOrEqual(batches * BATCH);
      const found = everything();
      await rm(path);
      const expected = Array.from({ length: stored / BATCH }, (_, index) =>
        all.slice(index * BATCH, (index + 1) * BATCH),
      );
      expect(found).toEqual(await filledAsEver(expected));
    });

  test('lets nobody open the file before it has ended, and everybody then', async () => {
    const store = await open(true);
    await store.import(records().slice(0, 10));
    expect(() => query('select 1 from call_records')).toThrow('database is locked');
    await store.endFilling();
    expect(query('select count(*) as n from call_records')).toEqual([{ n: 10 }]);
    await store.close();
  });

  test('Where another process has the file open, or there are records, they are imported as ever', async () => {
    const other = await open();
    for (const [start, end] of [
      [0, 10],
      [10, 20],
    ] as const) {
      const store = await open(true);
      await store.import(records().slice(start, end));
      expect(await other.count(listQuery())).toBe(end);
      expect(query(`select name from sqlite_master where name like 'filling%'`)).toEqual([]);
      // Who has not locked others out waits for none of them.
      const writing = new Database(path);
      writing.exec('begin immediate');
      await store.endFilling();
      writing.close();
      await store.close();
    }
    await other.close();
    const store = await open(true);
    expect(query('select count(*) as n from call_records')).toEqual([{ n: 20 }]);
    await store.close();
  });
});
