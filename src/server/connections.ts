import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const LOOK_EVERY_MS = 20;

/**
 * Watches a server's requests, so that closing can end every connection on which none is under way: also one that was
 * busy when closing began, and one that never sent a request, which Node takes for busy. Returns what begins that and
 * gives back what ends it.
 */
export function watchConnections(server: Server): () => () => void {
  let underWay = 0;
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    underWay += 1;
    response.once('close', () => (underWay -= 1));
  });
  return () => {
    const end = () => (underWay === 0 ? server.closeAllConnections() : server.closeIdleConnections());
    const timer = setInterval(end, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  };
}
