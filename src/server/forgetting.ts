import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../store/store.js';
import { pause, repeat } from './repeat.js';

/** The start of a server is for others, and what is past is to go within an hour. */
const TIMES = { firstAfterMs: 60_000, everyMs: 600_000 };
/** Between two transactions others write. */
const PAUSE_MS = 20;

type Forgets = Pick<Store, 'forgetting'>;

/** How it tells what it did, when it ends, and when it runs. */
interface Telling {
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  signal: AbortSignal;
  firstAfterMs?: number;
  everyMs?: number;
}

/**
 * Forgets what is past by the settings, and ends erasures of people that were cut short. It handles a few records at a
 * time beside all other work, in one of the processes on a database. Ends with the signal; resolves when none of it is
 * under way.
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
 * Ends the erasures that were cut short, and takes out again whom a restored backup has brought back: before anybody reads.
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
    // At the start of a process nothing else keeps it alive.
    await wait(some > 0 ? PAUSE_MS : 0, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
  log.info({ callRecords }, 'people erased');
}
