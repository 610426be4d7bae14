import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../store/store.js';
import { pause, repeat } from './repeat.js';

/**
 * The start of a server is for others. An hour whose calls still change is told by its records, exactly as well: it is
 * added up once nobody has written in it for a while.
 */
const TIMES = { firstAfterMs: 60_000, everyMs: 5_000, quietMs: 30_000 };
/** Hours that one transaction adds up: some milliseconds of work. */
const SUMMED_AT_ONCE = 24;
/** Likewise: of these more is counted. */
const TALLIED_AT_ONCE = 4;
/** Between two transactions others write. */
const PAUSE_MS = 50;

type Summed = Pick<Store['statistics'], 'isUnsummed' | 'sumUp' | 'tallyUp'>;

interface Summing extends Partial<typeof TIMES> {
  log: Pick<FastifyBaseLogger, 'warn'>;
  signal: AbortSignal;
}

/**
 * Adds up and counts for statistics what has changed, some hours at a time beside all other work. Several processes may do so on one
 * database. Ends with the signal; resolves when none of it is under way.
 */
export async function keepSummed(statistics: Summed, { log, signal, ...times }: Summing): Promise<void> {
  const { firstAfterMs, everyMs, quietMs } = { ...TIMES, ...times };
  const sumUp = async () => {
    while (!signal.aborted && (await statistics.isUnsummed(quietMs))) {
      await statistics.sumUp(SUMMED_AT_ONCE, quietMs);
      await pause(PAUSE_MS, signal);
    }
    while (!signal.aborted && (await statistics.tallyUp(TALLIED_AT_ONCE)) > 0) await pause(PAUSE_MS, signal);
  };
  // Statistics read the records meanwhile.
  const failed = (err: unknown) => log.warn({ err }, 'calls not added up');
  await repeat(sumUp, { firstAfterMs, everyMs, signal, failed });
}
