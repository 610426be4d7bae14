import { setTimeout as wait } from 'node:timers/promises';
import { AggregatorRegistry } from 'prom-client';
import type { Metrics } from '../server/neighbours.js';

/** A process that is busy for longer counts with what it told before. */
const READ_WITHIN_MS = 1_000;
/** What only ever grows. */
const COUNTING: readonly unknown[] = ['counter', 'histogram'];

/**
 * What several processes have counted, as one. What a process had counted when it was last read stays in the sums after
 * its end: sums that fall are taken for those of a new process, which has counted all of them since the last time.
 */
export class SummedMetrics {
  private readonly latest = new Map<() => Promise<Metrics>, Metrics>();
  private ended: Promise<Metrics> = Promise.resolve([]);

  /** Adds a process; one that cannot be read counts with what it told before. */
  add(read: () => Promise<Metrics>): void {
    this.latest.set(read, []);
  }

  /** Takes note of the end of a process. */
  end(read: () => Promise<Metrics>): void {
    const counted = (this.latest.get(read) ?? []).filter(({ type }) => COUNTING.includes(type));
    this.latest.delete(read);
    this.ended = this.ended.then((before) => sum([before, counted]).getMetricsAsJSON());
  }

  /** The sums as Prometheus reads them. */
  async read(): Promise<string> {
    await Promise.all(
      [...this.latest.keys()].map(async (read) => {
        const late = wait(READ_WITHIN_MS, null, { ref: false });
        const metrics = await Promise.race([read().catch(() => null), late]);
        if (metrics && this.latest.has(read)) this.latest.set(read, metrics);
      }),
    );
    return sum([...this.latest.values(), await this.ended]).metrics();
  }
}

const sum = (all: Metrics[]) => AggregatorRegistry.aggregate(all);
