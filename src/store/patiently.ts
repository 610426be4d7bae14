import type { Engine } from './engine.js';

/** Tries again, for so long, what others kept from being carried out. */
export async function patiently<Result>(
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
