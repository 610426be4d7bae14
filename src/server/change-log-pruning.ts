import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../store/store.js';
import { pause, repeat } from './repeat.js';

const DAY_MS = 86_400_000;
/** The first run waits until the server has started. Each hour some changes have become too old. */
const TIMES = { firstAfterMs: 60_000, everyMs: 3_600_000 };
/** Changes removed per transaction: a few milliseconds of work. */
const REMOVED_AT_ONCE = 2_000;
/** The pause between two transactions, in which others write. */
const PAUSE_MS = 50;

type Pruned = Pick<Store, 'pruneChanges'>;

/** The log of pruning, the signal that ends it, and its times. */
interface Pruning {
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  signal: AbortSignal;
  firstAfterMs?: number;
  everyMs?: number;
}

/**
 * Removes changes older than `days` (0 keeps all): the first time after a minute, then each hour. It removes a few per
 * transaction, so that other work goes on. Several processes may prune one database. Ends with the signal; resolves
 * when no work is under way any more.
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
