import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestServer, temporaryFolder } from '../support/harness.js';
import { run } from '../support/run.js';

let folder: string;
let home: string;
let path: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await temporaryFolder();
  home = join(folder, 'a', 'db');
  path = join(home, 'callrecords.sqlite');
  env = { DATABASE_URL: `file:${path}` };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

async function modesIn(place: string): Promise<Record<string, string>> {
  const names = (await readdir(place)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await modeOf(join(place, name))])));
}

/** An empty file of such a mode, whatever the umask. */
const written = async (file: string, mode: number) => {
  await writeFile(file, '');
  await chmod(file, mode);
};

describe('Files of the database', () => {
  it.each([
    ['migrate', ['migrate'], ''],
    ['import', ['import', '-'], '{"id":"00000000-0000-0000-0000-000000000000"}\n'],
  ])("are their owner's alone, and so are folders made for them: made by %s", async (_name, args, input) => {
    await run(args, { env, input });
    expect(await modesIn(home)).toEqual({ 'callrecords.sqlite': '600' });
    expect([await modeOf(home), await modeOf(join(folder, 'a'))]).toEqual(['700', '700']);
  });

  it('are so while a server uses them, the log and the development key beside them included', async () => {
    const server = await startTestServer(env);
    try {
      expect(await modesIn(home)).toEqual({
        'callrecords.sqlite': '600',
        'callrecords.sqlite-shm': '600',
        'callrecords.sqlite-wal': '600',
        'development-key.json': '600',
      });
    } finally {
      await server.end();
    }
  });

  it('are so after a backup and a copy', async () => {
    await run(['migrate'], { env });
    const [backup, copied] = [join(home, 'backup'), join(home, 'copied')];
    expect(await run(['backup', backup], { env })).toMatchObject({ status: 0 });
    expect(await run(['copy', '--from', `file:${path}`, '--to', `file:${copied}`])).toMatchObject({ status: 0 });
    expect(await modesIn(home)).toEqual({ backup: '600', 'callrecords.sqlite': '600', copied: '600' });
  });

  it("that everybody could read become their owner's; what a group was given stays, and so does a folder", async () => {
    await mkdir(home, { recursive: true });
    await chmod(home, 0o755);
    await written(path, 0o644);
    await run(['migrate'], { env });
    expect(await modeOf(path)).toBe('600');
    await chmod(path, 0o640);
    await run(['migrate'], { env });
    expect(await modeOf(path)).toBe('640');
    expect(await modeOf(home)).toBe('755');
  });
});
