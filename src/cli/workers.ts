import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Config } from '../config.js';
import { sumSpending } from '../server/rate-limit.js';
import { passOverSignals, untilSignal } from './signals.js';
import { SummedMetrics } from './summed-metrics.js';
import { callWorker, type PrimaryCalls, type Ready } from './worker-calls.js';

/** A worker that dies sooner is not replaced at once: its replacement would die as soon. */
const QUICK_DEATH_MS = 1_000;

/**
 * Serves with several processes on one port until SIGTERM or SIGINT, which end them as they end a single one. Workers
 * that die are replaced. Throws the first reason why one could not start.
 */
export async function serveByWorkers(
  config: Config,
  announce: (ready: Ready, workers: number[]) => void,
): Promise<void> {
  // Each worker accepts connections itself. If this process handed connections out, those of a worker that dies would
  // get no response and never be closed. A connection that the worker accepted is closed by the system.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const pool = new Workers(config);
  const ended = untilSignal();
  try {
    // The first worker migrates the database and makes the development key. The others find both.
    const first = await pool.start();
    pool.replaceDead(first.url);
    await Promise.all(Array.from({ length: config.workers - 1 }, () => pool.start()));
    announce(first, pool.ids());
    await ended;
    passOverSignals();
  } finally {
    await pool.stop();
  }
}

class Workers {
  private stopping = false;
  private replacements: NodeJS.Timeout[] = [];
  private readonly addSpending = sumSpending();
  private readonly metrics = new SummedMetrics();

  constructor(private readonly config: Config) {}

  /** Resolves when a new worker listens; rejects with the reason if it cannot. */
  start(port?: string): Promise<Ready> {
    const worker = cluster.fork(port === undefined ? {} : { PORT: port });
    return new Promise((resolve, reject) => {
      this.listen(worker, { ready: resolve, failed: (message) => reject(new Error(message)) });
      worker.once('exit', (code, signal) =>
        reject(new Error(`a worker ended before it was ready (${signal ?? `status ${code}`})`)),
      );
    });
  }

  /** Responds to the worker's calls, and includes its counters in the metrics. */
  private listen(worker: Worker, starting: Pick<PrimaryCalls, 'ready' | 'failed'>): void {
    const connection = callWorker(worker, {
      ...starting,
      addSpending: this.addSpending,
      readMetrics: () => this.metrics.read(),
    });
    const read = () => connection.metrics();
    this.metrics.add(read);
    worker.once('exit', () => this.metrics.end(read));
  }

  /** The process ids of the workers. */
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

  /** If it cannot start, the reason is logged. It then exits like any other worker, and is replaced again. */
  private replace(url: string): void {
    this.start(this.portOf(url)).then(
      () => console.error(`workers ${this.ids().join(' ')} serve`),
      (error: Error) => console.error(`callrecords: ${error.message}`),
    );
  }

  /**
   * With PORT=0 the workers share a port that exists as long as one of them does. After the last one has died, the new
   * worker must ask for that port by number.
   */
  private portOf(url: string): string | undefined {
    return this.config.port === 0 && this.living().length === 0 ? new URL(url).port : undefined;
  }

  private living(): Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }

  /** Ends all workers as SIGTERM ends a single process. Sets exit status 1 if one of them does not end cleanly. */
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
