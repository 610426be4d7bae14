import { setTimeout as wait } from 'node:timers/promises';
import { AggregatorRegistry } from 'prom-client';
import { metricsText } from '../server/metrics.js';
import type { Counted, Metrics } from '../server/neighbours.js';

/** For a process that is busy for longer, its last known counts are used. */
const READ_WITHIN_MS = 1_000;
const NOTHING: Counted = { metrics: [], rateLimited: [] };
/** The metrics that only ever grow. */
const COUNTING: readonly unknown[] = ['counter', 'histogram'];

/**
 * The counters of several processes, added up. What a process had counted at its last reading stays in the sums after
 * its end. If sums fell, Prometheus would read that as a restart, and count everything once more.
 */
export class SummedMetrics {
  private readonly latest = new Map<() => Promise<Counted>, Counted>();
  private ended: Promise<Metrics> = Promise.resolve([]);

  /** Adds a process. If it cannot be read, its last known counts are used. */
  add(read: () => Promise<Counted>): void {
    this.latest.set(read, NOTHING);
  }

  /** Removes a process that has ended; its counters stay in the sums. */
  end(read: () => Promise<Counted>): void {
    const counted = (this.latest.get(read) ?? NOTHING).metrics.filter(({ type }) => COUNTING.includes(type));
    this.latest.delete(read);
    this.ended = this.ended.then((before) => sum([before, counted]).getMetricsAsJSON());
  }

  /** The sums in Prometheus' format. */
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
