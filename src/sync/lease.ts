import { randomUUID } from 'node:crypto';
import type { Store } from '../store/store.js';
import type { Clock } from './clock.js';

const NAME = 'sync';
/** If a process is killed, another one waits no longer than this. */
const HELD_SECONDS = 20;
const RENEWED_EVERY_MS = 5_000;

type Leasing = Pick<Store, 'lease' | 'releaseLease'>;

/**
 * Runs the work unless another process does; resolves to false if one does. The signal of the work is aborted with the
 * given one, and when the lease is lost.
 */
export async function withLease(
  store: Leasing,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const holder = randomUUID();
  const take = () => store.lease(NAME, holder, HELD_SECONDS);
  if ((await take()) === null) return false;
  const ended = new AbortController();
  const lost = new AbortController();
  const renewing = keepRenewed(clock, ended.signal, take).catch((error: unknown) => lost.abort(error));
  try {
    await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    ended.abort();
    await renewing;
    await store.releaseLease(NAME, holder).catch(() => undefined);
  }
  return true;
}

/** Resolves when the signal is aborted; rejects if the lease cannot be renewed. */
async function keepRenewed(clock: Clock, ended: AbortSignal, take: () => Promise<unknown>): Promise<void> {
  for (;;) {
    await clock.wait(RENEWED_EVERY_MS, ended).catch(() => undefined);
    if (ended.aborted) return;
    if ((await take()) === null) throw new Error('another process has taken over');
  }
}
