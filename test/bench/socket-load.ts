import { connect } from 'node:net';
import { bodiesOf, type Figure, probe } from './load.js';
import type { Operation, Samples } from './operations.js';
import { cpuSeconds, type Server } from './servers.js';

const READ_BYTES = 65_536;
const HEAD = /^HTTP\/1\.1 (\d+) [^]*?\r\ncontent-length: (\d+)\r\n[^]*?\r\n\r\n/i;

/**
 * As `run`, for servers that share their cores with the load: it takes a third to a half of autocannon's CPU time. It
 * looks at the status and the length of an answer, which must come with the first bytes.
 */
export async function runOverSockets(
  server: Server,
  operation: Operation,
  samples: Samples,
  seconds: number,
): Promise<Figure> {
  const bodies = bodiesOf(server, operation, samples);
  await probe(server, bodies[0] as string);
  const before = cpuSeconds(server);
  const start = performance.now();
  const end = start + seconds * 1_000;
  const clients = Array.from({ length: operation.clients }, (_, client) => {
    const headers = server.headers[client % server.headers.length] ?? {};
    const requests = bodies.map((body) => requestBytes(server.url, headers, body));
    const from = Math.floor((client * bodies.length) / operation.clients);
    return askUntil(end, server.url, [...requests.slice(from), ...requests.slice(0, from)]);
  });
  const latencies = (await Promise.all(clients)).flat().sort((a, b) => a - b);
  return {
    requestsPerSecond: (latencies.length * 1_000) / (performance.now() - start),
    cpuMicroseconds: ((cpuSeconds(server) - before) * 1e6) / latencies.length,
    p99Milliseconds: latencies[Math.floor(latencies.length * 0.99)] as number,
  };
}

function requestBytes(url: string, headers: Record<string, string>, body: string): Buffer {
  const { host, pathname } = new URL(url);
  const all = { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/** Sends the requests in turn over one connection, each after the answer to the one before; resolves to milliseconds. */
function askUntil(end: number, url: string, requests: Buffer[]): Promise<number[]> {
  const { hostname, port } = new URL(url);
  const latencies: number[] = [];
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let missing = 0;
    const send = () => {
      sentAt = performance.now();
      socket.write(requests[latencies.length % requests.length] as Buffer);
    };
    const read = (size: number, bytes: Buffer) => {
      if (missing === 0) missing = answerBytes(bytes.toString('latin1', 0, size));
      missing -= size;
      if (missing > 0) return;
      latencies.push(performance.now() - sentAt);
      if (performance.now() < end) send();
      else socket.destroy();
    };
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (size, bytes) => {
          try {
            read(size, bytes as Buffer);
          } catch (error) {
            socket.destroy(error as Error);
          }
          return true;
        },
      },
    });
    socket
      .once('connect', send)
      .once('error', reject)
      .once('close', () => resolve(latencies));
  });
}

/** Of the head and the body together. */
function answerBytes(begin: string): number {
  const [head, status, length] = HEAD.exec(begin) ?? [];
  if (head === undefined || status !== '200') throw new Error(`An answer begins with ${begin.slice(0, 300)}`);
  return head.length + Number(length);
}
