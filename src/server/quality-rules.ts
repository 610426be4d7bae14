import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { QUALITY_RULES } from '../domain/quality.js';
import type { Store } from '../store/store.js';
import { pause } from './repeat.js';

const LEASE = 'quality';
/** One process works, and renews this with each transaction; if it dies, another goes on. */
const LEASE_SECONDS = 30;
/** Calls that one transaction judges: some milliseconds of work. */
const JUDGED_AT_ONCE = 50;
/** How often work under way is told. */
const TOLD_EVERY = 10_000;
/** Between two transactions others write; and how long another process, or a database that fails, is waited for. */
const TIMES = { pauseMs: 20, retryMs: 20_000 };

type Judged = Pick<Store, 'hasJudgedBefore' | 'judgeAnew' | 'lease' | 'releaseLease'>;

interface Judging {
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  signal: AbortSignal;
  retryMs?: number;
}

/**
 * Judges calls by the rules of this version that were stored under earlier ones. It handles a few at a time beside all
 * other work, in one of the processes on a database. Another run judges what is left when it ends. Ends with the
 * signal; resolves when none of it is under way.
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
