import { setTimeout as wait } from 'node:timers/promises';

/** The clock that a sync waits by. Tests use one that runs faster. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects as soon as the signal is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const CLOCK: Clock = {
  now: () => Date.now(),
  wait: async (ms, signal) => {
    await wait(Math.max(0, ms), undefined, { signal });
  },
};

/** The log of a sync, such as a pino logger. It never gets tokens or bodies. */
export interface SyncLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}
