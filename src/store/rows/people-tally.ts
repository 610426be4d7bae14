/** Each byte holds seven bits of a number; the highest bit tells that more bytes follow. */
const BASE = 128;
/**
 * The bytes of the greatest exact number of a double. A number that is not negative is doubled. A negative number, as
 * imports allow for durations, becomes an odd one: twice its amount less one.
 */
const MOST_BYTES = 8;

/** The bytes of people and their numbers, in the order of the people. */
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
 * Some numbers for each person, by the numbers of `tallied_people`. In bytes, an entry is the difference from the
 * person before, and then the person's numbers, each in as many bytes as it needs.
 */
export class PeopleTally {
  private values = new Float64Array(0);

  /** `width`: how many numbers each person has. */
  constructor(private readonly width: number) {}

  add(person: number, values: readonly number[]): void {
    const at = this.placeOf(person);
    values.forEach((value, index) => (this.values[at + index] = (this.values[at + index] as number) + value));
  }

  /** Adds a stored tally. */
  addBytes(bytes: Uint8Array): void {
    const { width } = this;
    let at = 0;
    const next = (): number => {
      let byte = bytes[at++] as number;
      // Most numbers take one byte.
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

  /** One of a person's numbers; 0 for a person without an entry. */
  of(person: number, index: number): number {
    return this.values[person * this.width + index] ?? 0;
  }

  /** The people with a number other than 0, in order. */
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
