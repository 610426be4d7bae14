import { LRUCache } from 'lru-cache';
import type { RecordPart } from '../domain/merge.js';
import type { Store } from '../store/store.js';
import type { ImportReporter, Place } from './reporter.js';

/** A page of a record's part, and the size of its JSON. */
export interface PartPage {
  part: RecordPart;
  bytes: number;
  place: Place;
}

/** In bytes of JSON; in memory, parsed JSON takes some six times as much. */
export interface PageLimits {
  /** The most recent pages, which are held: their record, or a newer version of it, may be about to come. */
  recent: number;
  /** Pages that are imported together. */
  together: number;
  /** Pages that wait for a record that is not stored. */
  withoutRecord: number;
}

/** A megabyte as disks and progress bars count it. */
export const BYTES_PER_MB = 1_000_000;
const LIMITS: PageLimits = {
  recent: 32 * BYTES_PER_MB,
  together: 8 * BYTES_PER_MB,
  withoutRecord: 64 * BYTES_PER_MB,
};
/** The most small pages at once: each brings its whole record into memory. */
const TOGETHER_AT_MOST = 500;

/** The most records whose versions are remembered. A record's pages should come before so many others do. */
const RECORDS_REMEMBERED = 100_000;
/** Not a version: those count from 1. */
const REJECTED = 0n;

/**
 * Pages that wait for their records, in the order in which they came. A page names a record, but no version: it belongs
 * to the version that came before it, or else to the next one. Files of a folder come in any order. So a page is held
 * for a while, and then added to the record that is stored.
 */
export class WaitingPages {
  private recent: PartPage[] = [];
  private recentBytes = 0;
  private withoutRecord: PartPage[] = [];
  /** All waiting pages, by record. */
  private readonly waiting = new Map<string, Set<RecordPart>>();
  /** The version that came last, by record. */
  private readonly versions = new LRUCache<string, bigint>({ max: RECORDS_REMEMBERED });

  constructor(
    private readonly store: Pick<Store, 'importParts'>,
    private readonly reporter: ImportReporter,
    private readonly limits: PageLimits = LIMITS,
  ) {}

  add({ part, bytes, place }: PartPage): void {
    const { id } = part;
    const version = this.versions.get(id);
    if (version === REJECTED) {
      this.reporter.reject(place, `a page of ${part.part} of the record ${id}, which was rejected`);
      return;
    }
    const own = { ...part, version };
    this.recent.push({ part: own, bytes, place });
    this.recentBytes += bytes;
    const others = this.waiting.get(id);
    if (others) others.add(own);
    else this.waiting.set(id, new Set([own]));
  }

  /**
   * Must be called for each record before it is imported. If it returns true, import the records that came before, and
   * call `importOfVersions`: pages of an earlier version are waiting, and would otherwise be added to this one.
   */
  meet({ id, version }: { id: string; version: bigint }): boolean {
    let isLate = false;
    for (const part of this.waiting.get(id) ?? []) {
      part.version ??= version;
      isLate ||= part.version < version;
    }
    this.versions.set(id, version);
    return isLate;
  }

  /** Must be called for each record that is not imported: later pages would be added to another version. */
  meetRejected(id: string): void {
    this.versions.set(id, REJECTED);
  }

  /** Imports pages whose version has come. */
  async importOfVersions(): Promise<void> {
    const isKnown = ({ part }: PartPage) => part.version !== undefined;
    const pages = [...this.withoutRecord, ...this.recent].filter(isKnown);
    this.withoutRecord = this.withoutRecord.filter((page) => !isKnown(page));
    this.recent = this.recent.filter((page) => !isKnown(page));
    this.recentBytes = this.recent.reduce((sum, { bytes }) => sum + bytes, 0);
    await this.importAll(pages);
  }

  /** Whether to call `importOldest`, after importing the records that came before. */
  get areDue(): boolean {
    return this.recentBytes >= this.limits.recent + this.limits.together;
  }

  /**
   * Imports all but the recent pages. Those whose record is not stored keep waiting, or are rejected if they are too
   * many.
   */
  async importOldest(): Promise<void> {
    let count = 0;
    while (this.recentBytes > this.limits.recent) this.recentBytes -= (this.recent[count++] as PartPage).bytes;
    await this.importAll([...this.withoutRecord.splice(0), ...this.recent.splice(0, count)]);
    const { withoutRecord } = this.limits;
    const limit = `${withoutRecord / BYTES_PER_MB} MB`;
    this.rejectBeyond(withoutRecord, `, and ${limit} of such pages wait already: import the records first`);
  }

  /** Imports all pages, after the last record of the input, and rejects those whose record has not come. */
  async finish(): Promise<void> {
    await this.importAll([...this.withoutRecord.splice(0), ...this.recent.splice(0)]);
    this.rejectBeyond(0, '');
  }

  private async importAll(pages: PartPage[]): Promise<void> {
    for (let start = 0; start < pages.length;) {
      const batch = pages.slice(start, this.endOfBatch(pages, start));
      const outcomes = await this.store.importParts(batch.map(({ part }) => part));
      batch.forEach((page, index) => {
        const outcome = outcomes[index];
        if (outcome) {
          this.leave(page);
          this.reporter.count(outcome);
        } else this.withoutRecord.push(page);
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
    for (const page of this.withoutRecord.splice(kept)) {
      const { part, place } = page;
      this.leave(page);
      this.reporter.reject(place, `a page of ${part.part} of the record ${part.id}, which is not stored${why}`);
    }
  }
  private leave({ part }: PartPage): void {
    const others = this.waiting.get(part.id);
    others?.delete(part);
    if (others?.size === 0) this.waiting.delete(part.id);
  }
}
