import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type Answer, createInput, CREATE, post, temporaryFolder } from '../support/harness.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { start } from '../support/run.js';

/** Where the tests of a file keep their data: one PostgreSQL for all of them, a folder for each. */
export function databases(): { postgres: TestPostgres; folder: string } {
  const places = {} as { postgres: TestPostgres; folder: string };
  beforeAll(async () => {
    places.postgres = await startPostgres();
  });
  afterAll(() => places.postgres.stop());
  beforeEach(async () => {
    places.folder = await temporaryFolder();
  });
  afterEach(() => rm(places.folder, { recursive: true, force: true }));
  return places;
}

/** A server of its own process, or of several. */
export interface Serving {
  child: ChildProcess;
  url: string;
  /** Reads and writes. */
  token: string;
  /** Their processes, where there are several. */
  workers: number[];
  output(): string;
  said(text: RegExp): Promise<RegExpExecArray>;
  create(key?: string): Promise<Answer>;
}

/** Starts the built command line and waits until it serves; by two processes unless told otherwise. */
export async function serve(env: Record<string, string>): Promise<Serving> {
  const child = start(['serve'], { env: { PORT: '0', LOG_LEVEL: 'error', WORKERS: '2', ...env } });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const said = async (text: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = text.exec(output);
      if (match) return match;
      if (child.exitCode !== null) throw new Error(output);
      await Promise.race([
        once(child.stdout as never, 'data'),
        once(child.stderr as never, 'data'),
        once(child, 'exit'),
      ]);
    }
  };
  const token = (await said(/ token +(\S+)\n/))[1] as string;
  const url = (await said(/ready at (\S+)\n/))[1] as string;
  const create = (idempotencyKey?: string) => {
    const body = JSON.stringify({ query: CREATE, variables: { input: createInput(), idempotencyKey } });
    return post(`${url}/graphql`, body, token, { connection: 'close' });
  };
  const workers = (/ workers +([\d ]+)\n/.exec(output)?.[1] ?? '').split(' ').filter(Boolean).map(Number);
  return { child, url, token, workers, output: () => output, said, create };
}

/** Its status after SIGTERM. */
export async function ended(child: ChildProcess): Promise<number | null> {
  child.kill('SIGTERM');
  return ((await once(child, 'close')) as [number | null])[0];
}
