import type { SyncStatus } from '../domain/sync-status.js';
import type { SyncQueue } from '../store/write/sync-queue.js';
import { readProgress } from './progress.js';
import { readSubscription } from './subscription.js';
import { utcOf } from './times.js';

/** The state of the sync of a database, whichever process runs it. */
export async function readSyncStatus(queue: SyncQueue): Promise<SyncStatus & { newestStart: number | null }> {
  const [progress, subscription, counts] = await Promise.all([
    readProgress(queue),
    readSubscription(queue),
    queue.count(),
  ]);
  const told = (ms: number | null | undefined) => (ms == null ? null : utcOf(ms));
  return {
    ...counts,
    lastSuccessAt: told(progress.lastSuccessAt),
    coveredFrom: told(progress.coveredFrom),
    coveredUntil: told(progress.coveredUntil),
    lastError: progress.lastError,
    subscriptionExpiresAt: told(subscription?.expiresAt),
    newestStart: progress.newestStart,
  };
}
