import type { Engine } from './engine.js';

/** How long a write waits for another process that holds the lock. */
export const RETRY_FOR_MS = 5_000;
/** A process that was busy with other work for so long has hardly tried: it tries so often at least. */
const LEAST_TRIES = 50;

/** Tries again, for so long, a work that others were in the way of. */
export async function retry<Result>(
  engine: Pick<Engine, 'attempts' | 'pause' | 'isTransient'>,
  attempt: () => Promise<Result>,
  forMs: number,
): Promise<Result> {
  const start = Date.now();
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const waited = Date.now() - start;
      const isLate = waited > forMs && tried >= LEAST_TRIES;
      if (!engine.isTransient(error) || tried >= engine.attempts || isLate) throw error;
      await engine.pause(waited);
    }
  }
}
