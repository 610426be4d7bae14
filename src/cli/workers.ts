import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Config } from '../config.js';
import { sumSpending } from '../server/rate-limit.js';
import { passOverSignals, untilSignal } from './signals.js';
import { SummedMetrics } from './summed-metrics.js';
import { callWorker, type PrimaryCalls, type Ready } from './worker-calls.js';

/** A worker that dies sooner is not replaced at once: it would die again as soon. */
const QUICK_DEATH_MS = 1_000;

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
  const ended = untilSignal();
  try {
    // The first one migrates the database and makes the development key, which the others then find.
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

  /** Resolves when a new worker listens, rejects with its reason if it cannot. */
  start(port?: string): Promise<Ready> {
    const worker = cluster.fork(port === undefined ? {} : { PORT: port });
    return new Promise((resolve, reject) => {
      this.listen(worker, { ready: resolve, failed: (message) => reject(new Error(message)) });
      worker.once('exit', (code, signal) =>
        reject(new Error(`a worker ended before it was ready (${signal ?? `status ${code}`})`)),
      );
    });
  }

  /** Answers what it asks, and lets all be asked for what it has counted. */
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
