import type { IncomingMessage } from 'node:http';

const DRAINED_BYTES = 32 * 1024 * 1024;
const DRAINED_FOR_MS = 1_000;

/**
 * Reads and forgets the rest of a body that is refused, up to a bound: a client that still sends when the connection
 * closes sees a broken pipe in place of the answer.
 */
export async function drainBody(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > DRAINED_BYTES) resolve();
    };
    setTimeout(resolve, DRAINED_FOR_MS).unref();
    for (const event of ['end', 'close', 'error']) request.once(event, resolve);
    request.on('data', count).resume();
  });
  request.pause();
}
