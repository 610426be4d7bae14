import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadDevelopmentKey, mintToken } from '../../dist/auth/development-key.js';
import { join } from 'node:path';
import type { Dataset } from './dataset.js';

/** Which bodies of an operation a server takes. */
export type Dialect = 'ours' | 'delegated' | 'peers' | 'raw' | 'postgraphile';

export interface Server {
  name: string;
  dialect: Dialect;
  url: string;
  /** Sent in turn, so that no caller spends its budget: limits are in force, but not what is measured. */
  headers: Record<string, string>[];
  process: ChildProcess;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HERE = fileURLToPath(new URL('./', import.meta.url));
const CALLERS = 8;
const CLOCK_TICKS_PER_SECOND = 100;
const HOUR = 3_600;
const ALL_CORES = `0-${availableParallelism() - 1}`;

/** The servers that can be measured, by name; `started` are those before it. */
export const SERVERS: Record<string, (dataset: Dataset, started: Server[]) => Promise<Server>> = {
  callrecords: (dataset) => ours('callrecords', dataset),
  'callrecords, delegated': delegated,
  raw: ({ peers }) => start('raw', 'raw', [process.execPath, join(HERE, 'peers/raw.js'), peers, 'parsed']),
  'raw, text passed through': ({ peers }) =>
    start('raw, text passed through', 'raw', [process.execPath, join(HERE, 'peers/raw.js'), peers, 'passed']),
  'Apollo + type-graphql + DataLoader': ({ peers }) =>
    start('Apollo + type-graphql + DataLoader', 'peers', [
      process.execPath,
      join(HERE, 'peers/graphql.js'),
      peers,
      'apollo',
    ]),
  'Mercurius jit': ({ peers }) =>
    start('Mercurius jit', 'peers', [process.execPath, join(HERE, 'peers/graphql.js'), peers, 'mercurius']),
  Yoga: ({ peers }) => start('Yoga', 'peers', [process.execPath, join(HERE, 'peers/graphql.js'), peers, 'yoga']),
};

/** So many processes of ours on one port, on whatever core is free. */
export async function workers(dataset: Dataset, count: number): Promise<Server> {
  const name = `${count} process${count === 1 ? '' : 'es'}`;
  return ours(name, dataset, { WORKERS: String(count), CORES: ALL_CORES });
}

const ours = (
  name: string,
  { ours: path, folder, samples }: Dataset,
  settings: Record<string, string> = {},
): Promise<Server> =>
  startOurs({
    name,
    settings,
    databaseUrl: `file:${path}`,
    keyFile: keyFileIn(folder),
    callers: samples.busiest,
  });

const keyFileIn = (folder: string) => join(folder, 'development-key.json');

/** The server that others ask, too, asked by people who see their own calls alone. */
async function delegated({ folder, samples }: Dataset, started: Server[]): Promise<Server> {
  const server = started.find(({ name }) => name === 'callrecords');
  if (!server) throw new Error('It is the same server that is asked as callrecords, which must be started before.');
  const headers = await tokensFor(keyFileIn(folder), samples.busiest, []);
  return { ...server, name: 'callrecords, delegated', dialect: 'delegated', headers };
}

interface OurServer {
  name: string;
  databaseUrl: string;
  keyFile: string;
  /** Whose tokens are sent in turn. */
  callers: string[];
  settings?: Record<string, string>;
}

/** With default settings: tokens, limits, the row rule and the log are on. */
export async function startOurs({ name, databaseUrl, keyFile, callers, settings = {} }: OurServer): Promise<Server> {
  const server = await start(
    name,
    'ours',
    // As `npm start` does.
    [
      process.execPath,
      '--max-semi-space-size=4',
      '--no-memory-reducer',
      '--heap-growing-percent=50',
      ...nodeOptions(name),
      join(ROOT, 'dist/cli.js'),
      'serve',
    ],
    {
      DATABASE_URL: databaseUrl,
      DEVELOPMENT_KEY_FILE: keyFile,
      PORT: '0',
      NODE_ENV: 'production',
      ALLOW_DEVELOPMENT_KEY: 'true',
      ...settings,
    },
  );
  const headers = await tokensFor(keyFile, callers, ['CallRecords.ReadWrite.All']);
  return { ...server, headers, url: `${server.url}/graphql` };
}

/** What people with these roles send; without any they see their own calls alone. */
async function tokensFor(keyFile: string, people: string[], roles: string[]): Promise<Record<string, string>[]> {
  const key = await loadDevelopmentKey(keyFile);
  const tokens = Array.from({ length: CALLERS }, (_, index) =>
    mintToken(key, { expiresInSeconds: HOUR, user: people[index], ...(roles.length > 0 && { roles }) }),
  );
  return (await Promise.all(tokens)).map((token) => ({ authorization: `Bearer ${token}` }));
}

/** Starts a command on the first core (or on `CORES`) and waits for the line that tells its address. */
export async function start(
  name: string,
  dialect: Dialect,
  command: string[],
  settings: Record<string, string> = {},
): Promise<Server> {
  const child = spawn('taskset', ['-c', settings.CORES ?? '0', ...command], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const found = /(?:ready |ready at |"url":")(http[^\s"]+)/.exec(text);
      if (!found) return;
      child.stdout.off('data', read);
      // What it logs from now on is read and thrown away, as a collector of logs would take it.
      child.stdout.resume();
      resolve(found[1] as string);
    };
    child.stdout.on('data', read);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it listened.`)));
  });
  return { name, dialect, url, headers: [{}], process: child };
}

/** `BENCH_PROFILE=folder` writes a CPU profile of our server there. */
function nodeOptions(name: string): string[] {
  const folder = process.env.BENCH_PROFILE;
  return folder && name.startsWith('callrecords') ? ['--cpu-prof', '--cpu-prof-dir', folder] : [];
}

/** Seconds of CPU time that a server has used, with the processes that it started. */
export function cpuSeconds({ process: { pid } }: Server): number {
  return cpuSecondsOf(String(pid));
}

function cpuSecondsOf(pid: string): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
  return children.reduce((sum, child) => sum + cpuSecondsOf(child), own);
}

/** Megabytes of memory that a server holds. */
export function memoryMegabytes({ process: { pid } }: Server): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024;
}

export async function stop(server: Server): Promise<void> {
  if (server.process.exitCode !== null) return;
  const ended = new Promise((resolve) => server.process.once('exit', resolve));
  server.process.kill('SIGTERM');
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
}

/** Runs work that starts servers and puts them into the list; none is left behind, also if it is ended from outside. */
export async function withServers(work: (servers: Server[]) => Promise<void>): Promise<void> {
  const servers: Server[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void Promise.all(servers.map(stop)).then(() => process.exit(1)));
  try {
    await work(servers);
  } finally {
    await Promise.all(servers.map(stop));
  }
}
