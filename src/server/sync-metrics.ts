import { Counter, Gauge, type Registry } from 'prom-client';
import type { SyncStatus } from '../domain/sync-status.js';
import type { GraphClient } from '../sync/graph-client.js';

type Status = SyncStatus & { newestStart: number | null };

/** Metrics of the sync's progress, equal in all processes of a database, and of this process' requests to Graph. */
export function registerSyncMetrics(registry: Registry, client: GraphClient, readStatus: () => Promise<Status>): void {
  const registers = [registry];
  const secondsOf = (utc: string | null) => (utc === null ? null : Date.parse(`${utc}Z`) / 1000);
  // Each scrape reads the status once.
  let reading: Promise<Status | null> | null = null;
  const read = () => {
    reading ??= readStatus()
      .catch(() => null)
      .finally(() => setImmediate(() => (reading = null)));
    return reading;
  };
  const gauge = (name: string, help: string, valueOf: (status: Status) => number | null) =>
    new Gauge({
      name: `callrecords_sync_${name}`,
      help,
      registers,
      aggregator: 'max',
      async collect() {
        const status = await read();
        const value = status && valueOf(status);
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  gauge('last_success_timestamp_seconds', 'When the last pass began that came to its end.', (status) =>
    secondsOf(status.lastSuccessAt),
  );
  gauge('covered_from_timestamp_seconds', 'Start of the time whose calls are stored.', (status) =>
    secondsOf(status.coveredFrom),
  );
  gauge('covered_until_timestamp_seconds', 'End of the time whose calls are stored.', (status) =>
    secondsOf(status.coveredUntil),
  );
  gauge('lag_seconds', 'Since the start of the newest call that Graph has listed.', ({ newestStart }) =>
    newestStart === null ? null : Math.max(0, (Date.now() - newestStart) / 1000),
  );
  gauge('waiting_records', 'Records that are to be fetched.', ({ waiting }) => waiting);
  gauge('failed_records', 'Records that were refused for good, until the next pass.', ({ failed }) => failed);
  gauge('subscription_expires_timestamp_seconds', 'When the subscription ends.', (status) =>
    secondsOf(status.subscriptionExpiresAt),
  );
  const counter = (name: string, help: string, valueOf: () => number) =>
    new Counter({
      name: `callrecords_sync_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(valueOf());
      },
    });
  counter('requests', 'Requests sent to Microsoft Graph.', () => client.counts.requests);
  counter('failed_requests', 'Those that were refused or failed.', () => client.counts.failed);
  counter('throttled_requests', 'Those that Graph throttled.', () => client.counts.throttled);
  counter('throttled_seconds', 'Time for which Graph had this wait.', () => client.pace.throttledMs / 1000);
}
