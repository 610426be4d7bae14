import type { Asker } from '../domain/asker.js';
import { FairQueue } from '../domain/fair-queue.js';

/** Records that an operation may reach without being large: two pages of the largest size. */
const LARGE = 1_000;
/** An operation that waits holds its document and variables, and nothing of its answer. */
const ROOM = { ofCaller: 50, inAll: 500 };

/**
 * Lets one large operation run at a time in the process, callers in turns. The answer of each is built in memory as a
 * whole: several at once would need several times as much, and none would be done sooner.
 */
export class LargeOperations {
  /** One for all requests: they share the memory. */
  static readonly shared = new LargeOperations();

  private readonly waiting = new FairQueue<() => void>('large operations', ROOM);
  private isRunning = false;

  /**
   * Resolves when an operation that may reach so many records may run; to be followed by {@link end} if true. Never for
   * whoever has left. Rejects with RATE_LIMITED or SERVICE_UNAVAILABLE where too many wait.
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

  /** Lets the next one run: it takes over at once, or one that comes meanwhile would run beside it. */
  end(): void {
    const admit = this.waiting.next();
    this.isRunning = admit !== undefined;
    admit?.();
  }
}
