import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { run, start } from '../support/run.js';
import { temporaryFolder } from '../support/harness.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';

let postgres: TestPostgres;
let folder: string;
let files = 0;

beforeAll(async () => {
  postgres = await startPostgres(QUICK);
  folder = await temporaryFolder();
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const env = (url: string) => ({ DATABASE_URL: url, ALLOW_LOSSY_COMMITS: 'true' });
const migrate = (url: string) => run(['migrate'], { env: env(url) });
const newFile = () => `file:${join(folder, `${files++}.sqlite`)}`;

/** What a table is, in words that both engines have. */
interface Table {
  columns: string[];
  key: string[];
  indexes: string[];
}

type Model = Record<string, Table>;

interface Column {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

function modelOfSqlite(url: string): Model {
  const database = new Database(url.slice('file:'.length), { readonly: true });
  const all = <Row>(sql: string, ...values: string[]) => database.prepare<unknown[], Row>(sql).all(...values);
  try {
    const tables = all<Column>(`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`);
    return Object.fromEntries(
      tables.map(({ name }) => {
        const columns = all<Column>('select * from pragma_table_info(?)', name);
        const keys = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
        const indexes = all<{ sql: string }>(
          `select sql from sqlite_master where type = 'index' and sql is not null and tbl_name = ?`,
          name,
        );
        const table: Table = {
          columns: columns.map((one) => `${one.name} ${one.type.toLowerCase()}${one.notnull ? ' not null' : ''}`),
          key: keys.map((one) => one.name),
          indexes: indexes.map(({ sql }) => inShort(sql)).sort(),
        };
        return [name, table];
      }),
    );
  } finally {
    database.close();
  }
}

async function modelOfPostgres(url: string): Promise<Model> {
  const tables = await postgres.query<{ name: string } & Table>(
    url,
    `select c.relname as name,
       array(select a.attname || ' ' || format_type(a.atttypid, null) || case when a.attnotnull then ' not null' else '' end
             from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) as columns,
       array(select a.attname::text from pg_index i, unnest(i.indkey) with ordinality k (attnum, position)
             join pg_attribute a on a.attnum = k.attnum
             where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid order by k.position) as key,
       array(select pg_get_indexdef(i.indexrelid) from pg_index i
             where i.indrelid = c.oid and not i.indisprimary) as indexes
     from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`,
  );
  return Object.fromEntries(
    tables.map(({ name, columns, key, indexes }) => [
      name,
      {
        columns: columns.map((one) => one.replace('bigint', 'integer').replace('bytea', 'blob')),
        key,
        indexes: indexes.map(inShort).sort(),
      },
    ]),
  );
}

/**
 * The index without what each engine writes in its own way; PostgreSQL's index of a long text holds its beginning, and it
 * alone sets apart what an index holds beside its key.
 */
function inShort(sql: string): string {
  return sql
    .toLowerCase()
    .replace(/ using btree| public\.|\bpublic\./g, (found) => (found.includes('public') ? ' ' : ''))
    .replace(/substr\((\w+), 1, 400\)/, '$1')
    .replace(/where \((.*)\)$/, 'where $1')
    .replace(/\((\w+ is (?:not )?null)\)/g, '$1')
    .replace(') include (', ', ')
    .replace("''::text", "''")
    .replace(/\s+/g, ' ');
}

/**
 * What only several processes need. One table numbers their changes: in SQLite one process at a time writes, and
 * numbers as it does. Another adds up callers' spending at several machines. The index of the parts of names differs,
 * too: a table in SQLite, which names its rows by a number, and a GIN in PostgreSQL.
 */
const POSTGRES_ALONE = ['caller_spending', 'change_numbering', 'unnumbered_changes'];

async function migrations(dialect: string): Promise<string[]> {
  const names = await readdir(new URL('../../db/migrations/', import.meta.url));
  return names.filter((name) => name.endsWith(`.${dialect}.sql`)).map((name) => name.replace(`.${dialect}.sql`, ''));
}

describe('The migrations', () => {
  test('have the same names for both engines', async () => {
    expect(await migrations('postgres')).toEqual(await migrations('sqlite'));
  });

  test('add up to the same tables, columns, keys and indexes for both engines', async () => {
    const [file, url] = [newFile(), await postgres.create()];
    expect([(await migrate(file)).status, (await migrate(url)).status]).toEqual([0, 0]);
    const model = await modelOfPostgres(url);
    for (const name of POSTGRES_ALONE) {
      expect(model).toHaveProperty(name);
      delete model[name];
    }
    // The tables that tell which migrations have run are Kysely's.
    const own = (all: Model) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('schema_migrations')));
    const expected = own(modelOfSqlite(file));
    const { known_identities: known } = expected;
    expect(known?.columns.shift()).toBe('number integer');
    expect(known?.key).toEqual(['number']);
    if (known) known.key = model.known_identities?.key ?? [];
    for (const name of Object.keys(expected).filter((table) => table.startsWith('known_identity_grams')))
      delete expected[name];
    if (model.known_identities)
      model.known_identities.indexes = model.known_identities.indexes.filter((index) => !index.includes('using gin'));
    expect(Object.keys(expected).length).toBeGreaterThan(7);
    expect(own(model)).toEqual(expected);
  });

  test('run once, whatever the engine, when eight processes start at the same time on an empty database', async () => {
    const count = (await migrations('sqlite')).length;
    const [file, url] = [newFile(), await postgres.create()];
    for (const target of [file, url]) {
      const ended = await Promise.all(Array.from({ length: 8 }, () => migrate(target)));
      expect(ended.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
        ended.map(() => ({ status: 0, stderr: '' })),
      );
    }
    expect(await postgres.query(url, 'select name from schema_migrations')).toHaveLength(count);
  });

  test('of PostgreSQL are waited for by a process that comes while they run, which then finds nothing to do', async () => {
    const url = await postgres.create();
    const goOn = await blockHalfWay(url);
    const first = migrate(url);
    await waitUntil(async () => (await waitingIn(url)) === 1);
    const second = migrate(url);
    await waitUntil(async () => (await waitingIn(url)) === 2);
    await goOn();
    for (const ended of [first, second]) expect(await ended).toMatchObject({ status: 0, stderr: '' });
  });

  test('of PostgreSQL run in a schema of their own beside others that hold tables of the same names', async () => {
    const url = await postgres.create();
    await postgres.query(
      url,
      'create schema rails; create table rails.schema_migrations (version text); create schema b',
    );
    const inSchema = (name: string) => `${url}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
    for (const target of [url, inSchema('b')]) expect(await migrate(target)).toMatchObject({ status: 0, stderr: '' });
    const tables = await postgres.query<{ schema: string }>(
      url,
      `select table_schema as schema from information_schema.tables where table_name = 'call_records' order by 1`,
    );
    expect(tables.map(({ schema }) => schema)).toEqual(['b', 'public']);
  });

  test.each([
    ['schema_migrations', 'create table schema_migrations (version text)'],
    ['call_records', 'create table call_records (caller text)'],
  ])(
    'of PostgreSQL make nothing in a schema whose %s is of another program, and say so in one line',
    async (name, create) => {
      const url = await postgres.create();
      await postgres.query(url, create);
      const { status, stderr } = await migrate(url);
      expect(status).toBe(1);
      expect(stderr).toBe(
        `callrecords: Cannot use the database ${url.replace(/\/\/.*@/, '//')}: its schema public is another program's (it has a table ${name}); give this one a database or a schema of its own.\n`,
      );
      expect(Object.keys(await modelOfPostgres(url))).toEqual([name]);
    },
  );

  test('of PostgreSQL leave nothing behind when one fails', async () => {
    const url = await postgres.create();
    await postgres.query(url, 'create view write_checks as select 1');
    const { status, stderr } = await migrate(url);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^callrecords: .*write_checks.*\n$/);
    expect(Object.keys(await modelOfPostgres(url)).filter((name) => !name.startsWith('schema_'))).toEqual([]);
    await postgres.query(url, 'drop view write_checks');
    expect(await migrate(url)).toMatchObject({ status: 0 });
  });

  test('of PostgreSQL that are killed half-way are as if never begun, and the next process runs them', async () => {
    const [url, whole] = [await postgres.create(), await postgres.create()];
    await migrate(whole);
    const goOn = await blockHalfWay(url);
    const child = start(['migrate'], { env: env(url) });
    await waitUntil(async () => (await waitingIn(url)) === 1);
    await killed(child);
    await goOn();
    expect(await migrate(url)).toMatchObject({ status: 0, stderr: '' });
    expect(await modelOfPostgres(url)).toEqual(await modelOfPostgres(whole));
  });

  test('of SQLite that are killed as soon as the file is there do not keep the next process from running them', async () => {
    const [file, whole] = [newFile(), newFile()];
    await migrate(whole);
    const child = start(['migrate'], { env: env(file) });
    await waitUntil(async () => existsSync(file.slice('file:'.length)));
    await killed(child);
    expect(await migrate(file)).toMatchObject({ status: 0, stderr: '' });
    expect(modelOfSqlite(file)).toEqual(modelOfSqlite(whole));
  });
});

/** Another transaction has made a table that a migration comes to late, so that it waits there; returns what ends that. */
async function blockHalfWay(url: string): Promise<() => Promise<void>> {
  const blocker = new pg.Client(url);
  await blocker.connect();
  await blocker.query('begin');
  await blocker.query('create table write_checks (id integer)');
  return async () => {
    await blocker.query('rollback');
    await blocker.end();
  };
}

/** How many wait for the lock of another. */
async function waitingIn(url: string): Promise<number> {
  const waiting = await postgres.query(
    url,
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return waiting.length;
}

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it does not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
