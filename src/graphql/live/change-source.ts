import { type CallRecordChange, ChangeKind, formatChangeCursor } from '../../domain/change.js';
import { CallRecordsError } from '../../domain/errors.js';
import type { Reads } from '../../store/watched-store.js';
import type { ChangeReader } from './change-reader.js';
import type { Follower } from './followed-views.js';
import { movesOf, Teller, toChange, type View } from './told-changes.js';

/** Changes that a source reads at once. If more are waiting, it no longer keeps pace. */
const BATCH = 100;
/** Records told while reading alone that are remembered until it keeps pace. */
const MAX_SHOWN = 10_000;

/** The options of a source: what it gives, and from where. */
export interface SourceOptions {
  view: View;
  /** The number in the client's cursor; null for changes from now on. */
  after: bigint | null;
  /** Notes the told records. */
  reads?: Reads;
}

/**
 * The events of `callRecordChanged`: a checkpoint, and then the changes as they come. While the source keeps pace, it
 * gets the changes together with the other subscriptions. Otherwise it reads on from its own place when its consumer
 * asks for more, and holds no more than a batch.
 */
export class ChangeSource implements AsyncIterableIterator<CallRecordChange>, Follower {
  readonly view: View & { key: string };
  teller: Teller;
  shown: Set<string> | null = new Set();
  private waiting: CallRecordChange[] = [];
  private hasBegun = false;
  private isOver = false;
  private isInStep = false;
  private failure: { error: unknown } | null = null;
  private wake: (() => void) | null = null;
  private timer: NodeJS.Timeout | undefined;
  private quietSince = Date.now();

  private constructor(
    private readonly reader: ChangeReader,
    private readonly options: SourceOptions,
    private readUpTo: bigint,
  ) {
    const { view, reads } = options;
    reads?.follow(view.filter);
    const key = JSON.stringify([view.visibleTo, view.filter, view.columns]);
    this.view = { ...view, key };
    this.teller = new Teller(view.filter !== null);
  }

  /**
   * Begins to follow. Rejects with CURSOR_EXPIRED if changes after the cursor are not kept, or not in this database.
   */
  static async open(reader: ChangeReader, options: SourceOptions): Promise<ChangeSource> {
    const source = new ChangeSource(reader, options, options.after ?? 0n);
    await reader.views.begin(source);
    try {
      const newest = await reader.store.lastChange();
      if (options.after === null) source.readUpTo = newest;
      else await requireKnown(reader, options.after, newest);
      return source;
    } catch (error) {
      reader.views.end(source);
      throw error;
    }
  }

  get position(): bigint {
    return this.isInStep ? this.reader.views.position : this.readUpTo;
  }

  get hasRoom(): boolean {
    return this.waiting.length < BATCH;
  }

  async next(): Promise<IteratorResult<CallRecordChange, undefined>> {
    if (!this.hasBegun && !this.isOver) {
      this.hasBegun = true;
      return { done: false, value: this.checkpoint() };
    }
    while (!this.isOver) {
      const change = this.waiting.shift();
      if (change) return { done: false, value: this.say(change) };
      if (this.failure) throw this.failure.error;
      if (Date.now() - this.quietSince >= this.reader.checkpointAfterMs)
        return { done: false, value: this.checkpoint() };
      await (this.isBehind() ? this.readOn() : this.pause());
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<CallRecordChange, undefined>> {
    this.isOver = true;
    this.waiting = [];
    this.reader.views.end(this);
    this.rouse();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  take(changes: readonly CallRecordChange[]): void {
    this.waiting.push(...changes);
    this.rouse();
  }

  fallBehind(position: bigint, teller: Teller): void {
    this.isInStep = false;
    this.readUpTo = position;
    this.teller = teller;
  }

  fail(error: unknown): void {
    this.failure = { error };
    this.rouse();
  }

  rouse(): void {
    clearTimeout(this.timer);
    const { wake } = this;
    this.wake = null;
    wake?.();
  }

  /** Joins the others if it can. */
  private isBehind(): boolean {
    const { views } = this.reader;
    if (!this.isInStep && views.stepIn(this)) {
      this.isInStep = true;
      this.shown = new Set();
    }
    return this.position < views.position;
  }

  /** Reads alone, up to the place of the others. */
  private async readOn(): Promise<void> {
    const { feed, views } = this.reader;
    const upTo = views.position;
    const read = await feed.read(this.readUpTo, BATCH);
    const changes = read.filter(({ sequence }) => sequence <= upTo);
    if (this.isOver) return;
    const moves = movesOf(changes, this.view.visibleTo);
    const told = this.teller.tell(moves, await this.reader.present(changes, moves, this.view));
    this.waiting = told.map(toChange);
    for (const { id } of told) this.shown?.add(id);
    if (this.shown && this.shown.size > MAX_SHOWN) this.shown = null;
    this.readUpTo = changes.at(-1)?.sequence ?? upTo;
  }

  /** Waits until there may be more, or it is time for a checkpoint. */
  private pause(): Promise<void> {
    const leftMs = this.quietSince + this.reader.checkpointAfterMs - Date.now();
    return new Promise((resolve) => {
      this.wake = resolve;
      this.timer = setTimeout(() => this.rouse(), Math.max(0, leftMs));
    });
  }

  private say(change: CallRecordChange): CallRecordChange {
    const { reads } = this.options;
    if (reads && change.callRecord) reads.records += 1;
    this.quietSince = Date.now();
    return change;
  }

  private checkpoint(): CallRecordChange {
    this.quietSince = Date.now();
    const cursor = formatChangeCursor(this.position);
    return { kind: ChangeKind.CHECKPOINT, cursor, callRecordId: null, callRecord: null };
  }
}

/** Refuses a cursor if later changes were pruned, or if it comes from a later state of the database. */
async function requireKnown({ store }: ChangeReader, after: bigint, newest: bigint): Promise<void> {
  requireWithin(after, newest);
  await store.changes(after, 1);
}

/** Refuses a cursor beyond the newest change: the database was put back to an earlier state since. */
export function requireWithin(after: bigint, newest: bigint): void {
  if (after > newest)
    throw new CallRecordsError(
      'CURSOR_EXPIRED',
      'This database does not know the change of this cursor: it may have been restored from a backup. List the records anew, and follow the changes from then on.',
    );
}
