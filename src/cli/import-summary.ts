import type { ImportOutcome } from '../domain/merge.js';
import type { ImportReporter, Place } from '../ingest/reporter.js';

const REJECTED_SHOWN = 100;

/** Counts what an import did. Prints where and why values were rejected as it goes, for the first hundred. */
export class ImportSummary implements ImportReporter {
  rejected = 0;
  private readonly counts = { created: 0, updated: 0, unchanged: 0 };
  private readonly start = performance.now();

  count(outcome: ImportOutcome): void {
    this.counts[outcome] += 1;
  }

  reject({ file, line }: Place, reason: string): void {
    this.rejected += 1;
    if (this.rejected <= REJECTED_SHOWN) console.error(`${file}:${line}: rejected: ${reason}`);
    else if (this.rejected === REJECTED_SHOWN + 1) console.error('further rejected records are only counted');
  }

  print(): void {
    const { created, updated, unchanged } = this.counts;
    const seconds = (performance.now() - this.start) / 1000;
    const rate = Math.round((created + updated + unchanged + this.rejected) / seconds);
    console.log(
      `created ${created}, updated ${updated}, unchanged ${unchanged}, rejected ${this.rejected} in ${seconds.toFixed(1)} s (${rate} records/s)`,
    );
  }
}
