import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { AddSpending } from '../domain/spending.js';

/** What a process has counted, as prom-client adds it up. */
export type Metrics = MetricObjectWithValues<MetricValue<string>>[];

/** What one process tells the others. */
export interface Counted {
  metrics: Metrics;
  /** The subjects of callers that it has refused for their rate in the last minute. */
  rateLimited: readonly string[];
}

/** The processes that serve together with this one on this machine. */
export interface Neighbours {
  addSpending: AddSpending;
  /** The sum of what all of them have counted, this one too, as Prometheus reads it. */
  readMetrics(): Promise<string>;
  /** Lets the others read what this process has counted. */
  offerMetrics(read: () => Promise<Counted>): void;
}
