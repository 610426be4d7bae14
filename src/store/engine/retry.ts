import type { Engine } from './engine.js';

/** How long a write waits for another process that holds the lock. */
export const RETRY_FOR_MS = 5_000;

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
      if (!engine.isTransient(error) || tried >= engine.attempts || waited > forMs) throw error;
      await engine.pause(waited);
    }
  }
}
