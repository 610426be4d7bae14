import { Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { UnderWay } from './under-way.js';

const LOOK_EVERY_MS = 20;
/** So long a request may be on its way when closing begins. */
const ON_THE_WAY_MS = 40;

/** Of which idle connections need not be ended by node as it stops listening: see {@link watchConnections}. */
export class PlainServer extends Server {
  keepsIdle = false;

  override closeIdleConnections(): void {
    if (!this.keepsIdle) this.endIdle();
  }

  endIdle(): void {
    super.closeIdleConnections();
  }
}

/** The same with TLS. */
export class TlsServer extends SecureServer {
  keepsIdle = false;

  override closeIdleConnections(): void {
    if (!this.keepsIdle) this.endIdle();
  }

  endIdle(): void {
    super.closeIdleConnections();
  }
}

/**
 * Watches a server's requests, so that closing can end every connection on which none is under way: also one that was
 * busy when closing began, and one that never sent a request, which Node takes for busy. Returns what begins that and
 * gives back what ends it. Connections that lie idle are ended a moment later: a request that was on its way there would
 * be lost, and who sent it could not know whether it was carried out; it arrives to be refused.
 */
export function watchConnections(server: PlainServer | TlsServer, underWay: UnderWay): () => () => void {
  return () => {
    server.keepsIdle = true;
    let isOver = false;
    const end = async () => {
      await wait(ON_THE_WAY_MS);
      // What came while this process had no turn is read before the next one.
      await turn();
      while (!isOver) {
        if (underWay.size === 0) server.closeAllConnections();
        else server.endIdle();
        await wait(LOOK_EVERY_MS);
      }
    };
    void end();
    return () => {
      isOver = true;
    };
  };
}
