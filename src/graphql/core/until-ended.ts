import { setImmediate as turn } from 'node:timers/promises';
import type { GraphQLContext } from '../context.js';

/** The operation was ended: nobody waits for it any more, or it went beyond a limit. The cause says which. */
export class OperationEnded extends Error {
  constructor(override readonly cause: Error) {
    super(cause.message, { cause });
  }
}

/**
 * Settles as `run` does, but as soon as the operation has ended: graphql-js cannot be stopped, but it waits for fields that
 * never settle, and is forgotten with them. Rejects with an `OperationEnded` then.
 */
export async function untilEnded<Result>(
  { asker, budget }: Pick<GraphQLContext, 'asker' | 'budget'>,
  run: () => Promise<Result>,
): Promise<Result> {
  const signal = asker?.gone;
  const requireWaiting = () => {
    if (signal?.aborted) throw new OperationEnded(signal.reason as Error);
  };
  // Where many wait, that a client has left is known only after what else has arrived.
  await turn();
  requireWaiting();
  let end: () => void = () => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    end = () => reject(new OperationEnded(signal?.reason as Error));
  });
  signal?.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([run(), ended]);
  } finally {
    signal?.removeEventListener('abort', end);
    budget?.end();
  }
}
