import type { Engine } from './engine.js';

/** Tries again, for so long, what others kept from being carried out, with jitter so that several do not meet again. */
export async function patiently<Result>(
  engine: Pick<Engine, 'attempts' | 'pauseMs' | 'isTransient'>,
  attempt: () => Promise<Result>,
  forMs: number,
): Promise<Result> {
  const end = Date.now() + forMs;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!engine.isTransient(error) || tried >= engine.attempts || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, engine.pauseMs * (0.5 + Math.random())));
    }
  }
}
