import type { ByteText } from '../../platform/byte-text.js';

/** The parts of stored JSON that writers need from a value. All writers of a value share one layout. */
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

/** The place of a member that no writer needs. */
export const NOWHERE = -1;

/** A member of objects by its name, needed or not. */
export class Member {
  /**
   * The name as it stands in the text, with the quotes and the colon, four bytes each. The last four may overlap those
   * before. A name that is too short has words that are found nowhere.
   */
  readonly words: Int32Array;
  readonly length: number;
  /** The member that followed in the object before, and mostly follows again. */
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

/** Stands for no member: no text is found by its words. */
const NO_MEMBER = new Member('', NOWHERE);

/** How many unneeded names of an object are kept, to recognize them, and how long they may be. */
const OTHERS_KEPT = 100;
const LONGEST_KEPT = 100;

/** The needed members of an object, and the order in which the objects before had their members. */
export class ObjectLayout {
  private readonly members = new Map<ByteText, Member>();
  private others = 0;
  /** The number of needed members. */
  size = 0;
  /** The first member of the object before. */
  first = NO_MEMBER;

  /** `alike`: the layout of every member, if all are read in the same way. */
  constructor(readonly alike?: ValueLayout) {}

  /** The place of a member among the needed ones. */
  placeOf(name: string): number {
    return this.looked(name).place;
  }

  /** The layout of a member's value. */
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

  /** The member of a name; one that no writer needs if the name is not known. */
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

/** The layout of values without known names: they are skipped byte by byte. */
const NOTHING = new ValueLayout();

const PASSED_KEPT = 500;
/** Layouts of unneeded members by their names: a value is skipped faster if the names in it are known. */
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
