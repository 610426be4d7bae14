/** The aimed duration of one transaction that forgets: other writers wait for it. */
const WORK_MS = 100;
const RECORDS = { first: 50, least: 10, most: 1_000 };

/**
 * How many records one transaction takes. It follows the duration of earlier ones: a record may have many sessions, or
 * few people.
 */
export class Pace {
  private atOnce = RECORDS.first;

  get records(): number {
    return this.atOnce;
  }

  /** Runs the work of a transaction on so many records, and adapts the pace to its duration. */
  async keep<Result>(records: number, work: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    const result = await work();
    const fitting = (records * WORK_MS) / (performance.now() - start);
    // A limited step: the cause of one slow transaction may have nothing to do with its records.
    const next = Math.min(Math.max(fitting, this.atOnce / 2), this.atOnce * 2);
    if (records > 0) this.atOnce = Math.round(Math.min(Math.max(next, RECORDS.least), RECORDS.most));
    return result;
  }
}
