import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../store/store.js';
import { pause, repeat } from './repeat.js';

const DAY_MS = 86_400_000;
/** The start of a server is for others, and each hour some changes have become too old. */
const TIMES = { firstAfterMs: 60_000, everyMs: 3_600_000 };
/** Changes that one transaction removes: a few milliseconds of work. */
const REMOVED_AT_ONCE = 2_000;
/** Between two transactions others write. */
const PAUSE_MS = 50;

type Pruned = Pick<Store, 'pruneChanges'>;

/** How pruning tells what it did, when it ends, and when it runs. */
interface Pruning {
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  signal: AbortSignal;
  firstAfterMs?: number;
  everyMs?: number;
}

/**
 * Removes changes older than so many days (0: none), a minute from now and then each hour, a few at a time beside all
 * other work. Several processes may do so on one database. Ends with the signal; resolves when none of it is under way.
 */
export async function keepPruned(store: Pruned, days: number, { log, signal, ...times }: Pruning): Promise<void> {
  if (days === 0) return;
  const { firstAfterMs, everyMs } = { ...TIMES, ...times };
  const pruneOnce = async () => {
    const removed = await prune(store, days * DAY_MS, signal);
    if (removed > 0) log.info({ removed, days }, 'changes pruned');
  };
  const failed = (err: unknown) => log.warn({ err }, 'changes not pruned');
  await repeat(pruneOnce, { firstAfterMs, everyMs, signal, failed });
}

async function prune(store: Pruned, olderThanMs: number, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (;;) {
    const some = signal.aborted ? 0 : await store.pruneChanges(olderThanMs, REMOVED_AT_ONCE);
    removed += some;
    if (some < REMOVED_AT_ONCE) return removed;
    await pause(PAUSE_MS, signal);
  }
}
