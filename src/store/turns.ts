/** What waits, in order for each of those whom it is for; these take turns. */
export class Turns<Item> {
  private readonly waiting = new Map<string, Set<Item>>();
  private count = 0;

  /** How many wait. */
  get size(): number {
    return this.count;
  }

  /** How many of one wait. */
  sizeOf(whose: string): number {
    return this.waiting.get(whose)?.size ?? 0;
  }

  add(whose: string, item: Item): void {
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
}
