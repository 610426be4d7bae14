import { type Config, engineOptions } from '../config.js';
import type { GraphConfig } from '../config/graph.js';
import { openStore } from '../store/store.js';
import { checkSetup } from '../sync/check.js';
import type { SyncLog } from '../sync/clock.js';
import { Summary } from '../sync/summary.js';
import { Sync } from '../sync/sync.js';
import { Progress } from './progress.js';
import { untilSignal } from './signals.js';

const FAILURES_SHOWN = 100;
const SHOWN_EVERY_MS = 250;

/** The options of `callrecords sync`; `sinceSeconds` null means as far back as is due. */
export interface SyncRequest {
  once: boolean;
  sinceSeconds: number | null;
}

/**
 * Fetches new records from Microsoft Graph, once or until a signal, and prints a summary. Throws if Graph or the
 * database cannot be used, or if a record failed permanently.
 */
export async function syncRecords(config: Config, request: SyncRequest): Promise<void> {
  const graph = requireGraph(config);
  const store = await openStore(config.databaseUrl, engineOptions(config));
  const summary = new Summary(tellFailures());
  const sync = new Sync({ config: { ...graph, notificationUrl: null }, store, log: LOG, summary });
  const progress = new Progress(null, 'records fetched');
  const shown = setInterval(() => progress.set(summary.fetched), SHOWN_EVERY_MS);
  const stop = new AbortController();
  void untilSignal().then(() => stop.abort());
  const start = performance.now();
  try {
    await work(sync, { request, summary, signal: stop.signal });
  } finally {
    clearInterval(shown);
    progress.stop();
    const { waiting, failed } = await store.sync.count();
    await store.close();
    print(summary, waiting, (performance.now() - start) / 1000);
    if (failed > 0) process.exitCode = 1;
  }
}

async function work(
  sync: Sync,
  { request, summary, signal }: { request: SyncRequest; summary: Summary; signal: AbortSignal },
): Promise<void> {
  const { once, sinceSeconds } = request;
  try {
    if (once || sinceSeconds !== null)
      await sync.pass(summary, sinceSeconds === null ? null : sinceSeconds * 1000, signal, () =>
        console.error('another process syncs; waiting for it'),
      );
    if (!once) await sync.run(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error('stopped; the next run goes on from here');
  }
}

/** Checks the set-up and prints a line for each part of it; throws if something is wrong. */
export async function checkSync(config: Config): Promise<void> {
  let wrong = 0;
  for await (const { what, isRight, text } of checkSetup(requireGraph(config), new AbortController().signal)) {
    console.log(`${isRight ? 'ok  ' : 'FAIL'} ${what}: ${text}`);
    if (!isRight) wrong += 1;
  }
  if (wrong > 0) throw new Error(`${wrong} of these must be put right; see docs/sync.md.`);
}

function requireGraph({ graph }: Config): GraphConfig {
  if (graph) return graph;
  throw new Error(
    'GRAPH_TENANT_ID, GRAPH_CLIENT_ID and GRAPH_CLIENT_SECRET are not set (or another credential): nothing to fetch from; see docs/sync.md.',
  );
}

/** A log for the person at the terminal. It leaves out what succeeded: that is in the summary. */
const LOG: SyncLog = {
  info: () => undefined,
  warn: (facts, message) => console.error(`${message}: ${JSON.stringify(facts)}`),
};

function tellFailures(): (id: string, reason: string) => void {
  let told = 0;
  return (id, reason) => {
    told += 1;
    if (told <= FAILURES_SHOWN) console.error(`${id}: failed: ${reason}`);
    else if (told === FAILURES_SHOWN + 1) console.error('further records that fail are only counted');
  };
}

function print(summary: Summary, waiting: number, seconds: number): void {
  const counts = Object.entries({ ...summary.facts(), waiting }).map(([name, count]) => `${name} ${count}`);
  console.log(`${counts.join(', ')} in ${seconds.toFixed(1)} s`);
}
