import { CallRecordsError } from './errors.js';

/** How many may wait: of one caller, and in all. */
export interface Room {
  ofCaller: number;
  inAll: number;
}

const RETRY_AFTER_SECONDS = 1;

/** What waits, in order for each of those whom it is for; these take turns. */
export class FairQueue<Item> {
  private readonly waiting = new Map<string, Set<Item>>();
  private count = 0;

  /** `what`: the things that wait, for the errors of who finds no room. */
  constructor(
    private readonly what: string,
    private readonly room: Room,
  ) {}

  /** How many wait. */
  get size(): number {
    return this.count;
  }

  /** How many of one wait. */
  sizeOf(whose: string): number {
    return this.waiting.get(whose)?.size ?? 0;
  }

  /** Throws RATE_LIMITED where too many of one caller wait, SERVICE_UNAVAILABLE where too many do in all. */
  add(whose: string, item: Item): void {
    this.requireRoom(whose);
    const own = this.waiting.get(whose);
    this.count += 1;
    if (own) own.add(item);
    else this.waiting.set(whose, new Set([item]));
  }

  /** False if it waits no longer. */
  remove(whose: string, item: Item): boolean {
    const own = this.waiting.get(whose);
    if (!own?.delete(item)) return false;
    if (own.size === 0) this.waiting.delete(whose);
    this.count -= 1;
    return true;
  }

  /** Takes the first item of those whose turn it is; undefined if nothing waits. */
  next(): Item | undefined {
    for (const [whose, own] of this.waiting) {
      // Whoever has more comes after all others.
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
