import { lookup } from 'node:dns/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.js';
import { graphqlLane, type Lane } from './graphql-lane.js';
import { nodeTimeouts } from './slow-senders.js';
import { readTls } from './tls.js';
import type { UnderWay } from './under-way.js';

/** How long a connection stays open without a request. */
const KEEP_ALIVE_MS = 72_000;
/** The one name that stands for addresses of both families. */
const LOCALHOST = 'localhost';

/** Makes the servers that listen, and hands what comes to the lane for GraphQL first, and to Fastify what that leaves. */
export class Entrance {
  private fastify: RequestListener | null = null;
  private lane: RequestListener | null = null;

  constructor(
    private readonly config: Config,
    private readonly underWay: UnderWay,
  ) {}

  /** Fastify's option `serverFactory`. */
  readonly serverFactory = (fastify: RequestListener): Server => {
    this.fastify = fastify;
    const tls = readTls(this.config);
    const timeouts = nodeTimeouts(this.config);
    const server = tls ? createTlsServer({ ...tls, ...timeouts }) : createServer(timeouts);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.on('request', (request, response) => {
      this.underWay.begin(response);
      (this.lane ?? fastify)(request, response);
    });
    // Node answers these by itself otherwise, without a body; they are refused in the shape of their door.
    server.on('checkExpectation', (request, response) => {
      this.underWay.begin(response);
      fastify(request, response);
    });
    return server;
  };

  /** Lets requests into the lane from now on. */
  open(lane: Lane): void {
    if (!this.fastify) throw new Error('The lane is opened before there is a server.');
    this.lane = graphqlLane(lane, this.fastify);
  }

  /**
   * Listens on the other address of `localhost`, too: Fastify does so only on servers that it makes itself. Where there is
   * none, or it is taken, the first one has to do, as with Fastify.
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
