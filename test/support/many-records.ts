import Database from 'better-sqlite3';
import { Modality } from '../../src/domain/enums.js';
import type { Store } from '../../src/store/store.js';

/** Matches none of the records, which only looking at each of them can tell. */
export const RARE = { modalities: { hasAll: [Modality.data, Modality.screenSharing] } };

/** Rows enough for a scan to take long, written by SQLite itself. */
export function fillRecords(store: Store, count: number): void {
  const database = new Database(store.location);
  database.exec(`
    insert into call_records (id, version, type, modalities, modality_bits, start_date_time, end_date_time,
      last_modified_date_time, duration_ticks, join_web_url, organizer, participants, participant_count,
      participants_fetched, sessions_fetched, extension, revision)
    with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < ${count - 1})
    select '00000000-0000-4000-8000-' || printf('%012d', n), 1, 'peerToPeer', '["audio"]', 1,
      '2026-01-15T12:00:00.' || (1000000 + n), '2026-01-15T13:00:00', '2026-01-15T14:00:00', 1, null, null, '[]', 0, 2, 0, null, 0
    from numbers`);
  database.close();
}
