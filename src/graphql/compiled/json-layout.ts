import type { ByteText } from '../../platform/byte-text.js';

/** What is looked at of a value of stored JSON: made with the writers that ask for it, of all of them together. */
export class ValueLayout {
  members: ObjectLayout | null = null;
  items: ValueLayout | null = null;

  asObject(): ObjectLayout {
    return (this.members ??= new ObjectLayout());
  }

  asList(): ValueLayout {
    return (this.items ??= new ValueLayout());
  }
}

/** The place of a member that nobody looks at. */
export const NOWHERE = -1;

/** A member of objects by its name, or one of those that nobody looks at. */
export class Member {
  /**
   * Its name as it stands in the text, with the quotes and the colon, four bytes each; the last four may begin with some
   * of those before. Of a shorter name what is found nowhere.
   */
  readonly words: Int32Array;
  readonly length: number;
  /** The member that followed in the object before: mostly it does so again. */
  next: Member;

  constructor(
    name: ByteText,
    readonly place: number,
    readonly value = new ValueLayout(),
    readonly isKept = true,
  ) {
    const text = `"${name}":`;
    this.words = wordsOf(text);
    this.length = text.length;
    this.next = this;
  }
}

/** Stands for no member: no text has this name that is looked for by its words. */
const NO_MEMBER = new Member('', NOWHERE);

/** Of so many members of an object that nobody looks at the names are kept, to know them again; longer names are not. */
const OTHERS_KEPT = 100;
const LONGEST_KEPT = 100;

/** What is looked at of the members of an object, and in which order objects had their members. */
export class ObjectLayout {
  private readonly members = new Map<ByteText, Member>();
  private others = 0;
  /** So many members are looked at. */
  size = 0;
  /** The one with which the object before began. */
  first = NO_MEMBER;

  /** `alike`: what is looked at of each of its members, where that is the same. */
  constructor(readonly alike?: ValueLayout) {}

  /** The place of a member among those that are looked at. */
  placeOf(name: string): number {
    return this.looked(name).place;
  }

  /** What is looked at of a member. */
  valueOf(name: string): ValueLayout {
    return this.looked(name).value;
  }

  private looked(name: string): Member {
    let member = this.members.get(name);
    if (!member) {
      member = new Member(name, this.size++, this.alike);
      this.members.set(name, member);
    }
    return member;
  }

  /** The member of a name, one that nobody looks at if it is no other. */
  find(name: ByteText): Member {
    const known = this.members.get(name);
    if (known) return known;
    const isKept = this.others < OTHERS_KEPT && name.length <= LONGEST_KEPT;
    if (!isKept) return new Member(name, NOWHERE, NOTHING, false);
    const other = new Member(name, NOWHERE, passedLayout(name));
    this.others++;
    this.members.set(name, other);
    return other;
  }
}

/** Of values inside of which nothing is known: they are passed over byte by byte. */
const NOTHING = new ValueLayout();

const PASSED_KEPT = 500;
/** Of members that nobody looks at, by their names: what stands in them is passed over faster where its names are known. */
const passed = new Map<ByteText, ValueLayout>();

function passedLayout(name: ByteText): ValueLayout {
  const known = passed.get(name);
  if (known || passed.size >= PASSED_KEPT) return known ?? NOTHING;
  const layout = new ValueLayout();
  layout.asObject();
  layout.items = layout;
  passed.set(name, layout);
  return layout;
}

function wordsOf(text: ByteText): Int32Array {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 4) return new Int32Array(1);
  const words: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) words.push(bytes.readInt32LE(at));
  if (bytes.length % 4 > 0) words.push(bytes.readInt32LE(bytes.length - 4));
  return Int32Array.from(words);
}
