import { setImmediate as turn } from 'node:timers/promises';
import type { GraphQLContext } from '../context.js';

/** The operation ended early: its client has left, or it exceeded a limit. The cause says which. */
export class OperationEnded extends Error {
  constructor(override readonly cause: Error) {
    super(cause.message, { cause });
  }
}

/**
 * Settles as `run` does, or as soon as the operation ends, and then rejects with an `OperationEnded`. graphql-js cannot
 * be stopped, but it waits for fields that never settle, and is garbage collected with them.
 */
export async function untilEnded<Result>(
  { asker, budget }: Pick<GraphQLContext, 'asker' | 'budget'>,
  run: () => Promise<Result>,
): Promise<Result> {
  const signal = asker?.gone;
  const requireWaiting = () => {
    if (signal?.aborted) throw new OperationEnded(signal.reason as Error);
  };
  // If many clients wait, a lost connection is noticed only after all other events that have arrived.
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
