import { setTimeout as wait } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { CallRecordsError } from '../../domain/errors.js';
import { connect } from './connection.js';

/** Pages of the index of parts that one transaction merges: some milliseconds of work. */
const MERGED_AT_ONCE = 200;
/** Fewer changes than this mean that nothing is left to merge (FTS5, section 6.9). */
const NO_MERGE = 2;
/** Longer than readers and writers keep the log. */
const LOG_WITHIN_MS = 15_000;
const PAUSE_MS = 10;

/**
 * Removes deleted names from the index of parts. FTS5 only marks them as deleted until it merges the index's segments.
 */
export async function forgetGrams(
  transact: (work: (database: Database.Database) => number) => Promise<number>,
): Promise<void> {
  const merge = (pages: number) =>
    transact((database) => {
      const changes = () => database.prepare('select total_changes()').pluck().get() as number;
      const before = changes();
      database.prepare(`insert into known_identity_grams (known_identity_grams, rank) values ('merge', ?)`).run(pages);
      return changes() - before;
    });
  // The first merge has a negative number: all segments become one.
  let changed = await merge(-MERGED_AT_ONCE);
  while (changed >= NO_MERGE) changed = await merge(MERGED_AT_ONCE);
}

/** Moves the write-ahead log into the file, over the pages that were there, and empties it. */
export async function emptyLog(location: string): Promise<void> {
  const start = Date.now();
  const database = connect(location);
  try {
    for (;;) {
      const [row] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      if (row?.busy === 0) return;
      if (Date.now() - start > LOG_WITHIN_MS)
        throw new CallRecordsError(
          'SERVICE_UNAVAILABLE',
          'The log of the database still holds what was forgotten, as others read it; try again later.',
          { retryAfterSeconds: 1 },
        );
      await wait(PAUSE_MS);
    }
  } finally {
    database.close();
  }
}
