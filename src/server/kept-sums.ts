import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../store/store.js';
import { pause, repeat } from './repeat.js';

/**
 * The first run waits until the server has started. Statistics read an hour whose calls still change from its records,
 * and are as exact. Its sums are made once nobody has written in it for `quietMs`.
 */
const TIMES = { firstAfterMs: 60_000, everyMs: 5_000, quietMs: 30_000 };
/** Hours summed per transaction: some milliseconds of work. */
const SUMMED_AT_ONCE = 24;
/** Hours counted per transaction: counting takes longer. */
const TALLIED_AT_ONCE = 4;
/** The pause between two transactions, in which others write. */
const PAUSE_MS = 50;

type Summed = Pick<Store['statistics'], 'sumUp' | 'tallyUp'>;

interface Summing extends Partial<typeof TIMES> {
  log: Pick<FastifyBaseLogger, 'warn'>;
  signal: AbortSignal;
}

/**
 * Renews the sums and counts of statistics for the hours that have changed. It handles some hours at a time, so that
 * other work goes on. Several processes may do so on one database. Ends with the signal; resolves when no work is under
 * way any more.
 */
export async function keepSummed(statistics: Summed, { log, signal, ...times }: Summing): Promise<void> {
  const { firstAfterMs, everyMs, quietMs } = { ...TIMES, ...times };
  const sumUp = async () => {
    while (!signal.aborted && (await statistics.sumUp(SUMMED_AT_ONCE, quietMs)) > 0) await pause(PAUSE_MS, signal);
    while (!signal.aborted && (await statistics.tallyUp(TALLIED_AT_ONCE)) > 0) await pause(PAUSE_MS, signal);
  };
  // Until it succeeds, statistics read the records.
  const failed = (err: unknown) => log.warn({ err }, 'calls not added up');
  await repeat(sumUp, { firstAfterMs, everyMs, signal, failed });
}
