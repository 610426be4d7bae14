import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Neighbours } from './neighbours.js';
import type { Answered, Observer } from './request-log.js';

/**
 * `/metrics` for Prometheus: the process, and how long requests took by route and status, of all neighbours together
 * where there are some. No personal data. Gives what counts requests that Fastify does not see.
 */
export function registerMetrics(app: FastifyInstance, neighbours?: Neighbours): Observer {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  });
  const observe = ({ route = 'none', status, durationMs }: Pick<Answered, 'route' | 'status' | 'durationMs'>) =>
    durations.observe({ route, status }, durationMs / 1000);
  app.addHook('onResponse', async (request, reply) =>
    observe({ route: request.routeOptions.url, status: reply.statusCode, durationMs: reply.elapsedTime }),
  );
  neighbours?.offerMetrics(() => registry.getMetricsAsJSON());
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await (neighbours?.readMetrics() ?? registry.metrics())),
  );
  return observe;
}
