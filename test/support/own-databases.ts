import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { OpenOptions } from '../../src/store/open-engine.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from './harness.js';
import { QUICK, startPostgres, type TestPostgres } from './postgres.js';

type Row = Record<string, unknown>;

/** An empty database of its own. It has a name that no other has, and a list of erased people beside it. */
export interface OwnDatabase {
  url: string;
  /** The list of erased people, which outlives the database. */
  erasureFile: string;
  open: (options?: OpenOptions) => Promise<Store>;
  query: (sql: string) => Promise<Row[]>;
  /** All that the database holds, as far as a test can read it; in lower case. */
  content: () => Promise<string>;
}

/** Makes databases for the tests of a file: in files, and on one server. They are removed after the last test. */
export function ownDatabases() {
  let server: TestPostgres;
  let folder: string;
  let made = 0;

  beforeAll(async () => {
    server = await startPostgres(QUICK);
    // The first one, `test_1`, is the template of the others.
    await (await openStore(await server.create(), { allowLossyCommits: true })).close();
    folder = await temporaryFolder();
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const inFile = async (): Promise<OwnDatabase> => {
    const path = join(folder, `${made++}.sqlite`);
    return {
      url: `file:${path}`,
      erasureFile: `${path}.erased`,
      open: (options) => openStore(`file:${path}`, options),
      query: async (sql) => queryFile(path, sql),
      content: async () => bytesBeside(path).toLowerCase(),
    };
  };

  const onServer = async (): Promise<OwnDatabase> => {
    const url = await server.create('test_1');
    const erasureFile = join(folder, `${made++}.erased`);
    return {
      url,
      erasureFile,
      open: (options) => openStore(url, { allowLossyCommits: true, connections: 3, erasureFile, ...options }),
      query: (sql) => server.query(url, sql),
      content: async () => (await server.content(url)).toLowerCase(),
    };
  };

  return { inFile, onServer };
}

function queryFile(path: string, sql: string): Row[] {
  const database = new Database(path);
  try {
    const statement = database.prepare<[], Row>(sql);
    if (statement.reader) return statement.all();
    statement.run();
    return [];
  } finally {
    database.close();
  }
}

/** The bytes of a file, and of all files whose names begin with its name. */
function bytesBeside(path: string): string {
  const files = readdirSync(dirname(path)).filter((file) => file.startsWith(basename(path)));
  return files.map((file) => readFileSync(join(dirname(path), file), 'utf8')).join('\n');
}
