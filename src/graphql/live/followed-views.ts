import { setTimeout as wait } from 'node:timers/promises';
import type { CallRecordChange } from '../../domain/change.js';
import type { ChangeFeed, Subscription } from '../../store/changes/change-feed.js';
import type { Change } from '../../store/changes/change-log.js';
import type { Store } from '../../store/store.js';
import { type Moves, movesOf, type Present, readPresent, Teller, toChange, type View } from './told-changes.js';

/** Changes that are read at once for all followers. */
const BATCH = 500;
/** After a failure, such as a database that is away, the log is read again after this time. */
const RETRY_AFTER_MS = 500;

/** A follower of a view. */
export interface Follower {
  /** Followers with the same key follow the same view. */
  readonly view: View & { key: string };
  /** All changes up to this one have been told. */
  readonly position: bigint;
  readonly teller: Teller;
  /** The records that were told while it read alone; null: very many. */
  readonly shown: ReadonlySet<string> | null;
  /** Whether few enough changes wait to be told. */
  readonly hasRoom: boolean;
  take(changes: readonly CallRecordChange[]): void;
  /** The follower gets no more changes. From this position it reads alone. */
  fallBehind(position: bigint, teller: Teller): void;
  fail(error: unknown): void;
  /** The follower may be able to step in now. */
  rouse(): void;
}

/** A view, and its followers who are in step. */
interface Followed {
  view: View;
  teller: Teller;
  followers: Set<Follower>;
}

/** The read of a view; null: nothing in it has changed. */
type Read = { moves: Moves; present: Present } | null;

/**
 * The views that are followed in this process. New changes are read once for each view that they may concern, however
 * many followers it has; other followers cost nothing. Followers are in step while they have been told the same. A
 * follower with an older cursor, or one that falls behind, reads alone until it has caught up.
 */
export class FollowedViews {
  /** All changes up to this one have been told to followers in step. */
  position = 0n;
  private newest = 0n;
  private readonly views = new Map<string, Followed>();
  /** All followers, in step or not. */
  private readonly followers = new Set<Follower>();
  /** Followers who began at a change that is still to be told. */
  private readonly early = new Set<Follower>();
  private subscription: Promise<Subscription> | null = null;
  private isTelling = false;

  constructor(
    private readonly store: Store,
    private readonly feed: ChangeFeed,
  ) {}

  /** Begins to follow: all commits from now on will be told. */
  async begin(follower: Follower): Promise<void> {
    this.followers.add(follower);
    try {
      await (this.subscription ??= this.subscribe());
    } catch (error) {
      this.end(follower);
      throw error;
    }
  }

  end(follower: Follower): void {
    this.stepOut(follower);
    this.followers.delete(follower);
    if (this.followers.size > 0) return;
    void this.subscription?.then(({ end }) => end()).catch(() => undefined);
    this.subscription = null;
  }

  /** Whether the follower is in step from now on. If not, it reads alone up to {@link position}, or waits for that. */
  stepIn(follower: Follower): boolean {
    if (follower.position > this.position) this.early.add(follower);
    if (follower.position !== this.position) return false;
    const { key, visibleTo, filter, columns } = follower.view;
    const known = this.views.get(key);
    // The follower was told these records alone: the view must not go on counting them as kept out.
    known?.teller.forget(follower.shown);
    const followed = known ?? { view: { visibleTo, filter, columns }, teller: follower.teller, followers: new Set() };
    followed.followers.add(follower);
    this.views.set(key, followed);
    return true;
  }

  private stepOut(follower: Follower): void {
    this.early.delete(follower);
    const followed = this.views.get(follower.view.key);
    if (followed?.followers.delete(follower) && followed.followers.size === 0) this.views.delete(follower.view.key);
  }

  private async subscribe(): Promise<Subscription> {
    const subscription = await this.feed.subscribe((last) => this.hasNewest(last));
    this.position = subscription.after;
    this.hasNewest(subscription.after);
    return subscription;
  }

  private hasNewest(last: bigint): void {
    if (last > this.newest) this.newest = last;
    if (!this.isTelling) void this.tellAll();
  }

  private async tellAll(): Promise<void> {
    this.isTelling = true;
    while (this.subscription && this.position < this.newest) {
      const from = this.position;
      try {
        const changes = await this.feed.read(from, BATCH);
        const reads = await this.readAll(changes);
        // All followers may have left meanwhile, and others come.
        if (this.position === from) this.deliver(reads, changes.at(-1)?.sequence ?? this.newest);
      } catch {
        await wait(RETRY_AFTER_MS, undefined, { ref: false });
      }
    }
    this.isTelling = false;
  }

  /** Reads all views, also those that are added meanwhile. */
  private async readAll(changes: readonly Change[]): Promise<Map<Followed, Read>> {
    const reads = new Map<Followed, Read>();
    let concerned: ReadonlySet<string> | undefined;
    for (;;) {
      const missing = [...this.views.values()].filter((followed) => !reads.has(followed));
      if (missing.length === 0) return reads;
      if (missing.some(({ view }) => view.visibleTo !== null)) concerned ??= await this.store.concernedBy(changes);
      await Promise.all(
        missing.map(async (followed) => {
          const { visibleTo } = followed.view;
          const isConcerned = visibleTo === null || concerned?.has(visibleTo);
          reads.set(followed, isConcerned ? await this.read(followed, changes) : null);
        }),
      );
    }
  }

  private async read({ view, followers }: Followed, changes: readonly Change[]): Promise<Read> {
    const moves = movesOf(changes, view.visibleTo);
    try {
      return moves.length > 0 ? { moves, present: await readPresent(this.store, moves, view) } : null;
    } catch (error) {
      for (const follower of followers) {
        this.stepOut(follower);
        follower.fail(error);
      }
      return null;
    }
  }

  private deliver(reads: ReadonlyMap<Followed, Read>, position: bigint): void {
    for (const [{ teller, followers }, read] of reads) {
      if (!read) continue;
      for (const follower of followers) {
        if (follower.hasRoom) continue;
        this.stepOut(follower);
        follower.fallBehind(this.position, teller.copy());
      }
      const changes = teller.tell(read.moves, read.present).map(toChange);
      if (changes.length > 0) for (const follower of followers) follower.take(changes);
    }
    this.position = position;
    for (const follower of this.early) {
      if (follower.position > position) continue;
      this.early.delete(follower);
      follower.rouse();
    }
  }
}
