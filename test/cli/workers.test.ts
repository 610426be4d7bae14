import { join } from 'node:path';
import { run } from '../support/run.js';
import { databases, ended, serve } from './serving.js';

const places = databases();

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const ENGINES: [string, () => Promise<Record<string, string>>][] = [
  ['SQLite', async () => ({ DATABASE_URL: `file:${join(places.folder, 'data.sqlite')}` })],
  [
    'PostgreSQL',
    async () => ({
      DATABASE_URL: await places.postgres.create(),
      DEVELOPMENT_KEY_FILE: join(places.folder, 'development-key.json'),
    }),
  ],
];

describe.each(ENGINES)('WORKERS=2 on %s', (_name, settings) => {
  it('serves by two processes on one port, printed once, and one key in both makes one record', async () => {
    const env = await settings();
    const server = await serve(env);
    expect(server.workers).toHaveLength(2);
    expect(new Set([...server.workers, server.child.pid]).size).toBe(3);
    expect(server.output().match(/ready at/g)).toHaveLength(1);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => server.create(String(index % 4))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ data }) => data.createCallRecord.id)).size).toBe(4);
    expect(await ended(server.child)).toBe(0);
    expect(server.workers.filter(isAlive)).toEqual([]);
    const { stdout } = await run(['export'], { env });
    expect(stdout.trim().split('\n')).toHaveLength(4);
  });

  it('replaces a worker that is killed, and nothing that was acknowledged is missing', async () => {
    const env = await settings();
    const server = await serve(env);
    const acknowledged: string[] = [];
    let failed = 0;
    let replaced = false;
    const write = async () => {
      while (!replaced) {
        await server.create().then(
          ({ data }) => acknowledged.push(data.createCallRecord.id as string),
          () => failed++,
        );
      }
    };
    const writers = [write(), write(), write(), write()];
    process.kill(server.workers[0] as number, 'SIGKILL');
    const [, now] = await server.said(/workers ([\d ]+) serve\n/);
    replaced = true;
    await Promise.all(writers);
    expect(server.output()).toContain(`worker ${server.workers[0]} died (SIGKILL) and is replaced\n`);
    const workers = (now as string).split(' ').map(Number);
    expect(workers).toHaveLength(2);
    expect(workers).toContain(server.workers[1]);
    expect((await server.create()).status).toBe(200);
    // Only what the dead worker had in hand: at most what the four writers had sent.
    expect(failed).toBeLessThanOrEqual(4);
    expect(await ended(server.child)).toBe(0);
    const { stdout } = await run(['export'], { env });
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const id of acknowledged) expect(stdout).toContain(id);
  });
});

describe('WORKERS=2', () => {
  it('answers what is under way in every worker at SIGTERM, then exits with status 0', async () => {
    const env = { DATABASE_URL: `file:${join(places.folder, 'data.sqlite')}` };
    const server = await serve(env);
    const writes = Array.from({ length: 40 }, () =>
      server.create().then(
        ({ status, data }) => (status === 200 ? (data.createCallRecord.id as string) : null),
        () => null,
      ),
    );
    await Promise.race(writes);
    expect(await ended(server.child)).toBe(0);
    const acknowledged = (await Promise.all(writes)).filter((id) => id !== null);
    const { stdout } = await run(['export'], { env });
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const id of acknowledged) expect(stdout).toContain(id);
  });

  it('ends with one line and status 1 where the workers cannot start', async () => {
    const env = {
      PORT: '0',
      WORKERS: '2',
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
      DEVELOPMENT_KEY_FILE: join(places.folder, 'k'),
    };
    const { status, stdout, stderr } = await run(['serve'], { env });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^callrecords: Cannot use the database postgres:\/\/127\.0\.0\.1:1\/none: [^\n]*\n$/);
  });

  it('ends its workers when it is killed itself', async () => {
    const server = await serve({ DATABASE_URL: `file:${join(places.folder, 'data.sqlite')}` });
    server.child.kill('SIGKILL');
    const end = Date.now() + 30_000;
    while (server.workers.some(isAlive) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.workers.filter(isAlive)).toEqual([]);
  });
});
