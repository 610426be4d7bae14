import type { SyncQueue } from '../store/write/sync-queue.js';
import { DAY_MS, HOUR_MS } from './times.js';
import type { Window } from './lister.js';

/** Late versions mostly come within this time: each pass lists calls since then again. */
const RELISTED_MS = 72 * HOUR_MS;
/** How far Graph's clock may be ahead of this one. */
const AHEAD_MS = DAY_MS;

/** How far the sync of a database has come; times are milliseconds since 1970. */
export interface SyncProgress {
  lastSuccessAt: number | null;
  lastError: string | null;
  nextPassAt: number;
  /** Failed passes in a row. */
  failures: number;
  /** The first of the starts for which every call is stored that Graph listed last time; `coveredUntil` is the end. */
  coveredFrom: number | null;
  coveredUntil: number | null;
  /** When the last completed pass over the whole look-back began. */
  wholeAt: number | null;
  /** The pass over the whole look-back that is under way: when it began, and the start down to which it is done. */
  whole: { at: number; downTo: number } | null;
  /** The latest start of a listed call. */
  newestStart: number | null;
}

const NOTHING: SyncProgress = {
  ...{ lastSuccessAt: null, lastError: null, nextPassAt: 0, failures: 0 },
  ...{ coveredFrom: null, coveredUntil: null, wholeAt: null, whole: null, newestStart: null },
};

const NAME = 'progress';

export async function readProgress(queue: Pick<SyncQueue, 'readState'>): Promise<SyncProgress> {
  return { ...NOTHING, ...(await queue.readState<SyncProgress>(NAME)) };
}

export function writeProgress(queue: Pick<SyncQueue, 'writeState'>, progress: SyncProgress): Promise<void> {
  return queue.writeState(NAME, progress);
}

/** What a pass lists. */
export interface PassPlan {
  /** Whether these are the whole look-back. */
  isWhole: boolean;
  /** Whether it continues an earlier pass that did not complete, and leaves out what that has done. */
  continues: boolean;
  /** The newest first. */
  windows: Window[];
}

/** What the next pass lists; `sinceMs`: how far back somebody has asked to go, whatever was listed before. */
export function planPass(
  progress: SyncProgress,
  now: number,
  { lookbackMs, sinceMs }: { lookbackMs: number; sinceMs: number | null },
): PassPlan {
  const whole = now - lookbackMs;
  const relisted = Math.max(whole, now - RELISTED_MS);
  const isWhole = sinceMs === null && needsWhole(progress, now, { whole, relisted });
  const from = sinceMs === null ? (isWhole ? whole : relisted) : now - sinceMs;
  const windows = windowsOf(from, now);
  const begun = progress.whole;
  if (!isWhole || begun === null || now - begun.at > DAY_MS) return { isWhole, continues: false, windows };
  // What was listed before the process ended is not listed again, except for late versions.
  return {
    isWhole,
    continues: true,
    windows: windows.filter((window) => window.until > relisted || window.from < begun.downTo),
  };
}

function needsWhole(
  { coveredFrom, coveredUntil, wholeAt }: SyncProgress,
  now: number,
  { whole, relisted }: { whole: number; relisted: number },
): boolean {
  if (coveredFrom === null || coveredUntil === null || wholeAt === null) return true;
  return coveredUntil < relisted || coveredFrom > whole || now - wholeAt >= DAY_MS;
}

/** Days in UTC, so that each pass has the same windows; the newest first. */
function windowsOf(from: number, now: number): Window[] {
  const windows: Window[] = [];
  let until = now + AHEAD_MS;
  for (let start = Math.floor(now / DAY_MS) * DAY_MS; until > from; start -= DAY_MS) {
    windows.push({ from: Math.max(start, from), until });
    until = start;
  }
  return windows;
}

/** The progress after a window was stored, by a pass that began at `beganAt` and has stored all newer windows. */
export function afterWindow(progress: SyncProgress, plan: PassPlan, window: Window, beganAt: number): SyncProgress {
  const { coveredFrom, coveredUntil } = progress;
  const meetsEarlier = coveredFrom !== null && coveredUntil !== null && window.from <= coveredUntil;
  return {
    ...progress,
    coveredFrom: meetsEarlier ? Math.min(coveredFrom, window.from) : window.from,
    coveredUntil: Math.max(beganAt, coveredUntil ?? beganAt),
    whole: plan.isWhole
      ? {
          at: progress.whole?.at ?? beganAt,
          downTo: Math.min(progress.whole?.downTo ?? window.from, window.from),
        }
      : progress.whole,
  };
}

/** The progress after a completed pass. */
export function afterPass(progress: SyncProgress, plan: PassPlan, beganAt: number): SyncProgress {
  return {
    ...progress,
    ...{ lastSuccessAt: beganAt, lastError: null, failures: 0 },
    ...(plan.isWhole && { wholeAt: progress.whole?.at ?? beganAt, whole: null }),
  };
}
