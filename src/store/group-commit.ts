import { CallRecordsError } from '../domain/errors.js';

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

const BATCH_LIMIT = 500;

/**
 * Writes that arrive while a commit is under way share the next one, and each is answered after it: many clients
 * share one sync of the disk. `commit` gets the items of one transaction and gives their results in the same order.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly commit: (items: Item[]) => Promise<Result[]>) {}

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Resolves when everything submitted so far has been answered. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      // Requests that arrived in one turn of the event loop come together.
      await new Promise(setImmediate);
      const batch = this.waiting.splice(0, BATCH_LIMIT);
      await this.settle(batch);
    }
    this.running = null;
  }

  private async settle(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.commit(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      // One bad item must not fail its neighbours: nothing of the batch was written, so each goes by itself. A database
      // that cannot be used is no item's fault: to wait for it again, one item after the other, could take minutes.
      if (batch.length === 1 || isUnavailable(error)) batch.forEach(({ reject }) => reject(error));
      else for (const one of batch) await this.settle([one]);
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof CallRecordsError && error.code === 'SERVICE_UNAVAILABLE';
}
