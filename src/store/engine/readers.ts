import type { Kysely, RawBuilder, SelectQueryBuilder } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import type { Tables } from '../rows/tables.js';
import type { Reduced, Reduction } from './reductions.js';

/** The tables that a query over `call_records as r` may name. */
export type Source = Tables & { r: Tables['call_records']; p: Tables['call_record_people'] };
export type Query<Row> = SelectQueryBuilder<Source, 'r', Row>;

/** How much a read may pass over: a bounded range, every entry of an index to count it, or every row to look at it. */
export type Scan = 'range' | 'entries' | 'rows';

/** The readers of a database. They see committed data and never wait for a writer. */
export interface Readers {
  readonly reader: Kysely<Tables>;
  /** Whether the reader blocks this thread while it reads. */
  readonly isShared: boolean;
  /** Whether an index is read without the rows of passed-over entries, also by a select of other columns. */
  readonly readsEntriesAlone: boolean;
  /** The reader; or, if such a scan would take long, one that holds nobody up. */
  readerFor(scan: Scan, asker?: Asker): Kysely<Tables>;
  /** Adds up the rows of a query that may look at every row, where they are read or in turns with other work. */
  reduce<Of extends Reduction>(query: RawBuilder<unknown>, reduction: Of, asker?: Asker): Promise<Reduced<Of>>;
}
