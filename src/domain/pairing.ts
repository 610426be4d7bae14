/**
 * Up to so many items, the best pairs are searched for. Among more, only equal items are paired, and then the next ones
 * that agree.
 */
const CANDIDATES = 50;

/** How alike two items are, from the strictest test to the weakest. */
export interface Likeness<Item> {
  /** A text that is the same for equal items. */
  textOf: (item: Item) => string;
  /** Whether the other one adds nothing new. */
  holds: (own: Item, other: Item) => boolean;
  /** Whether neither contradicts the other. */
  agree: (own: Item, other: Item) => boolean;
}

interface Lists<Item> {
  base: readonly Item[];
  others: readonly Item[];
  likeness: Likeness<Item>;
  /** Whether the same index in both lists is the same place. */
  hasPlaces: boolean;
}

/**
 * Finds counterparts of some of `others` in `base`, one for one. Equal items are paired first, then items whose content
 * is in the other, then items that agree. Among several, the one in the same place wins, then the next in order. So a
 * counterpart that was completed with an item is found for it again.
 */
export class Pairing<Item> {
  /** Free places in `base`, in their order. */
  private free = new Set<number>();
  private readonly pairs = new Map<number, number>();

  constructor(private readonly lists: Lists<Item>) {}

  /** The places in `base`, by the index in `others`. */
  pair(candidates: readonly number[], group: readonly number[]): ReadonlyMap<number, number> {
    this.free = new Set(candidates);
    this.pairEqual(group);
    const rest = this.rest(group);
    if (Math.max(rest.length, this.free.size) <= CANDIDATES) this.pairHeld(rest);
    for (const index of this.rest(group))
      if (this.isAtPlace(index) && this.agrees(index, index)) this.take(index, index);
    this.pairInOrder(this.rest(group));
    return this.pairs;
  }

  private rest(group: readonly number[]): number[] {
    return group.filter((index) => !this.pairs.has(index));
  }

  private take(index: number, place: number): void {
    this.free.delete(place);
    this.pairs.set(index, place);
  }

  private isAtPlace(index: number): boolean {
    return this.lists.hasPlaces && this.free.has(index);
  }

  private own(place: number): Item {
    return this.lists.base[place] as Item;
  }

  private other(index: number): Item {
    return this.lists.others[index] as Item;
  }

  private agrees(index: number, place: number): boolean {
    return this.lists.likeness.agree(this.own(place), this.other(index));
  }

  private pairEqual(group: readonly number[]): void {
    const { textOf } = this.lists.likeness;
    const texts = new Map(group.map((index) => [index, textOf(this.other(index))]));
    // Reversed, so that `pop` gives the first place.
    const places = new Map<string, number[]>();
    for (const place of [...this.free].reverse()) {
      const text = textOf(this.own(place));
      if (this.isAtPlace(place) && texts.get(place) === text) this.take(place, place);
      else {
        const some = places.get(text);
        if (some) some.push(place);
        else places.set(text, [place]);
      }
    }
    for (const index of this.rest(group)) {
      const place = places.get(texts.get(index) as string)?.pop();
      if (place !== undefined) this.take(index, place);
    }
  }

  /**
   * Pairs as many as possible: an item may give up its place for another one that also holds it (augmenting paths,
   * after Kuhn).
   */
  private pairHeld(group: readonly number[]): void {
    const holders = new Map<number, number>();
    const candidates = [...this.free];
    const find = (index: number, seen: Set<number>): boolean => {
      const places = this.isAtPlace(index) ? [index, ...candidates] : candidates;
      for (const place of places) {
        if (seen.has(place) || !this.lists.likeness.holds(this.own(place), this.other(index))) continue;
        seen.add(place);
        const held = holders.get(place);
        if (held !== undefined && !find(held, seen)) continue;
        holders.set(place, index);
        return true;
      }
      return false;
    };
    for (const index of group) find(index, new Set());
    for (const [place, index] of holders) this.take(index, place);
  }

  /** Continues after the last match, as two copies have the same order. */
  private pairInOrder(group: readonly number[]): void {
    const candidates = [...this.free];
    let next = 0;
    for (const index of group) {
      const tries = Math.min(candidates.length, CANDIDATES);
      for (let tried = 0; tried < tries; tried++) {
        const at = (next + tried) % candidates.length;
        const place = candidates[at] as number;
        if (!this.agrees(index, place)) continue;
        this.take(index, place);
        candidates.splice(at, 1);
        next = at;
        break;
      }
    }
  }
}
