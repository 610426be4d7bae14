import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { temporaryFolder } from '../support/harness.js';
import { CLI, run } from '../support/run.js';

const COMMANDS = ['serve', 'migrate', 'token', 'import', 'export', 'copy', 'backup', 'verify', 'generate', 'schema'];

async function ended(child: ChildProcess): Promise<{ status: number | null; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr };
}

describe('the command line', () => {
  let folder: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { DATABASE_URL: `file:${join(folder, 'callrecords.sqlite')}` };
    await run(['import', '-'], { env, input: (await run(['generate', '--count', '1'])).stdout });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is what package.json installs as callrecords, executable', () => {
    const { bin } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { bin: object };
    // npx takes the one that is called as the package where nothing is installed.
    expect(bin).toEqual({ callrecords: 'dist/cli.js', 'callrecords-graphql': 'dist/cli.js' });
    expect(statSync(CLI).mode & 0o111).toBe(0o111);
    expect(readFileSync(CLI, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it.each(COMMANDS)('explains %s with --help', async (command) => {
    const { status, stdout } = await run([command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: callrecords ${command}`));
  });

  it.each([
    [['nonsense']],
    [['serve', '--nonsense']],
    [['import']],
    [['generate']],
    [['generate', '--count', 'many']],
    [['generate', '--count', '1', '--until', '2026-02-30']],
    [['token', '--role', 'King']],
    [['token', '--expires', 'soon']],
    [['token', '--user', '']],
    [['schema', '--api', '--federation']],
  ])('answers the wrong command line %j with one line and status 2', async (args) => {
    const { status, stdout, stderr } = await run(args, { env });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^error: /);
  });

  it('prints one token and nothing else, which may read and write unless told otherwise', async () => {
    const { status, stdout } = await run(['token'], { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(decodeJwt(stdout.trim())).toMatchObject({ roles: ['CallRecords.ReadWrite.All'] });
  });

  it('prints tokens of a person, of roles, and of a lifetime', async () => {
    const oid = '821809f5-0000-0000-0000-3b5136c0e777';
    const person = decodeJwt((await run(['token', '--user', oid], { env })).stdout.trim());
    expect(person).toMatchObject({ oid, scp: 'CallRecords.Read' });
    expect(person.roles).toBeUndefined();
    const roles = ['CallRecords.Read.All', 'CallRecords.ReadWrite.All'];
    const args = ['token', '--role', roles[0] as string, '--role', roles[1] as string, '--expires', '90s'];
    const both = decodeJwt((await run(args, { env })).stdout.trim());
    expect(both).toMatchObject({ roles, exp: (both.iat as number) + 90 });
  });

  it('shows no password of a URL that it refuses, though a slash in it ends what is taken for the host', async () => {
    const { status, stdout, stderr } = await run(['copy', '--from', 'file:a', '--to', 'postgres://me:1/secret@h/db']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]*postgres:\/\/…@h\/db[^\n]* where \/ is %2F[^\n]*\n$/);
  });

  it('makes no token where an issuer is set', async () => {
    const { status, stdout, stderr } = await run(['token'], { env: { ...env, AUTH_ISSUER: 'https://issuer.example' } });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^callrecords: AUTH_ISSUER .*\n$/);
  });

  it('prints the schema for registries and for clients, and finds schema.graphql in step', async () => {
    expect((await run(['schema'])).stdout).toBe(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
    expect((await run(['schema', '--api'])).stdout).not.toContain('@key');
    expect(await run(['schema', '--check'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each([['schema'], ['token'], ['export'], ['generate', '--count', '3'], ['migrate'], ['--help']])(
    'ends %s with one line and status 1 where its output cannot be written, and quietly where nobody reads it',
    async (...args) => {
      const unwritable = openSync(CLI, 'r');
      const failing = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', unwritable, 'pipe'] });
      closeSync(unwritable);
      expect(await ended(failing)).toEqual({ status: 1, stderr: 'callrecords: EBADF: bad file descriptor, write\n' });
      const unread = spawn(process.execPath, [CLI, ...args], { env });
      unread.stdout.destroy();
      expect(await ended(unread)).toEqual({ status: 0, stderr: '' });
    },
  );

  it('ends quietly when the reader of its output has enough', async () => {
    const child = spawn('bash', [
      '-c',
      `set -o pipefail; "${process.execPath}" "${CLI}" generate --count 100000 | head -1 | wc -l`,
    ]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output.trim()).toBe('1');
  });
});
