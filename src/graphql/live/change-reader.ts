import { LRUCache } from 'lru-cache';
import { ChangeFeed } from '../../store/changes/change-feed.js';
import type { Change } from '../../store/changes/change-log.js';
import type { Store } from '../../store/store.js';
import { FollowedViews } from './followed-views.js';
import { SharedResults } from './shared-results.js';
import { type Moves, type Present, readPresent, type View } from './told-changes.js';

/** Reads of the same changes that are shared: how many, and for how long in milliseconds. */
const SHARED = { max: 200, ttl: 2_000 };

/** How long a subscription is silent while nothing matches. */
const CHECKPOINT_AFTER_MS = 30_000;

/** The changes of a store, as all subscriptions of this process read them. */
export class ChangeReader {
  readonly feed: ChangeFeed;
  readonly views: FollowedViews;
  readonly results = new SharedResults();
  private readonly shared = new LRUCache<string, Promise<Present>>(SHARED);

  constructor(
    readonly store: Store,
    readonly checkpointAfterMs = CHECKPOINT_AFTER_MS,
  ) {
    this.feed = new ChangeFeed(store);
    this.views = new FollowedViews(store, this.feed);
  }

  /**
   * Reads the records of changes for a view. Subscriptions that catch up from the same place and see the same share the
   * read.
   */
  present(changes: readonly Change[], moves: Moves, view: View & { key: string }): Promise<Present> {
    // A shared read is never too old: later changes of its records follow by themselves.
    const key = `${changes[0]?.sequence} ${changes.at(-1)?.sequence} ${view.key}`;
    const known = this.shared.get(key);
    if (known) return known;
    // Without the asker: the first one may leave while others wait.
    const reading = readPresent(this.store, moves, { ...view, asker: undefined });
    this.shared.set(key, reading);
    reading.catch(() => this.shared.delete(key));
    return reading;
  }
}
