import { Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { UnderWay } from './under-way.js';

const LOOK_EVERY_MS = 20;
/** How long a request may have been on its way to us when closing begins. */
const ON_THE_WAY_MS = 40;

/** A server whose idle connections Node does not end when it stops listening: see {@link watchConnections}. */
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
 * Lets closing end every connection without a request under way. That includes connections that were busy when closing
 * began, and those that never sent a request, which Node counts as busy. Returns a function that begins this, and that
 * returns a function to end it.
 * Idle connections are ended a moment late. A request that was already on its way would be lost, and its sender could
 * not know whether it was carried out; so it arrives and is refused.
 */
export function watchConnections(server: PlainServer | TlsServer, underWay: UnderWay): () => () => void {
  return () => {
    server.keepsIdle = true;
    let isOver = false;
    const end = async () => {
      await wait(ON_THE_WAY_MS);
      // First read what arrived while this process was busy.
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
