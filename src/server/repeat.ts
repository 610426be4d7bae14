import { setTimeout as wait } from 'node:timers/promises';

interface Repeating {
  /** The start of a server is for others. */
  firstAfterMs: number;
  everyMs: number;
  signal: AbortSignal;
  /** Is told why the work failed; the next time does it. */
  failed: (error: unknown) => void;
}

/** Waits, until the signal is aborted at the longest; keeps no process alive. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** Does a work beside all others again and again. Ends with the signal; resolves when none of it is under way. */
export async function repeat(
  work: () => Promise<void>,
  { firstAfterMs, everyMs, signal, failed }: Repeating,
): Promise<void> {
  await pause(firstAfterMs, signal);
  while (!signal.aborted) {
    await work().catch(failed);
    await pause(everyMs, signal);
  }
}
