import { type CallRecordChange, ChangeKind, formatChangeCursor } from '../../domain/change.js';
import { CallRecordsError } from '../../domain/errors.js';
import type { Subscription } from '../../store/changes/change-feed.js';
import type { Reads } from '../../store/watched-store.js';
import type { ChangeReader } from './change-reader.js';
import { movesOf, Teller, type Told, type View } from './told-changes.js';

/** Changes that are read, and held, at once for one who follows. */
const BATCH = 100;

/** What a source gives, and from where. */
export interface SourceOptions {
  view: View;
  /** The number in the client's cursor; null for what comes from now on. */
  after: bigint | null;
  /** Takes note of the records that are told of. */
  reads?: Reads;
}

/** A change of that kind as the schema has it. */
export function toChange({ sequence, kind, id, record }: Told): CallRecordChange {
  return { kind, cursor: formatChangeCursor(sequence), callRecordId: id, callRecord: record };
}

/**
 * The events of `callRecordChanged`: a checkpoint, and then the changes as they come. It reads on from its own place when
 * it is asked for more, and holds no more than one batch.
 */
export class ChangeSource implements AsyncIterableIterator<CallRecordChange> {
  private waiting: Told[] = [];
  private hasBegun = false;
  private isOver = false;
  /** Whether there may be more than has been read. */
  private isStale = true;
  private wake: (() => void) | null = null;
  private timer: NodeJS.Timeout | undefined;
  private quietSince = Date.now();
  private readonly teller: Teller;
  private readonly view: View & { key: string };
  private subscription: Subscription | null = null;

  private constructor(
    private readonly reader: ChangeReader,
    private readonly options: SourceOptions,
    private position: bigint,
  ) {
    const { view, reads } = options;
    if (reads) {
      reads.hasRead = true;
      reads.askFor(view.filter);
    }
    const key = JSON.stringify([view.visibleTo, view.filter, view.columns]);
    this.view = { ...view, key };
    this.teller = new Teller(view.filter !== null);
  }

  /** Begins to follow. Rejects with CURSOR_EXPIRED where changes after the cursor are not kept, or not in this database. */
  static async open(reader: ChangeReader, options: SourceOptions): Promise<ChangeSource> {
    const source = new ChangeSource(reader, options, options.after ?? 0n);
    source.subscription = await reader.feed.subscribe(() => source.look());
    try {
      const { after: newest } = source.subscription;
      if (options.after === null) source.position = newest;
      else await requireKnown(reader, options.after, newest);
      return source;
    } catch (error) {
      source.subscription.end();
      throw error;
    }
  }

  async next(): Promise<IteratorResult<CallRecordChange, undefined>> {
    if (!this.hasBegun && !this.isOver) {
      this.hasBegun = true;
      return { done: false, value: this.checkpoint() };
    }
    while (!this.isOver) {
      const told = this.waiting.shift();
      if (told) return { done: false, value: this.say(told) };
      if (Date.now() - this.quietSince >= this.reader.checkpointAfterMs)
        return { done: false, value: this.checkpoint() };
      await (this.isStale ? this.readOn() : this.pause());
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<CallRecordChange, undefined>> {
    this.isOver = true;
    this.waiting = [];
    this.subscription?.end();
    this.look();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  private async readOn(): Promise<void> {
    this.isStale = false;
    const changes = await this.reader.feed.read(this.position, BATCH);
    const last = changes.at(-1);
    if (!last || this.isOver) return;
    this.isStale = true;
    const moves = movesOf(changes, this.view.visibleTo);
    const present = await this.reader.present(changes, moves, this.view);
    this.waiting = this.teller.tell(moves, present);
    this.position = last.sequence;
  }

  /** Until there may be more, or it is time for a checkpoint. */
  private pause(): Promise<void> {
    const leftMs = this.quietSince + this.reader.checkpointAfterMs - Date.now();
    return new Promise((resolve) => {
      this.wake = resolve;
      this.timer = setTimeout(() => this.rouse(), Math.max(0, leftMs));
    });
  }

  private look(): void {
    this.isStale = true;
    this.rouse();
  }

  private rouse(): void {
    clearTimeout(this.timer);
    const { wake } = this;
    this.wake = null;
    wake?.();
  }

  private say(told: Told): CallRecordChange {
    const { reads } = this.options;
    if (reads && told.record) reads.records += 1;
    this.quietSince = Date.now();
    return toChange(told);
  }

  private checkpoint(): CallRecordChange {
    this.quietSince = Date.now();
    const cursor = formatChangeCursor(this.position);
    return { kind: ChangeKind.CHECKPOINT, cursor, callRecordId: null, callRecord: null };
  }
}

/** Refuses a cursor whose following changes were pruned, or that was made by a database that knew more. */
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
