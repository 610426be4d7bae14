import type { Change } from './change-log.js';

/** The part of a store that a feed follows. */
export interface FollowedLog {
  changes(after: bigint | null, limit: number): Promise<Change[]>;
  /** The number of the newest change; 0 before the first. */
  lastChange(): Promise<bigint>;
  /**
   * Calls the listener soon after any process has committed, and perhaps without a commit. Returns the function that
   * stops it.
   */
  onCommit(listener: () => void): () => void;
}

/** A subscription to the log. */
export interface Subscription {
  /** The newest change when the subscription began: all later commits come after it. */
  after: bigint;
  end: () => void;
}

/**
 * The newest changes that are held for all subscribers, and the ids of people in them: some megabytes. A subscriber
 * further behind reads from the log.
 */
const HELD = { changes: 1_000, people: 20_000 };
/** After a failure, such as a server that is away, the log is read again after this time. */
const RETRY_AFTER_MS = 500;

/**
 * Reads the change log once for all subscribers of this process. A subscriber learns only that there are changes after
 * a number. It reads on from its own cursor when it can take more: from the changes that the feed holds, or from the
 * log. So nothing is skipped, and nothing waits in memory for a slow subscriber. Without subscribers nothing is read.
 */
export class ChangeFeed {
  private readonly listeners = new Set<(last: bigint) => void>();
  private stopWatching: (() => void) | null = null;
  /** The read of the log that is under way. */
  private looking: Promise<bigint> | null = null;
  private isAskedAgain = false;
  private last: bigint | null = null;
  /** The changes up to the last one, without gaps. */
  private held: Change[] = [];
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly log: FollowedLog) {}

  /**
   * Calls the listener with the newest number each time there are later changes than before, in the order of numbers.
   */
  async subscribe(listener: (last: bigint) => void): Promise<Subscription> {
    const own = (last: bigint) => listener(last);
    this.listeners.add(own);
    this.stopWatching ??= this.log.onCommit(() => this.look());
    const end = () => this.leave(own);
    try {
      const after = await this.log.lastChange();
      // All commits from now on are held, beginning with the first.
      if (this.listeners.has(own)) this.last ??= after;
      return { after, end };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** The changes after a number, as `Store.changes` gives them. */
  async read(after: bigint, limit: number): Promise<Change[]> {
    if (this.last !== null && after >= this.last) return [];
    const first = this.held[0];
    if (!first || after < first.sequence - 1n) return this.log.changes(after, limit);
    const start = this.held.findIndex(({ sequence }) => sequence > after);
    return start < 0 ? [] : this.held.slice(start, start + limit);
  }

  /** The number of subscriptions. */
  get subscribers(): number {
    return this.listeners.size;
  }

  /** Ends all subscriptions; resolves when no read is under way any more. */
  async close(): Promise<void> {
    for (const listener of this.listeners) this.leave(listener);
    await this.looking?.catch(() => undefined);
  }

  private leave(listener: (last: bigint) => void): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    this.stopWatching?.();
    this.stopWatching = null;
    clearTimeout(this.retry);
    this.held = [];
    this.last = null;
  }

  /** Reads the log; once more if a read under way may have begun too early. */
  private look(): void {
    if (this.looking) {
      this.isAskedAgain = true;
      return;
    }
    this.isAskedAgain = false;
    this.looking = this.readOn();
    this.looking
      .catch(() => {
        clearTimeout(this.retry);
        if (this.stopWatching) this.retry = setTimeout(() => this.look(), RETRY_AFTER_MS).unref();
      })
      .finally(() => {
        this.looking = null;
        if (this.isAskedAgain && this.stopWatching) this.look();
      });
  }

  private async readOn(): Promise<bigint> {
    const last = await this.log.lastChange();
    const before = this.last;
    if (before === last || !this.stopWatching) return last;
    const isNear = before !== null && last - before <= BigInt(HELD.changes);
    const added = isNear ? await this.log.changes(before, HELD.changes) : [];
    if (!this.stopWatching) return last;
    this.held = isNear ? newest([...this.held, ...added]) : [];
    this.last = this.held.at(-1)?.sequence ?? last;
    for (const listener of [...this.listeners]) listener(this.last);
    return last;
  }
}

/** The last of the changes, as many as may be held. */
function newest(changes: Change[]): Change[] {
  let people = 0;
  const tooFar = changes.findLastIndex(({ peopleRemoved, peopleAdded }, index) => {
    people += peopleRemoved.length + peopleAdded.length;
    return people > HELD.people || changes.length - index > HELD.changes;
  });
  return changes.slice(tooFar + 1);
}
