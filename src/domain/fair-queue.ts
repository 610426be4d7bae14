import { CallRecordsError } from './errors.js';

/** How many items may wait for one caller, and in all. */
export interface Room {
  ofCaller: number;
  inAll: number;
}

const RETRY_AFTER_SECONDS = 1;

/** A queue in which callers take turns; the items of one caller keep their order. */
export class FairQueue<Item> {
  private readonly waiting = new Map<string, Set<Item>>();
  private count = 0;

  /** `what`: the kind of items, for the error when there is no room. */
  constructor(
    private readonly what: string,
    private readonly room: Room,
  ) {}

  get size(): number {
    return this.count;
  }

  /** The number of items of one caller. */
  sizeOf(whose: string): number {
    return this.waiting.get(whose)?.size ?? 0;
  }

  /** Throws RATE_LIMITED if too many items of this caller wait, SERVICE_UNAVAILABLE if too many wait in all. */
  add(whose: string, item: Item): void {
    this.requireRoom(whose);
    const own = this.waiting.get(whose);
    this.count += 1;
    if (own) own.add(item);
    else this.waiting.set(whose, new Set([item]));
  }

  /** False if the item no longer waits. */
  remove(whose: string, item: Item): boolean {
    const own = this.waiting.get(whose);
    if (!own?.delete(item)) return false;
    if (own.size === 0) this.waiting.delete(whose);
    this.count -= 1;
    return true;
  }

  /** Takes the first item of the caller whose turn it is; undefined if nothing waits. */
  next(): Item | undefined {
    for (const [whose, own] of this.waiting) {
      // A caller with more items goes to the end.
      this.waiting.delete(whose);
      for (const item of own) {
        own.delete(item);
        this.count -= 1;
        if (own.size > 0) this.waiting.set(whose, own);
        return item;
      }
    }
    return undefined;
  }

  private requireRoom(whose: string): void {
    const retry = { retryAfterSeconds: RETRY_AFTER_SECONDS };
    if (this.sizeOf(whose) >= this.room.ofCaller)
      throw new CallRecordsError(
        'RATE_LIMITED',
        `Too many of your ${this.what} are waiting; ask for less at once.`,
        retry,
      );
    if (this.size >= this.room.inAll)
      throw new CallRecordsError('SERVICE_UNAVAILABLE', `Too many ${this.what} are waiting; try again later.`, retry);
  }
}
