import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphQLSchema } from 'graphql';
import { parseChangeCursor } from '../../src/domain/change.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { exportTables, type ExportRequest, type Manifest, type Watch } from '../../src/export/export-tables.js';
import { buildCallRecordsSchema } from '../../src/graphql/schema.js';
import { openStore, type Store } from '../../src/store/store.js';
import { run } from '../support/run.js';

import { temporaryFolder } from '../support/harness.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { documentOf, fixtureRecords, guid } from '../support/opened-store.js';
import { parquetMetadata, readManifest, readTable, type Row } from './reading.js';

const FIXTURES = [
  ...['01-peer-to-peer-audio', '02-group-call-three-participants', '03-group-call-large', '04-pstn-inbound'],
  ...['05-mixed-identities', '06-precision', '08-unknown-enum-members', '09-nulls-everywhere', '10-full-depth'],
];
const TABLES = ['calls', 'participants', 'sessions', 'segments', 'streams'];
const quietly: Watch = (records) => records;

let postgres: TestPostgres;
let schema: GraphQLSchema;
let folder: string;
let store: Store;
let count = 0;
beforeAll(async () => {
  [postgres, schema] = await Promise.all([startPostgres(QUICK), buildCallRecordsSchema()]);
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Exports to a new folder; gives that. */
async function exported(request: Partial<ExportRequest> = {}, watch = quietly): Promise<string> {
  const out = join(folder, `out-${count++}`);
  await exportTables(
    store,
    schema,
    { folder: out, format: 'parquet', isForExcel: false, since: null, ...request },
    watch,
  );
  return out;
}

async function importFixtures(): Promise<void> {
  for (const name of FIXTURES) await store.import(await fixtureRecords(name));
}

const ids = (rows: Row[], column = 'id') => rows.map((row) => row[column]);

describe.each(['SQLite', 'PostgreSQL'])('An export of tables from %s', (engine) => {
  beforeEach(async () => {
    const url = engine === 'SQLite' ? `file:${join(folder, 'data.sqlite')}` : await postgres.create();
    store = await openStore(url, { allowLossyCommits: true });
  });

  test('has in CSV and in Parquet the same values, down to each stream, under keys that are unique and belong together', async () => {
    await importFixtures();
    const [csv, parquet] = [await exported({ format: 'csv' }), await exported()];
    const keys: Record<string, string[]> = { calls: ['id'] };
    const places = ['sessionPosition', 'segmentPosition', 'mediaPosition', 'streamPosition'];
    for (const [index, name] of ['sessions', 'segments', 'streams'].entries())
      keys[name] = ['callId', ...places.slice(0, name === 'streams' ? 4 : index + 1)];
    keys.participants = ['callId', 'participantPosition'];
    const tables = new Map<string, Row[]>();
    for (const name of TABLES) {
      const rows = await readTable(parquet, name);
      expect(await readTable(csv, name)).toEqual(rows);
      tables.set(name, rows);
      const seen = rows.map((row) => (keys[name] as string[]).map((key) => row[key]).join(' '));
      expect(new Set(seen).size).toBe(rows.length);
      expect(rows.length).toBeGreaterThan(1);
    }
    const calls = new Set(ids(tables.get('calls') as Row[]));
    for (const name of TABLES.slice(1))
      for (const id of ids(tables.get(name) as Row[], 'callId')) expect(calls).toContain(id);
  });

  test('is of one moment for all tables while others write, and the next one goes on from its cursor, with what changed and what is gone', async () => {
    const participants = [{ user: { id: 'a' } }];
    await store.import(Array.from({ length: 250 }, (_, index) => documentOf(index, { participants })));
    const watch: Watch = async function* (records) {
      let isFirst = true;
      for await (const record of records) {
        if (isFirst) {
          await store.import([documentOf(300), documentOf(240, { version: 2n, participants: [] })]);
          await store.delete(guid(249));
        }
        isFirst = false;
        yield record;
      }
    };
    const first = await exported({}, watch);
    const before = await readTable(first, 'calls');
    expect(ids(before)).toEqual(Array.from({ length: 250 }, (_, index) => guid(index)));
    expect(new Set(before.map(({ version }) => version))).toEqual(new Set(['1']));
    expect(ids(await readTable(first, 'participants'), 'callId')).toContain(guid(249));
    const { cursor, since } = await readManifest(first);
    expect(since).toBeNull();

    const next = await exported({ since: parseChangeCursor(cursor) });
    const calls = await readTable(next, 'calls');
    expect(calls.map(({ id, version }) => [id, version])).toEqual([
      [guid(240), '2'],
      [guid(300), '1'],
    ]);
    expect(await readTable(next, 'deletions')).toMatchObject([{ callId: guid(249), version: '1' }]);
    const last = await readManifest(next);
    expect(last.since).toBe(cursor);
    const nothing = await exported({ since: parseChangeCursor(last.cursor) });
    for (const name of [...TABLES, 'deletions']) expect(await readTable(nothing, name)).toEqual([]);
  });
});

describe('An export of tables', () => {
  const open = async () => {
    store = await openStore(`file:${join(folder, 'data.sqlite')}`);
  };
  beforeEach(open);

  test('keeps 64-bit integers, the ticks of date-times, durations in seconds and members that no schema knows, and reads what was not measured as null', async () => {
    await store.import([
      documentOf(1, {
        version: 9_007_199_254_740_993n,
        startDateTime: '2026-01-15T12:00:00.1234567',
        endDateTime: '2026-01-15T12:00:01',
      }),
    ]);
    await importFixtures();
    const out = await exported();
    const calls = await readTable(out, 'calls');
    const exact = calls.find(({ id }) => id === guid(1));
    expect(exact).toMatchObject({
      version: '9007199254740993',
      startDateTime: '2026-01-15T12:00:00.1234567Z',
      durationSeconds: '0.8765433',
      sessionsFetched: 'none',
      quality: null,
    });
    const [full] = await fixtureRecords('10-full-depth');
    const streams = (await readTable(out, 'streams')).filter(({ callId }) => callId === full?.id);
    // The first stream of the first media, as the fixture has it.
    const session = full?.sessions[0] as {
      segments: { media: { label: string; streams: Record<string, unknown>[] }[] }[];
    };
    const media = session.segments[0]?.media[0];
    const source = media?.streams[0] as Record<string, unknown>;
    const [first] = streams;
    expect(first).toMatchObject({
      label: media?.label,
      streamId: source.streamId,
      averagePacketLossRate: String(source.averagePacketLossRate as number),
      packetUtilization: String(source.packetUtilization as number),
      wasMediaBypassed: String(source.wasMediaBypassed as boolean),
      startDateTime: source.startDateTime,
    });
    const unknown = await fixtureRecords('08-unknown-enum-members');
    expect(calls.find(({ id }) => id === unknown[0]?.id)?.type).toBe(unknown[0]?.type);
  });

  test('has row groups with the least and the greatest value of each column, in the order of bytes', async () => {
    const names = ['\u{1f600} smiling', '\uff21 full width'];
    await store.import(names.map((joinWebUrl, index) => documentOf(index, { joinWebUrl })));
    const { row_groups: groups, schema: elements } = await parquetMetadata(await exported(), 'calls');
    const column = elements.findIndex(({ name }) => name === 'joinWebUrl') - 1;
    const { statistics, codec } = groups[0]?.columns[column]?.meta_data ?? {};
    const text = (value: unknown) =>
      Buffer.from(value as Uint8Array)
        .toString()
        .slice(0, 1);
    expect([text(statistics?.min_value), codec]).toEqual(['\uff21', 'SNAPPY']);
    const times = groups[0]?.columns[elements.findIndex(({ name }) => name === 'startDateTime') - 1]?.meta_data;
    expect(times?.statistics?.null_count).toBe(0n);
  });

  test('says of date-times that nanoseconds do not reach how many there are, and has them in CSV', async () => {
    await store.import([documentOf(1, { lastModifiedDateTime: '0001-01-01T00:00:00' })]);
    const parquet = await exported();
    expect((await readTable(parquet, 'calls'))[0]?.lastModifiedDateTime).toBeNull();
    expect((await readManifest(parquet)).tables.calls?.timesOutOfRange).toBe(1);
    const csv = await exported({ format: 'csv' });
    expect((await readTable(csv, 'calls'))[0]?.lastModifiedDateTime).toBe('0001-01-01T00:00:00Z');
  });

  test('guards for spreadsheets what would be a formula, leaves numbers as they are, and has a byte order mark', async () => {
    const names = ['=1+1', '+44', '-2', '@x', '\t=1', ' =1', 'a=b', '"quoted", and more\n'];
    const participants = names.map((displayName) => ({ user: { id: 'u', displayName } }));
    await store.import([documentOf(1, { participants })]);
    const out = await exported({ format: 'csv', isForExcel: true });
    expect((await readFile(join(out, 'calls.csv'))).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const shown = (await readTable(out, 'participants')).map(({ displayName }) => displayName);
    expect(shown).toEqual(names.map((name, index) => (index < 6 ? `'${name}` : name)));
    const plain = await readTable(await exported({ format: 'csv' }), 'participants');
    expect(plain.map(({ displayName }) => displayName)).toEqual(names);
  });

  test('is nowhere to be seen until it is complete, leaves nothing where it is not, and is written over nothing', async () => {
    await store.import([documentOf(1)]);
    const out = join(folder, 'interrupted');
    const seen: string[] = [];
    const interrupt: Watch = async function* (records) {
      for await (const record of records) {
        seen.push(...(await readdir(folder)).filter((name) => name.startsWith('interrupted')));
        yield record;
        throw new Error('interrupted');
      }
    };
    const request = { folder: out, format: 'csv', isForExcel: false, since: null } as const;
    await expect(exportTables(store, schema, request, interrupt)).rejects.toThrow('interrupted');
    expect(seen).toEqual([expect.stringMatching(/^interrupted\.partial-/)]);
    expect((await readdir(folder)).filter((name) => name.startsWith('interrupted'))).toEqual([]);
    await exportTables(store, schema, request, quietly);
    await writeFile(join(out, 'of-others'), '');
    await expect(exportTables(store, schema, request, quietly)).rejects.toThrow(/interrupted is not empty/);
    expect(await readdir(out)).toEqual(expect.arrayContaining(['of-others', 'manifest.json']));
  });

  test('refuses a cursor of changes that are not kept any more, and one of another database', async () => {
    await store.import([documentOf(1), documentOf(2), documentOf(3)]);
    await store.pruneChanges(-1_000, 2);
    await expect(exported({ since: 1n })).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    await expect(exported({ since: 99n })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual([]);
  });
});

describe('callrecords export', () => {
  beforeEach(async () => {
    store = await openStore(`file:${join(folder, 'data.sqlite')}`);
    await store.import([documentOf(1), readGraphRecord({ ...(await fixtureJson()), id: guid(2) })]);
  });
  const fixtureJson = async () =>
    JSON.parse(await readFile(new URL('../fixtures/graph/10-full-depth.json', import.meta.url), 'utf8')) as object;
  const exporting = (...args: string[]) =>
    run(['export', ...args], { env: { DATABASE_URL: `file:${join(folder, 'data.sqlite')}` } });

  test('writes a folder of tables with a manifest, tells their rows and the cursor to go on from, and takes that cursor', async () => {
    const out = join(folder, 'new', 'tables');
    const { status, stdout, stderr } = await exporting('--format', 'parquet', '--out', out);
    const manifest: Manifest = await readManifest(out);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`calls.parquet: 2 rows\n`);
    expect(stdout).toContain(`--since ${manifest.cursor}\n`);
    expect((await readdir(out)).sort()).toEqual(['manifest.json', ...TABLES.map((name) => `${name}.parquet`)].sort());
    await store.import([documentOf(5)]);
    const more = await exporting('--format', 'csv', '--out', join(folder, 'more'), '--since', manifest.cursor);
    expect(more.status).toBe(0);
    expect(ids(await readTable(join(folder, 'more'), 'calls'))).toEqual([guid(5)]);
  });

  test('says of a cursor that is none, and of a file in place of a folder, what it takes', async () => {
    const out = join(folder, 'a-file');
    await writeFile(out, '');
    const asked = ['--format', 'csv', '--out', out];
    const wrong = await exporting(...asked, '--since', 'abc');
    expect({ ...wrong, stderr: wrong.stderr.trim() }).toEqual({
      ...{ status: 2, stdout: '' },
      stderr: 'error: --since takes the cursor of a manifest.json, or one of callRecordChanges.',
    });
    const { status, stderr } = await exporting(...asked);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('a-file is a file: name a folder'),
    });
  });

  test('writes without a folder the table of calls alone as CSV', async () => {
    const { status, stdout } = await exporting('--format', 'csv');
    const [header, ...lines] = stdout.trimEnd().split('\r\n');
    expect(header).toMatch(
      /^id,version,type,modalities,startDateTime,endDateTime,durationSeconds,joinWebUrl,organizerId,organizerName,participantCount,/,
    );
    expect({ status, ids: lines.map((line) => line.split(',')[0]) }).toEqual({ status: 0, ids: [guid(1), guid(2)] });
  });

  test.each([
    [['--format', 'parquet'], /--out FOLDER/],
    [['--out', 'x'], /--format csv or parquet/],
    [['--format', 'csv', '--since', 'x'], /--out FOLDER/],
    [['--format', 'parquet', '--out', 'x', '--excel'], /--format csv/],
    [['--format', 'xlsx'], /ndjson, csv, parquet/],
  ])('answers %j with one line and status 2', async (args, message) => {
    const { status, stdout, stderr } = await exporting(...args);
    expect({ status, stdout, lines: stderr.trim().split('\n').length }).toEqual({ status: 2, stdout: '', lines: 1 });
    expect(stderr).toMatch(message);
  });
});
