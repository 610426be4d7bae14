import type { UtcText } from '../domain/date-time.js';
import type { ListedRecord } from '../store/write/sync-queue.js';
import { Drain, type DrainParts } from './drain.js';
import { listWindow, type Window } from './lister.js';
import { afterPass, afterWindow, planPass, readProgress, writeProgress } from './progress.js';
import { msOf } from './times.js';

/** The most records of a window that wait to be queued together. */
const QUEUED_AT_ONCE = 1_000;

/** The options of a pass. */
export interface PassOptions {
  lookbackMs: number;
  /** How far back somebody has asked to go; null for as far as is due. */
  sinceMs: number | null;
  /** The time after which the next pass is due. */
  intervalMs: number;
  signal: AbortSignal;
}

/**
 * Lists what is due, and fetches new records and newer versions, the newest first and day by day. If it ends early, the
 * next pass continues from there. Rejects if Graph or the store cannot be used. Records that fail by themselves are in
 * the summary.
 */
export async function runPass(parts: DrainParts, options: PassOptions): Promise<void> {
  const { client, queue, clock } = parts;
  const { signal } = options;
  const startedAt = clock.now();
  let progress = await readProgress(queue);
  const beganAt = client.now();
  const plan = planPass(progress, beganAt, options);
  if (!plan.continues) progress = { ...progress, whole: null };
  await queue.retry();
  for (const window of plan.windows) {
    const before = progress;
    const { hasNews, newest } = await takeWindow(parts, window, signal);
    const newestStart = newest === null ? before.newestStart : Math.max(before.newestStart ?? -Infinity, msOf(newest));
    progress = afterWindow({ ...progress, newestStart }, plan, window, beganAt);
    if (hasNews || plan.isWhole) await writeProgress(queue, progress);
  }
  await drainDue(parts, signal);
  await writeProgress(queue, { ...afterPass(progress, plan, beganAt), nextPassAt: startedAt + options.intervalMs });
}

/** Fetches the records that are due. */
export async function drainDue(parts: DrainParts, signal: AbortSignal): Promise<void> {
  const drain = new Drain(parts, signal);
  drain.end();
  await drain.run();
}

/** Lists a window, and fetches its new records at the same time; resolves when all are done. */
async function takeWindow(
  parts: DrainParts,
  window: Window,
  signal: AbortSignal,
): Promise<{ hasNews: boolean; newest: UtcText | null }> {
  const { client, queue, summary } = parts;
  const abort = new AbortController();
  const both = AbortSignal.any([signal, abort.signal]);
  const drain = new Drain(parts, both);
  let hasNews = false;
  let newest: UtcText | null = null;
  const queueNews = async (listed: readonly ListedRecord[]) => {
    const news = await queue.findNews(listed);
    if (news.length === 0) return;
    hasNews = true;
    await queue.add(news.map(({ startDateTime, ...record }) => ({ ...record, since: startDateTime })));
    drain.more();
  };
  const list = async () => {
    let listed: ListedRecord[] = [];
    for await (const page of listWindow(client, window, both)) {
      summary.listed += page.length;
      for (const { startDateTime } of page) if (newest === null || startDateTime > newest) newest = startDateTime;
      listed.push(...page);
      // While others are being fetched, several pages share a commit.
      if (!drain.isIdle && listed.length < QUEUED_AT_ONCE) continue;
      await queueNews(listed);
      listed = [];
    }
    await queueNews(listed);
    drain.end();
  };
  const ends = await Promise.allSettled(
    [list(), drain.run()].map((work) =>
      work.catch((error: unknown) => {
        abort.abort(error);
        throw error;
      }),
    ),
  );
  signal.throwIfAborted();
  abort.signal.throwIfAborted();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return { hasNews, newest };
}
