import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import type { Tables } from '../rows/tables.js';

/** What a query over `call_records as r` may name. */
export type Source = Tables & { r: Tables['call_records']; p: Tables['call_record_people'] };
export type Query<Row> = SelectQueryBuilder<Source, 'r', Row>;

/** What a read may pass over: a bounded range, every entry of an index to count them, or every row to look at it. */
export type Scan = 'range' | 'entries' | 'rows';

/** What reads in a database: it sees what is committed and never waits for a writer. */
export interface Readers {
  readonly reader: Kysely<Tables>;
  /** Whether the reader holds this thread up while it reads. */
  readonly isShared: boolean;
  /** Whether an index is read without the rows of what is passed over, also by a select of other columns. */
  readonly readsEntriesAlone: boolean;
  /** The reader, or one that holds nobody else up where such a scan would take long. */
  readerFor(scan: Scan, asker?: Asker): Kysely<Tables>;
}
