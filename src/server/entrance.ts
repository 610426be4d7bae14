import { lookup } from 'node:dns/promises';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.js';
import { PlainServer, TlsServer } from './connections.js';
import { graphqlLane, type Lane } from './graphql-lane.js';
import { nodeTimeouts } from './slow-senders.js';
import { readTls } from './tls.js';
import type { UnderWay } from './under-way.js';

/** How long a connection stays open without a request. */
const KEEP_ALIVE_MS = 72_000;
/** The one host name that stands for an IPv4 and an IPv6 address. */
const LOCALHOST = 'localhost';

/** Takes over a request that asks to become a WebSocket. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Makes the HTTP servers that listen. Each request goes to the lane for GraphQL first, and then to Fastify if the lane
 * leaves it.
 */
export class Entrance {
  private fastify: RequestListener | null = null;
  private lane: RequestListener | null = null;
  private upgrade: Upgrade | null = null;

  constructor(
    private readonly config: Config,
    private readonly underWay: UnderWay,
  ) {}

  /** Fastify's option `serverFactory`. */
  readonly serverFactory = (fastify: RequestListener): PlainServer | TlsServer => {
    this.fastify = fastify;
    const tls = readTls(this.config);
    const timeouts = nodeTimeouts(this.config);
    const server = tls ? new TlsServer({ ...tls, ...timeouts }) : new PlainServer(timeouts);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.on('request', (request, response) => {
      this.underWay.begin(response);
      (this.lane ?? fastify)(request, response);
    });
    // Node would respond to these by itself, without a body. They are refused in the shape of their door instead.
    server.on('checkExpectation', (request, response) => {
      this.underWay.begin(response);
      fastify(request, response);
    });
    server.on('upgrade', (request, socket, head) => {
      if (this.upgrade && isWebSocket(request)) this.upgrade(request, socket, head);
      else answerAsItIs(server, tls ? 'secureConnection' : 'connection', { request, socket, head });
    });
    return server;
  };

  /** From now on, requests go through the lane and WebSockets are accepted. */
  open(lane: Lane, upgrade: Upgrade): void {
    if (!this.fastify) throw new Error('The lane is opened before there is a server.');
    this.lane = graphqlLane(lane, this.fastify);
    this.upgrade = upgrade;
  }

  /**
   * Listens on the other address of `localhost`, too. Fastify does so only on servers that it makes itself. If there is
   * no other address, or it is taken, the first one has to do, as with Fastify.
   */
  async listenOnOthers(app: FastifyInstance): Promise<void> {
    const { fastify } = this;
    if (this.config.host !== LOCALHOST || !fastify) return;
    const { address: first, port } = app.server.address() as AddressInfo;
    for (const { address } of await lookup(LOCALHOST, { all: true })) {
      if (address === first) continue;
      const server = this.serverFactory(fastify);
      app.server.once('close', () => server.close());
      await new Promise<void>((resolve) => {
        server.once('error', () => resolve());
        server.listen({ host: address, port }, resolve);
      });
    }
  }
}

const isWebSocket = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';
/** Headers by which a request asks for another protocol. */
const OF_UPGRADES = new Set(['connection', 'upgrade', 'http2-settings']);

/**
 * Responds to a request that offers another protocol, as Java's clients offer HTTP/2. The offer may be ignored (RFC
 * 9110, 7.8), but Node hands the connection over. So the request is parsed again, without the offer.
 */
function answerAsItIs(
  server: Server,
  event: 'connection' | 'secureConnection',
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] as string;
    if (!OF_UPGRADES.has(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit(event, socket);
}
