import { setTimeout as wait } from 'node:timers/promises';

interface Repeating {
  /** Long enough for the server to have started. */
  firstAfterMs: number;
  everyMs: number;
  signal: AbortSignal;
  /** Gets the reason when the work failed; it is tried again at the next time. */
  failed: (error: unknown) => void;
}

/** Waits, until the signal is aborted at most. Does not keep the process alive. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** Runs work in the background again and again. Ends with the signal; resolves when no work is under way any more. */
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
