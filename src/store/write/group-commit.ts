import { isUnavailable } from '../../domain/errors.js';

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

const BATCH_LIMIT = 500;

/** Gives the items of a transaction that has begun: all that have arrived until then. */
export type Take<Item> = () => Item[];

/**
 * Writes that arrive during a commit, or before its turn, share the next one. Each is answered after its commit: many
 * clients share one sync of the disk. `commit` takes the items of one transaction and gives their results in the same
 * order. If the transaction begins again, it takes again.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = 0;
  private readonly idle: (() => void)[] = [];

  /** `atOnce`: how many commits may be under way together. */
  constructor(
    private readonly atOnce: number,
    private readonly commit: (take: Take<Item>) => Promise<Result[]>,
  ) {}

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.running === this.atOnce) return;
      this.running += 1;
      void this.run();
    });
  }

  /** Resolves when everything submitted so far has been answered. */
  async drained(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      // Requests that arrived in one turn of the event loop share a commit.
      await new Promise(setImmediate);
      if (this.waiting.length > 0) await this.settle([]);
    }
    // In the same turn that finds nothing waiting: the next item starts a new run.
    this.running -= 1;
    if (this.running === 0) this.idle.splice(0).forEach((resolve) => resolve());
  }

  /** Commits the batch. If it is still empty, the items that wait fill it. */
  private async settle(batch: Waiting<Item, Result>[]): Promise<void> {
    const limit = batch.length || BATCH_LIMIT;
    const waited = this.waiting.length;
    const take = () => {
      batch.push(...this.waiting.splice(0, limit - batch.length));
      return batch.map(({ item }) => item);
    };
    try {
      const results = await this.commit(take);
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      // The transaction never began: fail every item that was waiting at the first attempt.
      if (batch.length === 0) batch.push(...this.waiting.splice(0, waited));
      // Nothing of the batch was written. One bad item must not fail the others, so each is written by itself. If the
      // database cannot be used, all fail: waiting for it again for each item could take minutes.
      if (batch.length === 1 || isUnavailable(error)) batch.forEach(({ reject }) => reject(error));
      else for (const one of batch) await this.settle([one]);
    }
  }
}
