/** What waits, in order for each of those whom it is for; these take turns. */
export class Turns<Item> {
  private readonly waiting = new Map<string, Set<Item>>();

  add(whose: string, item: Item): void {
    const own = this.waiting.get(whose);
    if (own) own.add(item);
    else this.waiting.set(whose, new Set([item]));
  }

  /** False if it waits no longer. */
  remove(whose: string, item: Item): boolean {
    const own = this.waiting.get(whose);
    if (!own?.delete(item)) return false;
    if (own.size === 0) this.waiting.delete(whose);
    return true;
  }

  /** Takes the first item of those whose turn it is; undefined if nothing waits. */
  next(): Item | undefined {
    for (const [whose, own] of this.waiting) {
      // Whoever has more comes after all others.
      this.waiting.delete(whose);
      for (const item of own) {
        own.delete(item);
        if (own.size > 0) this.waiting.set(whose, own);
        return item;
      }
    }
    return undefined;
  }
}
