import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { run } from './support/run.js';
import { temporaryFolder } from './support/harness.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const NAME = 'callrecords-graphql';

// Compilers run, at times beside others.
jest.setTimeout(180_000);

interface Locked {
  [folder: string]: { dev?: boolean; optional?: boolean };
}

/**
 * A project of somebody else, into which the packed package is installed: its files as they are packed, beside nothing but
 * the packages that npm installs with it.
 */
async function install(): Promise<{ project: string; files: string[] }> {
  const project = await temporaryFolder();
  const own = join(project, 'node_modules', NAME);
  mkdirSync(own, { recursive: true });
  // What is built others use: nobody builds it meanwhile.
  const packed = execFileSync(
    'npm',
    ['pack', ROOT, '--json', '--ignore-scripts', '--pack-destination', project, '--loglevel=error'],
    { cwd: project, encoding: 'utf8' },
  );
  const [{ filename, files } = { filename: '', files: [] }] = JSON.parse(packed) as {
    filename: string;
    files: { path: string }[];
  }[];
  execFileSync('tar', ['-xzf', join(project, filename), '--strip-components=1', '-C', own]);
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Locked };
  for (const [folder, { dev, optional }] of Object.entries(packages)) {
    // Those within others come with them.
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(folder) || dev || (optional && !existsSync(join(ROOT, folder))))
      continue;
    mkdirSync(join(project, dirname(folder)), { recursive: true });
    symlinkSync(join(ROOT, folder), join(project, folder));
  }
  linkCommands(project, own);
  return { project, files: files.map(({ path }) => path) };
}

/** As npm links them. */
function linkCommands(project: string, own: string): void {
  const { bin } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  mkdirSync(join(project, 'node_modules/.bin'));
  for (const [name, file] of Object.entries(bin))
    symlinkSync(join(own, file), join(project, 'node_modules/.bin', name));
}

describe('the package that npm packs', () => {
  let project: string;
  let files: string[];
  beforeAll(async () => {
    ({ project, files } = await install());
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('holds what runs, the migrations, the schema and the pages for people, and nothing else', () => {
    const wanted =
      /^(dist\/(?!bench\/)|docs\/|db\/migrations\/|(CHANGELOG|README)\.md$|LICENSE$|package\.json$|schema\.graphql$)/;
    expect(files.filter((file) => !wanted.test(file) || file.endsWith('.map'))).toEqual([]);
    for (const file of ['dist/cli.js', 'dist/calls/main.js', 'dist/explorer/explorer.js', 'docs/settings.md'])
      expect(files).toContain(file);
  });

  it('serves in an empty folder by npx, and makes its database there', async () => {
    const folder = join(project, 'empty');
    mkdirSync(folder);
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, PORT: '0', LOG_LEVEL: 'error', npm_config_update_notifier: 'false' };
    const server = spawn('npx', ['--no-install', NAME, 'serve'], { cwd: folder, env, detached: true });
    const url = await readyAt(server);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${url}/calls`)).status).toBe(200);
    expect(existsSync(join(folder, 'db/callrecords.sqlite'))).toBe(true);
    const closed = once(server, 'close');
    process.kill(-(server.pid as number), 'SIGTERM');
    await closed;
  });

  it.each(['node16', 'bundler'])('has types that resolve where moduleResolution is %s', (moduleResolution) => {
    const compilerOptions = {
      moduleResolution,
      module: moduleResolution === 'node16' ? 'node16' : 'esnext',
      ...{ target: 'es2022', strict: true, noEmit: true, types: ['node'] },
      // To look into all declarations once is enough.
      skipLibCheck: moduleResolution !== 'node16',
    };
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    writeFileSync(join(project, 'use.ts'), USE);
    // What did not resolve would be any type, and so be no error.
    expect(errorsIn(project)).toEqual([expect.stringMatching(/^use\.ts.* error TS2322: Type 'string' .* 'number'/)]);
  });
});

/** Each export by something that its type tells, and one mistake. */
const USE = `import { buildCallRecordsSchema, openStore, readConfig, startServer } from 'callrecords-graphql';
import { scalars, violationsOf } from 'callrecords-graphql/clients';

const server = await startServer(readConfig({ ...process.env, PORT: '0' }));
const store = await openStore('file:records.sqlite');
const found = await store.find(['00000000-0000-4000-8000-000000000001'], null, ['type']);
const schema = await buildCallRecordsSchema();
const int64: 'number | string' = scalars.Int64;
const rules: string[] = violationsOf(null).map(({ rule }) => rule);
console.log(server.url.length, found.size, schema.getQueryType()?.name, int64, rules);
export const wrong: number = server.url;
`;

/** What the compiler finds wrong with our types and their use; those of others are not ours to mend. */
function errorsIn(project: string): string[] {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: project, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.startsWith('use.ts') || line.startsWith(`node_modules/${NAME}/`));
}

async function readyAt(server: ChildProcess): Promise<string> {
  let output = '';
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  for (;;) {
    const [, url] = /ready at (\S+)\n/.exec(output) ?? [];
    if (url !== undefined) return url;
    if (server.exitCode !== null) throw new Error(output);
    await Promise.race([once(server.stdout as never, 'data'), once(server, 'exit')]);
  }
}

describe('the command line on a Node.js that is too old', () => {
  it('says in one line which it needs', async () => {
    const older = "Object.defineProperty(process.versions, 'node', { value: '18.20.8' })";
    const node = ['--import', `data:text/javascript,${encodeURIComponent(older)}`];
    expect(await run(['serve'], { node })).toEqual({
      status: 1,
      stdout: '',
      stderr: 'callrecords: Node.js >=20.11 is needed; this is 18.20.8.\n',
    });
  });
});
