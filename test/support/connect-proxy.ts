import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A proxy for tunnels (CONNECT) on loopback, which knows where hosts are. */
export interface ConnectProxy {
  url: string;
  /** The requests for tunnels, as they came. */
  asked: { host: string | undefined; authorization: string | undefined }[];
  /** The status with which it refuses the tunnel of this number; null: it does not. */
  refuses: (index: number) => number | null;
  stop(): Promise<void>;
}

/** `ports`: those of this machine to which the tunnels to hosts lead. */
export async function startConnectProxy(ports: Record<string, number>): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', ({ url = '', headers }: IncomingMessage, client: Socket) => {
    const status = proxy.refuses(proxy.asked.length);
    proxy.asked.push({ host: url, authorization: headers['proxy-authorization'] });
    sockets.add(client.on('error', () => undefined));
    if (status !== null) {
      client.end(`HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
      return;
    }
    const upstream = connect(ports[url] ?? 1, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    sockets.add(upstream.on('error', () => client.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: ConnectProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    refuses: () => null,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
