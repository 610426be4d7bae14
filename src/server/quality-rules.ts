import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { QUALITY_RULES } from '../domain/quality.js';
import type { Store } from '../store/store.js';
import { pause } from './repeat.js';

const LEASE = 'quality';
/** One process does the work, and renews the lease with each transaction. If it dies, another continues. */
const LEASE_SECONDS = 30;
/** Calls judged per transaction: some milliseconds of work. */
const JUDGED_AT_ONCE = 50;
/** Calls between two lines in the log. */
const TOLD_EVERY = 10_000;
/**
 * The pause between two transactions, in which others write; and the wait for another process or a failing database.
 */
const TIMES = { pauseMs: 20, retryMs: 20_000 };

type Judged = Pick<Store, 'hasJudgedBefore' | 'judgeAnew' | 'lease' | 'releaseLease'>;

interface Judging {
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  signal: AbortSignal;
  retryMs?: number;
}

/**
 * Judges calls again that were stored under earlier versions of the rules. It handles a few at a time, so that other
 * work goes on, and in one process per database. The next run continues where it ended. Ends with the signal; resolves
 * when no work is under way any more.
 */
export async function keepJudged(store: Judged, { log, signal, retryMs = TIMES.retryMs }: Judging): Promise<void> {
  const holder = randomUUID();
  while (!signal.aborted) {
    try {
      if (!(await store.hasJudgedBefore())) return;
      if (await store.lease(LEASE, holder, LEASE_SECONDS)) return await judge(store, holder, { log, signal });
    } catch (error) {
      log.warn({ err: error }, 'calls not judged anew');
    }
    await pause(retryMs, signal);
  }
}

async function judge(store: Judged, holder: string, { log, signal }: Judging): Promise<void> {
  log.info({ rules: QUALITY_RULES }, 'judging calls by new rules');
  let judged = 0;
  for (;;) {
    const some = signal.aborted ? 0 : await store.judgeAnew(JUDGED_AT_ONCE);
    if (some === 0) break;
    judged += some;
    if (judged % TOLD_EVERY < some) log.info({ judged }, 'calls judged by new rules so far');
    await pause(TIMES.pauseMs, signal);
    if (!(await store.lease(LEASE, holder, LEASE_SECONDS))) break;
  }
  await store.releaseLease(LEASE, holder);
  log.info({ judged, rules: QUALITY_RULES }, 'calls judged by new rules');
}
