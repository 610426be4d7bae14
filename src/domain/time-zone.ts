import { setImmediate as turn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * No zone has changed its offset twice within so short a time; the closest was Africa/Freetown in 1939, within 4 days.
 */
const STEP_MS = 3 * DAY_MS;
/** The length of time that is searched for changes at once, and then cached. */
const STRETCH_MS = 128 * STEP_MS;
/** Stretches that are searched before others get a turn: some milliseconds. */
const STRETCHES_A_TURN = 4;
/** Zones whose changes are cached. There are some 600, most of which are rarely asked for. */
const ZONES = 64;

/** A time during which a zone has one offset, in milliseconds since 1970; `end` is not included. */
export interface Span {
  start: number;
  end: number;
  /** How far local time is ahead of UTC, in milliseconds. */
  offset: number;
}

/** A unit of UTC at whose boundaries a zone's hours begin and end. */
export type Grain = 'hour' | 'quarter' | 'minute' | 'second';

const GRAINS: readonly [Grain, number][] = [
  ['hour', HOUR_MS],
  ['quarter', 15 * MINUTE_MS],
  ['minute', MINUTE_MS],
];

/**
 * Names of ICU and Java that were never in the time zone database, and that mean other zones elsewhere: IST, for
 * example, is three.
 */
const FOREIGN = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'.split(' '),
);

/** A zone of the IANA time zone database, as the JavaScript engine knows it. */
export class TimeZone {
  private static readonly known = new LRUCache<string, TimeZone>({ max: ZONES });

  /** The zone of that name, in any letter case; null if there is none. */
  static named(name: string): TimeZone | null {
    const key = name.toUpperCase();
    const known = TimeZone.known.get(key);
    if (known) return known;
    if (!/^[A-Z]/.test(key) || key.startsWith('SYSTEMV/') || FOREIGN.has(key)) return null;
    try {
      const zone = new TimeZone(new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' }));
      TimeZone.known.set(key, zone);
      return zone;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  private readonly stretches = new Map<number, Span[]>();

  private constructor(private readonly format: Intl.DateTimeFormat) {}

  /** How far local time is ahead of UTC at a moment, in milliseconds. */
  offsetAt(moment: number): number {
    const [, sign, hours = '0', minutes = '0', seconds = '0'] =
      /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(this.format.format(moment)) ?? [];
    const ahead = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
    return sign === '-' ? -ahead : ahead;
  }

  /**
   * The offsets from one moment to another (included), in order. The first span may begin earlier, and the last end
   * later.
   */
  async spans(from: number, to: number): Promise<Span[]> {
    const spans: Span[] = [];
    let looked = 0;
    for (let index = Math.floor(from / STRETCH_MS); index * STRETCH_MS <= to; index++) {
      let stretch = this.stretches.get(index);
      if (!stretch) {
        if (++looked % STRETCHES_A_TURN === 0) await turn();
        this.stretches.set(index, (stretch = this.look(index * STRETCH_MS)));
      }
      for (const span of stretch) append(spans, span);
    }
    return spans;
  }

  private look(start: number): Span[] {
    const spans: Span[] = [];
    const end = start + STRETCH_MS;
    let offset = this.offsetAt(start);
    let begun = start;
    for (let before = start; before < end; before += STEP_MS) {
      const next = this.offsetAt(before + STEP_MS);
      if (next === offset) continue;
      const change = this.changeBetween(before, before + STEP_MS, offset);
      spans.push({ start: begun, end: change, offset });
      begun = change;
      offset = next;
    }
    if (begun < end) spans.push({ start: begun, end, offset });
    return spans;
  }

  /** The first whole second with another offset. */
  private changeBetween(before: number, after: number, offset: number): number {
    let [same, other] = [before / SECOND_MS, after / SECOND_MS];
    while (other - same > 1) {
      const middle = Math.floor((same + other) / 2);
      if (this.offsetAt(middle * SECOND_MS) === offset) same = middle;
      else other = middle;
    }
    return other * SECOND_MS;
  }
}

function append(spans: Span[], span: Span): void {
  const last = spans.at(-1);
  if (last?.offset === span.offset) spans[spans.length - 1] = { ...last, end: span.end };
  else spans.push(span);
}

/** The largest unit for which no single hour, quarter, minute or second of UTC falls into two local hours. */
export function grainOf(spans: readonly Span[]): Grain {
  const marks = spans.flatMap(({ start, offset }, index) => (index === 0 ? [offset] : [offset, start]));
  return GRAINS.find(([, length]) => marks.every((mark) => mark % length === 0))?.[0] ?? 'second';
}
