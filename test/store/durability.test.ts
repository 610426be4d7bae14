import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { generateCallRecords } from '../../src/generate/records.js';
import { openStore } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { inputOf, listQuery, PEOPLE } from '../support/opened-store.js';

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;
const STORE = new URL('../../dist/store/store.js', import.meta.url).href;
const CREATE = { caller: 'a', idempotencyKey: null };

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'callrecords.sqlite');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  signal: string | null;
  output: string;
  errors: string;
}

/** Runs node on the built package; `watch` is told all output so far, and may end the process. */
function run(args: string[], watch: (output: string, kill: () => void) => void = () => undefined): Promise<Ended> {
  const child = spawn(process.execPath, args, { env: { ...process.env, DATABASE_URL: `file:${path}` } });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    watch(output, () => child.kill('SIGKILL'));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output, errors }));
  });
}

const migrate = () => run([CLI, 'migrate']);

async function openAndClose(): Promise<void> {
  await (await openStore(`file:${path}`)).close();
}

function query<Row>(sql: string): Row[] {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare(sql).all() as Row[];
  } finally {
    database.close();
  }
}

/** Creates for ever, some at a time, and prints each id once its create is acknowledged. */
const CREATE_FOR_EVER = `
  import { writeSync } from 'node:fs';
  const { openStore } = await import(process.argv[1]);
  const store = await openStore(process.env.DATABASE_URL);
  const input = JSON.parse(process.argv[2], (name, value) => (name === 'version' ? BigInt(value) : value));
  const create = async () => {
    for (;;) writeSync(1, (await store.create(input, { caller: 'a', idempotencyKey: null })).id + '\\n');
  };
  await Promise.all(Array.from({ length: 8 }, create));
`;

describe('Durability', () => {
  for (const acknowledged of [1, 300]) {
    test(`Every create acknowledged before a kill -9 after ${acknowledged} of them is there when the file is opened again`, async () => {
      const input = JSON.stringify({ ...inputOf(), version: 1 });
      const args = ['--input-type=module', '-e', CREATE_FOR_EVER, STORE, input];
      const ended = await run(args, (output, kill) => {
        if (output.split('\n').length > acknowledged) kill();
      });
      expect(ended).toMatchObject({ signal: 'SIGKILL', errors: '' });
      // What follows the last line break is an id that was cut.
      const ids = ended.output.split('\n').slice(0, -1);
      expect(ids.length).toBeGreaterThanOrEqual(acknowledged);
      const store = await openStore(`file:${path}`);
      for (let start = 0; start < ids.length; start += 500) {
        const some = ids.slice(start, start + 500);
        const found = await store.find(some, null, PEOPLE);
        expect(some.filter((id) => !found.has(id))).toEqual([]);
      }
      const total = await store.count(listQuery());
      expect(await store.count(listQuery({ filter: { participant: { id: ['+14255550123'] } } }))).toBe(total);
      await store.close();
      expect(query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    });
  }

  test('The connection that writes has WAL and a sync at each commit in force, and other connections see the WAL', async () => {
    // `synchronous` belongs to a connection, so the store's own are asked: the spy tells which objects they are.
    const pragma = jest.spyOn(Database.prototype, 'pragma');
    const store = await openStore(`file:${path}`);
    const writers = [...new Set(pragma.mock.contexts as Database.Database[])].filter(({ readonly }) => !readonly);
    pragma.mockRestore();
    expect(writers).toHaveLength(1);
    const [writer] = writers as [Database.Database];
    // 2 is FULL; 1, NORMAL, loses what was acknowledged when the power goes.
    expect(writer.pragma('synchronous', { simple: true })).toBe(2);
    expect(writer.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(query('pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    await store.create(inputOf(), CREATE);
    expect(writer.pragma('synchronous', { simple: true })).toBe(2);
    await store.close();
  });

  test('A place where SQLite cannot keep a WAL is refused in one line', async () => {
    // A network file system without shared memory answers the wish for a WAL with the mode it keeps.
    // eslint-disable-next-line @typescript-eslint/unbound-method -- applied to its object below
    const real = Database.prototype.pragma;
    const pragma = jest.spyOn(Database.prototype, 'pragma').mockImplementation(function (
      this: Database.Database,
      ...args: Parameters<typeof real>
    ) {
      return args[0] === 'journal_mode = WAL' ? 'delete' : real.apply(this, args);
    });
    await expect(openStore(`file:${path}`)).rejects.toThrow(
      /^Cannot open the database .*callrecords\.sqlite: it cannot be written durably \(.*\); use a local disk\.$/,
    );
    pragma.mockRestore();
  });
});

describe('Opening', () => {
  test('Four processes that start at once on no database at all succeed, and each migration runs once', async () => {
    const ended = await Promise.all([migrate(), migrate(), migrate(), migrate()]);
    expect(ended.map(({ code, errors }) => ({ code, errors }))).toEqual(ended.map(() => ({ code: 0, errors: '' })));
    const files = await readdir(new URL('../../db/migrations/', import.meta.url));
    const names = files.filter((name) => name.endsWith('.sqlite.sql')).map((name) => name.replace('.sqlite.sql', ''));
    expect(query('select name from schema_migrations order by name')).toEqual(names.sort().map((name) => ({ name })));
    expect(query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  test('A migrated database is left as it is', async () => {
    await openAndClose();
    const before = query('select * from schema_migrations');
    await openAndClose();
    expect(query('select * from schema_migrations')).toEqual(before);
  });

  test('A database that a newer version migrated is refused in one line that says what to do', async () => {
    await openAndClose();
    const database = new Database(path);
    const future = { name: '9999_from_the_future', timestamp: '2036-01-01T00:00:00.000Z' };
    database.prepare('insert into schema_migrations (name, timestamp) values (@name, @timestamp)').run(future);
    database.close();
    const line =
      'The database was migrated by a newer version of callrecords-graphql: install that version, or use another database.';
    expect(await migrate()).toEqual({ code: 1, signal: null, output: '', errors: `callrecords: ${line}\n` });
    await expect(openStore(`file:${path}`)).rejects.toThrow(line);
  });

  test('A file that is no database is refused in one line that says what to do, and stays as it is', async () => {
    const text = 'Dear diary, this file has nothing to do with SQLite. '.repeat(100);
    await writeFile(path, text);
    const { code, output, errors } = await migrate();
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toBe(
      `callrecords: Cannot open the database ${path}: it is damaged or no SQLite database; restore it from a backup, or move it away to start empty.\n`,
    );
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('A damaged database whose header is intact is refused in one line that names it and says what to do', async () => {
    await openAndClose();
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xff, 100));
    const line = `Cannot open the database ${path}: it is damaged or no SQLite database; restore it from a backup, or move it away to start empty.`;
    expect(await migrate()).toEqual({ code: 1, signal: null, output: '', errors: `callrecords: ${line}\n` });
  });

  test('A database of another program is refused in one line that names it, and keeps its tables', async () => {
    const database = new Database(path);
    database.exec('create table call_records (caller text)');
    database.close();
    const line = `The database ${path} is another program's (it has a table call_records); set DATABASE_URL to another file.`;
    expect(await migrate()).toEqual({ code: 1, signal: null, output: '', errors: `callrecords: ${line}\n` });
    expect(query(`select name from sqlite_master where type = 'table'`)).toEqual([{ name: 'call_records' }]);
  });

  test('A path that cannot be opened is refused in one line that names it', async () => {
    await expect(openStore(`file:${folder}`)).rejects.toThrow(
      /^Cannot open the database [^\n]+: it cannot be written[^\n]+$/,
    );
    await writeFile(path, '');
    await expect(openStore(`file:${join(path, 'a.sqlite')}`)).rejects.toThrow(/^Cannot open the database [^\n]+$/);
  });

  test('A path where the system makes no folders is refused at once, in one line', async () => {
    path = '/proc/callrecords/callrecords.sqlite';
    const line = `Cannot open the database ${path}: it cannot be written; give this user write permission on the file and its folder, or set DATABASE_URL to another file.`;
    expect(await migrate()).toEqual({ code: 1, signal: null, output: '', errors: `callrecords: ${line}\n` });
  });

  test('An empty file becomes a database', async () => {
    await writeFile(path, '');
    await openAndClose();
    expect(query('select name from schema_migrations')).not.toEqual([]);
  });
});

describe('Two processes on one file', () => {
  test('Creates of one and an import of the other at the same time are all stored, and none fails', async () => {
    const records = 3_000;
    const file = join(folder, 'records.ndjson');
    await writeFile(file, [...generateCallRecords({ count: records, seed: 5, until: '2026-10-31' })].join('\n'));
    const store = await openStore(`file:${path}`);
    let importing = true;
    const child = run([CLI, 'import', file]).finally(() => (importing = false));
    const ids: string[] = [];
    const firstSeen: number[] = [];
    while (importing) {
      const created = await Promise.all([store.create(inputOf(), CREATE), store.create(inputOf(), CREATE)]);
      ids.push(...created.map(({ id }) => id));
      firstSeen.push(await store.count(listQuery()));
    }
    const { code, output, errors } = await child;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(/^created 3000, updated 0, unchanged 0, rejected 0 /);
    // Both wrote in turn: this process saw the other's transactions between its own.
    const imported = new Set(firstSeen.map((count, index) => count - 2 * (index + 1)));
    expect(imported.size).toBeGreaterThan(2);
    expect(await store.count(listQuery())).toBe(records + ids.length);
    expect((await store.find(ids.slice(-500), null, PEOPLE)).size).toBe(Math.min(500, ids.length));
    await store.close();
    expect(query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });
});
