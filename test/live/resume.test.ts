import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createClient as createSseClient } from 'graphql-sse';
import { loadDevelopmentKey, mintToken } from '../../src/auth/development-key.js';
import { CREATE, createInput, post, temporaryFolder } from '../support/harness.js';
import { freePort, QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { FOLLOW, socketClient, type Told } from '../support/following.js';

const WRITERS = 8;
const KILLS = 1;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres(QUICK);
});
afterAll(() => postgres.stop());

/** One process that serves a database, at a port that it keeps. */
class Served {
  private process: ChildProcess | null = null;
  readonly url: string;

  constructor(
    readonly port: number,
    private readonly environment: Record<string, string>,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    const env = { ...process.env, ...this.environment, PORT: String(this.port), LOG_LEVEL: 'silent' };
    this.process = spawn(process.execPath, ['dist/cli.js', 'serve'], { env, stdio: 'ignore' });
    while (
      !(await fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  async kill(): Promise<void> {
    const { process: killed } = this;
    if (!killed || killed.exitCode !== null) return;
    const ended = new Promise((resolve) => killed.once('exit', resolve));
    killed.kill('SIGKILL');
    await ended;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

type Transport = (server: Served, token: string, after: string | undefined) => AsyncIterable<unknown>;
const TRANSPORTS: Record<string, Transport> = {
  websocket: (server, token, after) => socketClient(server, token).iterate({ query: FOLLOW, variables: { after } }),
  sse: ({ url }, token, after) =>
    createSseClient({
      url: `${url}/graphql`,
      headers: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
    }).iterate({ query: FOLLOW, variables: { after } }),
  multipart,
};

/** The results of a multipart answer. */
async function* multipart({ url }: Served, token: string, after: string | undefined): AsyncIterable<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'multipart/mixed;subscriptionSpec=1.0, application/json',
    },
    body: JSON.stringify({ query: FOLLOW, variables: { after } }),
  });
  let rest = '';
  for await (const chunk of Readable.fromWeb(response.body as never).setEncoding('utf8')) {
    const parts = (rest + String(chunk)).split('\r\n--graphql');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const { payload } = JSON.parse(/\{.*\}/s.exec(part)?.[0] ?? '{}') as { payload?: unknown };
      if (payload) yield payload;
    }
  }
}

describe.each(['SQLite', 'PostgreSQL'])(
  'Clients of two processes on one database, %s, of which one is killed, that leave now and then,',
  (engine) => {
    test('Each gets every change that was acknowledged exactly once, in the order of the log', async () => {
      const folder = await temporaryFolder();
      const key = join(folder, 'key.json');
      const environment = {
        DATABASE_URL: engine === 'SQLite' ? `file:${join(folder, 'callrecords.sqlite')}` : await postgres.create(),
        ALLOW_LOSSY_COMMITS: 'true',
        DEVELOPMENT_KEY_FILE: key,
      };
      const killed = new Served(await freePort(), environment);
      const steady = new Served(await freePort(), environment);
      try {
        await killed.start();
        await steady.start();
        const token = await mintToken(await loadDevelopmentKey(key), {
          roles: ['CallRecords.ReadWrite.All'],
          expiresInSeconds: 3_600,
        });
        let isOver = false;
        const acknowledged: string[] = [];
        const write = async (server: Served) => {
          while (!isOver) {
            const body = JSON.stringify({ query: CREATE, variables: { input: createInput() } });
            const answer = await post(`${server.url}/graphql`, body, token).catch(() => null);
            const id = answer?.data?.createCallRecord?.id as string | undefined;
            if (id !== undefined) acknowledged.push(id);
            else await new Promise((resolve) => setTimeout(resolve, 50));
          }
        };
        const followers = Object.values(TRANSPORTS).flatMap((transport) =>
          [killed, steady].map((server) => new Resuming(server, token, transport)),
        );
        await Promise.all(followers.map(({ begun }) => begun));
        const writers = Array.from({ length: WRITERS }, (_, index) => write(index % 2 ? killed : steady));
        for (let kill = 0; kill < KILLS; kill++) {
          await until(() => acknowledged.length > 20 * (kill + 1));
          await killed.kill();
          await killed.start();
        }
        isOver = true;
        await Promise.all(writers);
        for (const follower of followers) await follower.until(acknowledged);
        const [first, ...others] = followers.map((follower) => follower.ids);
        expect(new Set(first).size).toBe(first?.length);
        for (const other of others) expect(other).toEqual(first);
        for (const follower of followers) follower.stop();
      } finally {
        await Promise.all([killed.kill(), steady.kill()]);
        await rm(folder, { recursive: true, force: true });
      }
    }, 60_000);
  },
);

/** Events after which a client leaves by itself, at most. */
const LEAVES_WITHIN = 40;

/** Follows as the documentation says: anew from the last cursor, whenever it ends or the client has left. */
class Resuming {
  readonly ids: string[] = [];
  readonly begun: Promise<void>;
  private after: string | undefined;
  private isOver = false;
  private told: () => void = () => undefined;

  constructor(server: Served, token: string, transport: Transport) {
    this.begun = new Promise((resolve) => {
      this.told = resolve;
    });
    void this.follow(() => transport(server, token, this.after));
  }

  /** Until all of these have come. */
  async until(ids: readonly string[]): Promise<void> {
    await until(() => ids.every((id) => this.ids.includes(id)));
  }

  stop(): void {
    this.isOver = true;
  }

  private async follow(events: () => AsyncIterable<unknown>): Promise<void> {
    while (!this.isOver) {
      let left = 1 + Math.floor(Math.random() * LEAVES_WITHIN);
      try {
        for await (const event of events()) {
          const { data } = event as { data: { callRecordChanged: Told } };
          const { cursor, callRecordId } = data.callRecordChanged;
          this.after = cursor;
          if (callRecordId !== null) this.ids.push(callRecordId);
          this.told();
          left -= 1;
          if (this.isOver || left === 0) break;
        }
      } catch {
        // It comes back a moment later.
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
