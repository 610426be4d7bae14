/** Seven bits of a number in each byte; the highest bit tells that more follow. */
const BASE = 128;
/** Of a number that doubles hold exactly. What is negative, as an import lets durations be, is odd: twice as much less one. */
const MOST_BYTES = 8;

/** What is kept of people and their numbers, in the order of the people. */
export function peopleBytes(entries: readonly (readonly [person: number, values: ArrayLike<number>])[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.length * (1 + (entries[0]?.[1].length ?? 0)) * MOST_BYTES);
  let at = 0;
  const put = (value: number): void => {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest >= BASE; rest = Math.floor(rest / BASE)) bytes[at++] = (rest % BASE) + BASE;
    bytes[at++] = rest;
  };
  let last = 0;
  for (const [person, values] of entries) {
    put(person - last);
    for (let index = 0; index < values.length; index++) put(values[index] as number);
    last = person;
  }
  return Buffer.from(bytes.subarray(0, at));
}

/**
 * Some numbers for everybody, by the numbers of `tallied_people`. As bytes, an entry is the number of a person less that
 * of the one before, and the others, each in as many bytes as it needs.
 */
export class PeopleTally {
  private values = new Float64Array(0);

  /** `width`: how many numbers everybody has. */
  constructor(private readonly width: number) {}

  add(person: number, values: readonly number[]): void {
    const at = this.placeOf(person);
    values.forEach((value, index) => (this.values[at + index] = (this.values[at + index] as number) + value));
  }

  /** Adds a tally that was kept. */
  addBytes(bytes: Uint8Array): void {
    const { width } = this;
    let at = 0;
    const next = (): number => {
      let byte = bytes[at++] as number;
      // Most are.
      if (byte < BASE) return (byte & 1) === 0 ? byte >> 1 : -(byte + 1) >> 1;
      let value = byte % BASE;
      for (let unit = BASE; byte >= BASE; unit *= BASE) {
        byte = bytes[at++] as number;
        value += (byte % BASE) * unit;
      }
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    };
    for (let person = 0; at < bytes.length;) {
      person += next();
      const place = this.placeOf(person);
      for (let index = 0; index < width; index++)
        this.values[place + index] = (this.values[place + index] as number) + next();
    }
  }

  toBytes(): Buffer {
    const { width, values } = this;
    return peopleBytes(this.people().map((person) => [person, values.subarray(person * width, (person + 1) * width)]));
  }

  /** One of somebody's numbers; 0 of who has none. */
  of(person: number, index: number): number {
    return this.values[person * this.width + index] ?? 0;
  }

  /** Those of whom a number is not 0, in order. */
  people(): number[] {
    const people: number[] = [];
    this.values.forEach((value, at) => {
      const person = Math.floor(at / this.width);
      if (value !== 0 && people.at(-1) !== person) people.push(person);
    });
    return people;
  }

  private placeOf(person: number): number {
    const place = person * this.width;
    if (place >= this.values.length) {
      const grown = new Float64Array(Math.max(place + this.width, 2 * this.values.length));
      grown.set(this.values);
      this.values = grown;
    }
    return place;
  }
}
