import autocannon from 'autocannon';
import type { Operation, Samples } from './operations.js';
import { cpuSeconds, type Server } from './servers.js';

/** One run of one operation against one server. */
export interface Figure {
  requestsPerSecond: number;
  cpuMicroseconds: number;
  p99Milliseconds: number;
}

/** Runs the load for the time given. Throws if any answer is not a good one: a fast error is no speed. */
export async function run(server: Server, operation: Operation, samples: Samples, seconds: number): Promise<Figure> {
  const bodies = bodiesOf(server, operation, samples);
  await probe(server, bodies[0] as string);
  const before = cpuSeconds(server);
  const start = performance.now();
  let connection = 0;
  const result = await autocannon({
    url: server.url,
    connections: operation.clients,
    duration: seconds,
    setupClient: (client) => {
      // Each connection starts elsewhere in the list and has a caller of its own, as far as there are some.
      const at = connection++;
      const headers = { 'content-type': 'application/json', ...server.headers[at % server.headers.length] };
      const [offset, next] = [at, at + 1].map((place) => Math.floor((place * bodies.length) / operation.clients));
      const order = operation.once ? bodies.slice(offset, next) : [...bodies.slice(offset), ...bodies.slice(0, offset)];
      client.setRequests(order.map((body) => ({ method: 'POST', headers, body })));
    },
  });
  const elapsed = (performance.now() - start) / 1000;
  const answered = result['2xx'];
  if (result.errors > 0 || result.non2xx > 0 || answered === 0)
    throw new Error(`${server.name}, ${operation.name}: ${result.errors} errors, ${result.non2xx} refused.`);
  return {
    requestsPerSecond: answered / elapsed,
    cpuMicroseconds: ((cpuSeconds(server) - before) * 1e6) / answered,
    p99Milliseconds: result.latency.p99,
  };
}

/** What the server is sent in turn. */
export function bodiesOf(server: Server, operation: Operation, samples: Samples): string[] {
  return (operation[server.dialect]?.(samples) ?? []).map((body) => JSON.stringify(body));
}

/** Throws unless the first answer is a good one. */
export async function probe(server: Server, body: string): Promise<void> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...server.headers[0] },
    body,
  });
  const text = await response.text();
  if (response.status !== 200 || text.includes('"errors"') || text.length < 20)
    throw new Error(`${server.name} answered ${response.status}: ${text.slice(0, 500)}`);
}
