import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Where a connection is cut: before the server gets the commit, or before the client gets its answer. */
export type Cut = 'before commit' | 'before its answer';

/** A way to a PostgreSQL that a test can cut. */
export interface PostgresProxy {
  port: number;
  /** Cuts the next connection that commits, once. */
  cutNext(cut: Cut): void;
  /** Takes the place of another server from now on. */
  lead(port: number): void;
  close(): Promise<void>;
}

/** The message of the protocol by which the driver commits: a simple query. */
const COMMIT = Buffer.from('commit\0');

/** Starts a proxy in front of the server at a port. */
export async function startProxy(target: number): Promise<PostgresProxy> {
  let to = target;
  let next: Cut | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    const cut = () => [client, upstream].forEach((socket) => socket.destroy());
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut).on('close', cut);
      socket.on('close', () => sockets.delete(socket));
    }
    let swallowing = false;
    client.on('data', (data) => {
      if (next !== null && data.includes(COMMIT)) {
        if (next === 'before commit') {
          next = null;
          cut();
          return;
        }
        swallowing = true;
        next = null;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (swallowing) cut();
      else client.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    cutNext: (cut) => (next = cut),
    lead: (port) => {
      to = port;
      sockets.forEach((socket) => socket.destroy());
    },
    close: async () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await once(server, 'close');
    },
  };
}
