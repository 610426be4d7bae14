import { setTimeout as wait } from 'node:timers/promises';
import { AggregatorRegistry } from 'prom-client';
import { metricsText } from '../server/metrics.js';
import type { Counted, Metrics } from '../server/neighbours.js';

/** A process that is busy for longer counts with what it told before. */
const READ_WITHIN_MS = 1_000;
const NOTHING: Counted = { metrics: [], rateLimited: [] };
/** What only ever grows. */
const COUNTING: readonly unknown[] = ['counter', 'histogram'];

/**
 * What several processes have counted, as one. What a process had counted when it was last read stays in the sums after
 * its end: sums that fall are taken for those of a new process, which has counted all of them since the last time.
 */
export class SummedMetrics {
  private readonly latest = new Map<() => Promise<Counted>, Counted>();
  private ended: Promise<Metrics> = Promise.resolve([]);

  /** Adds a process; one that cannot be read counts with what it told before. */
  add(read: () => Promise<Counted>): void {
    this.latest.set(read, NOTHING);
  }

  /** Takes note of the end of a process. */
  end(read: () => Promise<Counted>): void {
    const counted = (this.latest.get(read) ?? NOTHING).metrics.filter(({ type }) => COUNTING.includes(type));
    this.latest.delete(read);
    this.ended = this.ended.then((before) => sum([before, counted]).getMetricsAsJSON());
  }

  /** The sums as Prometheus reads them. */
  async read(): Promise<string> {
    await Promise.all(
      [...this.latest.keys()].map(async (read) => {
        const late = wait(READ_WITHIN_MS, null, { ref: false });
        const counted = await Promise.race([read().catch(() => null), late]);
        if (counted && this.latest.has(read)) this.latest.set(read, counted);
      }),
    );
    const counted = [...this.latest.values()];
    const all = [...counted.map(({ metrics }) => metrics), await this.ended];
    return metricsText(
      sum(all),
      counted.flatMap(({ rateLimited }) => rateLimited),
    );
  }
}

const sum = (all: Metrics[]) => AggregatorRegistry.aggregate(all);
