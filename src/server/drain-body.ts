import type { IncomingMessage } from 'node:http';

const DRAINED_BYTES = 32 * 1024 * 1024;
const DRAINED_FOR_MS = 1_000;

/**
 * Reads and discards the rest of a refused body, up to a bound. If the connection closed while the client still sends,
 * the client would see a broken pipe instead of the response.
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
