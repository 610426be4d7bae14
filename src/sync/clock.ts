import { setTimeout as wait } from 'node:timers/promises';

/** The time by which a sync waits. Tests bring one that runs faster. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds; rejects as soon as the signal is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const CLOCK: Clock = {
  now: () => Date.now(),
  wait: async (ms, signal) => {
    await wait(Math.max(0, ms), undefined, { signal });
  },
};

/** What a sync tells of itself; pino's loggers are such. Neither tokens nor bodies come here. */
export interface SyncLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}
