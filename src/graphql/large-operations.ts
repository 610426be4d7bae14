import type { Asker } from '../domain/asker.js';
import { FairQueue } from '../domain/fair-queue.js';

/** An operation that may reach more records than this is large: two pages of the largest size. */
const LARGE = 1_000;
/** How many operations may wait. One that waits holds its document and variables, and nothing of its answer. */
const ROOM = { ofCaller: 50, inAll: 500 };

/**
 * Lets one large operation run at a time in the process, callers in turns. Its whole answer is built in memory: several
 * at once would need several times as much, and none would be done sooner.
 */
export class LargeOperations {
  /** One for all requests: they share the memory. */
  static readonly shared = new LargeOperations();

  private readonly waiting = new FairQueue<() => void>('large operations', ROOM);
  private isRunning = false;

  /**
   * Resolves when an operation that may reach so many records may run. If it resolves to true, {@link end} must be
   * called. It never resolves for a client that has left. Rejects with RATE_LIMITED or SERVICE_UNAVAILABLE if too many
   * wait.
   */
  async begin(records: number, { gone, subject }: Asker): Promise<boolean> {
    if (records <= LARGE) return false;
    if (this.isRunning)
      await new Promise<void>((admit) => {
        this.waiting.add(subject, admit);
        gone.addEventListener('abort', () => this.waiting.remove(subject, admit), { once: true });
      });
    this.isRunning = true;
    return true;
  }

  /** Lets the next one run. It takes over at once, as another one could otherwise start beside it. */
  end(): void {
    const admit = this.waiting.next();
    this.isRunning = admit !== undefined;
    admit?.();
  }
}
