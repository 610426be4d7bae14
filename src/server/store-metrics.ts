import { Counter, Gauge, type Registry } from 'prom-client';
import type { Store } from '../store/store.js';

/** The share of time that may go into measuring the database: counting millions of records takes a while. */
const PART_OF_TIME = 0.1;
/** A scrape waits no longer for the measurement; after that it gets the previous one. */
const FOUND_WITHIN_MS = 500;

/** Metrics of what the store holds, what this process has written, and the reads that wait for the database. */
export function registerStoreMetrics(registry: Registry, store: Store): void {
  const registers = [registry];
  const size = sparingly(() => store.size());
  const ofDatabase = (name: string, help: string, read: (size: { records: number; bytes: number }) => number) =>
    new Gauge({
      name,
      help,
      registers,
      // All processes measure the same database.
      aggregator: 'max',
      async collect() {
        const found = await size();
        if (found) this.set(read(found));
        else this.remove();
      },
    });
  ofDatabase('callrecords_records_stored', 'Records in the database.', ({ records }) => records);
  ofDatabase('callrecords_database_bytes', 'Size of the database on its disk.', ({ bytes }) => bytes);
  new Gauge({
    name: 'callrecords_reads_waiting',
    help: 'Reads that wait for a thread (SQLite), or for their turn or a connection (PostgreSQL).',
    registers,
    collect() {
      this.set(store.waitingReads);
    },
  });
  registerWritten(registry, store);
}

function registerWritten(registry: Registry, { written }: Store): void {
  const registers = [registry];
  new Counter({
    name: 'callrecords_created_records_total',
    help: 'Records that clients have created.',
    registers,
    collect() {
      this.reset();
      this.inc(written.created);
    },
  });
  new Counter({
    name: 'callrecords_imports_total',
    help: 'Imports that were carried out.',
    registers,
    collect() {
      this.reset();
      this.inc(written.imports);
    },
  });
  new Counter({
    name: 'callrecords_imported_records_total',
    help: 'Records of imports, by what became of them.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(written.imported)) this.inc({ outcome }, count);
    },
  });
}

/**
 * The result of `read`, which runs no more often than PART_OF_TIME allows; null before the first result, or if it
 * failed.
 */
function sparingly<Found>(read: () => Promise<Found>): () => Promise<Found | null> {
  let found: Found | null = null;
  let reading: Promise<void> | null = null;
  let nextAt = 0;
  const start = async () => {
    const startedAt = performance.now();
    found = await read().catch(() => null);
    const endedAt = performance.now();
    nextAt = endedAt + (endedAt - startedAt) / PART_OF_TIME;
    reading = null;
  };
  return async () => {
    if (reading === null && performance.now() >= nextAt) reading = start();
    if (reading !== null) await Promise.race([reading, timeout(FOUND_WITHIN_MS)]);
    return found;
  };
}

const timeout = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
