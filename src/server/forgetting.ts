import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../store/store.js';
import { pause, repeat } from './repeat.js';

/** The first run waits until the server has started. A record must go within an hour after its time is over. */
const TIMES = { firstAfterMs: 60_000, everyMs: 600_000 };
/** The pause between two transactions, in which others write. */
const PAUSE_MS = 20;

type Forgets = Pick<Store, 'forgetting'>;

/** The log of forgetting, the signal that ends it, and its times. */
interface Telling {
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  signal: AbortSignal;
  firstAfterMs?: number;
  everyMs?: number;
}

/**
 * Forgets records whose time is over by the settings, and completes erasures of people that were cut short. It handles
 * a few records at a time, so that other work goes on, and in one process per database. Ends with the signal; resolves
 * when no work is under way any more.
 */
export async function keepForgotten({ forgetting }: Forgets, { log, signal, ...times }: Telling): Promise<void> {
  const { firstAfterMs, everyMs } = { ...TIMES, ...times };
  const forget = async () => {
    let [deleted, stripped] = [0, 0];
    for await (const step of forgetting.prune()) {
      deleted += step.deleted;
      stripped += step.stripped;
      await pause(PAUSE_MS, signal);
      if (signal.aborted) break;
    }
    if (deleted + stripped > 0) log.info({ deleted, stripped }, 'records forgotten');
    if (!signal.aborted) await finishErasures({ forgetting }, { log, signal });
  };
  const failed = (err: unknown) => log.warn({ err }, 'records not forgotten');
  await repeat(forget, { firstAfterMs, everyMs, signal, failed });
}

/**
 * Completes erasures that were cut short, and erases people again whom a restored backup has brought back. It runs
 * before anybody can read.
 */
export async function finishErasures(
  { forgetting }: Forgets,
  { log, signal }: Pick<Telling, 'log' | 'signal'>,
): Promise<void> {
  if (!(await forgetting.isUnfinished())) return;
  log.info('erasing people of whom something is left');
  let callRecords = 0;
  for await (const some of forgetting.finish()) {
    callRecords += some;
    // While a process starts, nothing else keeps it alive.
    await wait(some > 0 ? PAUSE_MS : 0, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
  log.info({ callRecords }, 'people erased');
}
