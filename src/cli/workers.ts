import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Config } from '../config.js';

/** A worker that dies sooner is not replaced at once: it would die again as soon. */
const QUICK_DEATH_MS = 1_000;

/** What a worker has to say once it listens. */
export interface Ready {
  url: string;
  token: string | null;
  /** Where the data is. */
  location: string;
}

type Message = { ready: Ready } | { failure: string };

/** Tells the process that started this worker that it listens. */
export function reportReady(ready: Ready): void {
  process.send?.({ ready } satisfies Message);
}

/** Tells the process that started this worker why it cannot serve. */
export function reportFailure(error: Error): void {
  process.send?.({ failure: error.message } satisfies Message);
}

/**
 * Serves by several processes on one port until SIGTERM or SIGINT, which ends them as it ends a single one. Those that die
 * are replaced. Throws the first reason for which one could not start.
 */
export async function serveByWorkers(
  config: Config,
  announce: (ready: Ready, workers: number[]) => void,
): Promise<void> {
  // Each accepts connections itself. Those that this process handed out to a worker that dies would never be answered or
  // closed; what a worker accepted, the system closes with it.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const pool = new Workers(config);
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  try {
    // The first one migrates the database and makes the development key, which the others then find.
    const first = await pool.start();
    pool.replaceDead(first.url);
    await Promise.all(Array.from({ length: config.workers - 1 }, () => pool.start()));
    announce(first, pool.ids());
    await ended;
  } finally {
    await pool.stop();
  }
}

class Workers {
  private stopping = false;
  private replacements: NodeJS.Timeout[] = [];

  constructor(private readonly config: Config) {}

  /** Resolves when a new worker listens, rejects with its reason if it cannot. */
  start(port?: string): Promise<Ready> {
    const worker = cluster.fork(port === undefined ? {} : { PORT: port });
    return new Promise((resolve, reject) => {
      worker.once('message', (message: Message) => {
        if ('ready' in message) resolve(message.ready);
        else reject(new Error(message.failure));
      });
      worker.once('exit', (code, signal) =>
        reject(new Error(`a worker ended before it was ready (${signal ?? `status ${code}`})`)),
      );
    });
  }

  /** Of their processes. */
  ids(): number[] {
    return this.living().flatMap(({ process: { pid } }) => pid ?? []);
  }

  replaceDead(url: string): void {
    const started = new Map<number, number>();
    cluster.on('exit', (worker: Worker, code: number | null, signal: string | null) => {
      if (this.stopping) return;
      console.error(`worker ${worker.process.pid} died (${signal ?? `status ${code}`}) and is replaced`);
      const age = Date.now() - (started.get(worker.id) ?? 0);
      const replace = () => {
        if (!this.stopping) this.replace(url);
      };
      this.replacements.push(setTimeout(replace, age < QUICK_DEATH_MS ? QUICK_DEATH_MS : 0));
    });
    cluster.on('fork', (worker) => started.set(worker.id, Date.now()));
  }

  /** Its exit is heard as that of any other: what keeps it from starting is told, and it is replaced again. */
  private replace(url: string): void {
    this.start(this.portOf(url)).then(
      () => console.error(`workers ${this.ids().join(' ')} serve`),
      (error: Error) => console.error(`callrecords: ${error.message}`),
    );
  }

  /** PORT=0 is the port that the workers share as long as there are any; the last one takes it with it. */
  private portOf(url: string): string | undefined {
    return this.config.port === 0 && this.living().length === 0 ? new URL(url).port : undefined;
  }

  private living(): Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }

  /** Ends all of them as SIGTERM ends a single process; status 1 if one of them did not end so. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.replacements.forEach(clearTimeout);
    await Promise.all(
      this.living().map(async (worker) => {
        worker.process.kill('SIGTERM');
        const [code] = (await once(worker, 'exit')) as [number | null];
        if (code !== 0) process.exitCode = 1;
      }),
    );
  }
}
