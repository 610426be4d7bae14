import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Finished {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string;
  node?: string[];
}

/** Processes that a test has started, each the leader of a group in which its workers are. */
const started = new Set<ChildProcess>();

// A test that fails leaves its server running, for which the test runner would wait.
afterEach(() => {
  for (const child of started) killGroup(child);
  started.clear();
});

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Starts the built command line; nothing of this process's environment but PATH and HOME reaches it. It ends with the test. */
export function start(args: string[], { env = {}, node = [] }: RunOptions = {}): ChildProcess {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [...node, CLI, ...args], { env: { PATH, HOME, ...env }, detached: true });
  started.add(child);
  return child;
}

/** Runs the built command line to its end. */
export async function run(args: string[], options: RunOptions = {}): Promise<Finished> {
  const child = start(args, options);
  const finished = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (finished.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (finished.stderr += chunk.toString()));
  // It may end before it has read.
  child.stdin?.on('error', () => undefined).end(options.input ?? '');
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...finished };
}
