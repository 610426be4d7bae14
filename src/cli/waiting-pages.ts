import type { RecordPart } from '../domain/merge.js';
import type { Store } from '../store/store.js';
import type { ImportSummary, Place } from './import-summary.js';

/** A page of a record's part, and how large its JSON is. */
export interface PartPage {
  part: RecordPart;
  bytes: number;
  place: Place;
}

/** In bytes of JSON; what was parsed of it takes some six times as much memory. */
export interface PageLimits {
  /** So much is held of what came last: its record, or a newer version of it, may be about to come. */
  recent: number;
  /** So much is imported together. */
  together: number;
  /** So much of pages whose record is not stored waits for it. */
  withoutRecord: number;
}

/** As disks and progress count them. */
export const BYTES_PER_MB = 1_000_000;
const LIMITS: PageLimits = {
  recent: 32 * BYTES_PER_MB,
  together: 8 * BYTES_PER_MB,
  withoutRecord: 64 * BYTES_PER_MB,
};
/** Of pages that hold little: each brings the whole of its record into memory. */
const TOGETHER_AT_MOST = 500;

/**
 * Pages on their way to their records, in the order in which they came. A page names a record, but no version: it is
 * held for a while, as files that lie together come in any order, and added to what is stored then.
 */
export class WaitingPages {
  private recent: PartPage[] = [];
  private recentBytes = 0;
  private withoutRecord: PartPage[] = [];

  constructor(
    private readonly store: Pick<Store, 'importParts'>,
    private readonly summary: ImportSummary,
    private readonly limits: PageLimits = LIMITS,
  ) {}

  add(page: PartPage): void {
    this.recent.push(page);
    this.recentBytes += page.bytes;
  }

  /** Whether `importOldest` should be called, after the records that came before. */
  get areDue(): boolean {
    return this.recentBytes >= this.limits.recent + this.limits.together;
  }

  /** Imports all but the recent ones. Those whose record is not stored wait on, or are rejected if they are too many. */
  async importOldest(): Promise<void> {
    let count = 0;
    while (this.recentBytes > this.limits.recent) this.recentBytes -= (this.recent[count++] as PartPage).bytes;
    await this.import(this.recent.splice(0, count));
    const { withoutRecord } = this.limits;
    const limit = `${withoutRecord / BYTES_PER_MB} MB`;
    this.rejectBeyond(withoutRecord, `, and ${limit} of such pages wait already: import the records first`);
  }

  /** Imports all, after the last record of the input, and rejects those whose record has not come. */
  async finish(): Promise<void> {
    await this.import(this.recent.splice(0));
    this.rejectBeyond(0, '');
  }

  private async import(pages: PartPage[]): Promise<void> {
    // Those that have waited longer come first: the pages of one record keep their order.
    const all = [...this.withoutRecord, ...pages];
    this.withoutRecord = [];
    for (let start = 0; start < all.length;) {
      const batch = all.slice(start, this.endOfBatch(all, start));
      const outcomes = await this.store.importParts(batch.map(({ part }) => part));
      batch.forEach((page, index) => {
        const outcome = outcomes[index];
        if (outcome) this.summary.count(outcome);
        else this.withoutRecord.push(page);
      });
      start += batch.length;
    }
  }

  private endOfBatch(pages: PartPage[], start: number): number {
    let bytes = 0;
    let end = start;
    do bytes += (pages[end++] as PartPage).bytes;
    while (end < pages.length && bytes < this.limits.together && end - start < TOGETHER_AT_MOST);
    return end;
  }

  private rejectBeyond(limit: number, why: string): void {
    let bytes = 0;
    const kept = this.withoutRecord.findIndex((page) => (bytes += page.bytes) > limit);
    if (kept < 0) return;
    for (const { part, place } of this.withoutRecord.splice(kept)) {
      this.summary.reject(place, `a page of ${part.part} of the record ${part.id}, which is not stored${why}`);
    }
  }
}
