import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { AddSpending } from '../domain/spending.js';

/** The counters of a process, in the form that prom-client adds up. */
export type Metrics = MetricObjectWithValues<MetricValue<string>>[];

/** What one process reports to the others. */
export interface Counted {
  metrics: Metrics;
  /** The subjects of callers refused for their rate in the last minute. */
  rateLimited: readonly string[];
}

/** The processes on this machine that serve together with this one. */
export interface Neighbours {
  addSpending: AddSpending;
  /** The sum of the counters of all processes, this one included, in Prometheus' format. */
  readMetrics(): Promise<string>;
  /** Lets the others read what this process has counted. */
  offerMetrics(read: () => Promise<Counted>): void;
}
