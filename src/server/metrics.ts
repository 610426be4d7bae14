import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Limits } from '../domain/limits.js';
import type { Store } from '../store/store.js';
import type { GraphClient } from '../sync/graph-client.js';
import { Subscriptions } from './live/subscriptions.js';
import type { Neighbours } from './neighbours.js';
import type { Answered } from './request-log.js';
import { registerStoreMetrics } from './store-metrics.js';
import { registerSyncMetrics } from './sync-metrics.js';

/** How long a refused caller counts as rate limited. */
const LIMITED_FOR_MS = 60_000;
/** Rate-limited callers that are remembered; above that the exact number does not matter. */
const MAX_LIMITED = 10_000;

/**
 * The metrics for Prometheus: the process, durations of requests by route and status, refusals, and what the store
 * holds. No personal data.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [this.registry],
  });
  private readonly refusals = new Counter({
    name: 'callrecords_refusals_total',
    help: 'Answers with an error, by its code; one of several counts once for each.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  private readonly limited = new LRUCache<string, true>({ max: MAX_LIMITED, ttl: LIMITED_FOR_MS });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts a request that got its response. */
  observe({ route = 'none', status, durationMs, codes, caller }: Answered): void {
    this.durations.observe({ route, status }, durationMs / 1000);
    if (codes === undefined) return;
    this.refused(codes);
    if (caller !== null && codes.includes('RATE_LIMITED')) this.limited.set(caller.subject, true);
  }

  /** Counts errors that were sent to a client. */
  refused(codes: readonly string[]): void {
    for (const code of codes) this.refusals.inc({ code });
  }

  /** The subscriptions, which are counted in the metrics. */
  subscriptions(limits: Pick<Limits, 'maxSubscriptions'>): Subscriptions {
    return new Subscriptions(limits, this.registry, (codes) => this.refused(codes));
  }

  /** Adds the metrics of the sync with Microsoft Graph. */
  tellSync(client: GraphClient, readStatus: Parameters<typeof registerSyncMetrics>[2]): void {
    registerSyncMetrics(this.registry, client, readStatus);
  }

  /** Serves `/metrics`: the sums over all neighbours, if there are any. */
  register(app: FastifyInstance, store: Store, neighbours?: Neighbours): void {
    registerStoreMetrics(this.registry, store);
    neighbours?.offerMetrics(async () => ({
      metrics: await this.registry.getMetricsAsJSON(),
      rateLimited: this.rateLimited(),
    }));
    app.get('/metrics', async (_request, reply) =>
      reply
        .type(this.registry.contentType)
        .send(await (neighbours?.readMetrics() ?? metricsText(this.registry, this.rateLimited()))),
    );
  }

  private rateLimited(): string[] {
    this.limited.purgeStale();
    return [...this.limited.keys()];
  }
}

/**
 * The metrics in Prometheus' format, with the number of rate-limited callers. A caller that several processes refused
 * counts once.
 */
export async function metricsText(counted: Pick<Registry, 'metrics'>, rateLimited: Iterable<string>): Promise<string> {
  const told = new Registry();
  new Gauge({
    name: 'callrecords_rate_limited_callers',
    help: 'Callers that were refused with RATE_LIMITED in the last minute.',
    registers: [told],
  }).set(new Set(rateLimited).size);
  return `${await counted.metrics()}${await told.metrics()}`;
}
