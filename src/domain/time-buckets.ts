import type { UtcText } from './date-time.js';
import type { Span } from './time-zone.js';

/** The intervals into which time is cut, by the clock of a zone. */
export enum TimeInterval {
  HOUR = 'HOUR',
  DAY = 'DAY',
  WEEK = 'WEEK',
  MONTH = 'MONTH',
}

/** The most buckets of one response. */
export const MAX_BUCKETS = 10_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-01 was a Thursday. */
const FIRST_MONDAY_MS = -3 * DAY_MS;

/** At least as long as any bucket of the interval: the first bucket of a range began no earlier than this before it. */
const LONGEST_MS: Record<TimeInterval, number> = {
  [TimeInterval.HOUR]: 4 * HOUR_MS,
  [TimeInterval.DAY]: 3 * DAY_MS,
  [TimeInterval.WEEK]: 10 * DAY_MS,
  [TimeInterval.MONTH]: 34 * DAY_MS,
};
const MEAN_MS: Record<TimeInterval, number> = {
  [TimeInterval.HOUR]: HOUR_MS,
  [TimeInterval.DAY]: DAY_MS,
  [TimeInterval.WEEK]: WEEK_MS,
  [TimeInterval.MONTH]: (365.2425 / 12) * DAY_MS,
};

/** The first and the last moment, both included, in milliseconds since 1970. */
export interface TimeRange {
  from: number;
  to: number;
}

/** The moment from which spans must be known to cut a range into buckets. */
export function earliestOf(range: TimeRange, interval: TimeInterval): number {
  return range.from - LONGEST_MS[interval];
}

/** The approximate number of buckets in a range, to a tenth. */
export function estimateBuckets({ from, to }: TimeRange, interval: TimeInterval): number {
  return Math.floor((to - from) / MEAN_MS[interval]) + 1;
}

/** A stretch of time that belongs to one bucket. It ends where the next one begins. */
interface Piece {
  start: number;
  bucket: number;
}

/** The buckets of a range in order, by their first moments; finds the bucket of a moment. */
export class TimeBuckets {
  readonly starts: number[] = [];
  private readonly pieces: Piece[] = [];

  /**
   * Cuts by local wall-clock time. If a zone's clock leaves a date, week or month and comes back to it, that is still
   * one bucket. An hour that is repeated, even in part, is a bucket of its own. `spans`: from {@link earliestOf} on.
   */
  constructor(spans: readonly Span[], range: TimeRange, interval: TimeInterval) {
    const starts: number[] = [];
    const pieces: Piece[] = [];
    const buckets = new Map<number, number>();
    let last: { label: number; offset: number } | null = null;
    const earliest = earliestOf(range, interval);
    for (const { start, end, offset } of spans) {
      for (let moment = Math.max(start, earliest); moment < end && moment <= range.to;) {
        const label = beginOf(interval, moment + offset);
        const isNew: boolean = interval === TimeInterval.HOUR && !(last?.label === label && offset > last.offset);
        let bucket = isNew ? undefined : buckets.get(label);
        if (bucket === undefined) buckets.set(label, (bucket = starts.push(moment) - 1));
        pieces.push({ start: moment, bucket });
        last = { label, offset };
        moment = nextOf(interval, label) - offset;
      }
    }
    // Earlier pieces were only needed to find the start of the first bucket.
    const within = pieces.slice(Math.max(0, lastAt(pieces, range.from)));
    const first = within.reduce((least, { bucket }) => Math.min(least, bucket), starts.length);
    this.starts = starts.slice(first);
    this.pieces = pieces.map(({ start, bucket }) => ({ start, bucket: bucket - first }));
  }

  /**
   * The first moments of the stretches, in order. Each stretch lies in one bucket, and ends where the next one begins.
   */
  get stretches(): number[] {
    return this.pieces.map(({ start }) => start);
  }

  /** The index of the bucket of a moment within the range. */
  indexAt(moment: number): number {
    return (this.pieces[lastAt(this.pieces, moment)] as Piece).bucket;
  }
}

/** The index of the last one that starts at the moment or before; -1 if there is none. */
function lastAt(sorted: readonly { start: number }[], moment: number): number {
  let [low, high] = [-1, sorted.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as Piece).start <= moment) low = middle;
    else high = middle;
  }
  return low;
}

/** The beginning of the interval around a local time. Local times count as if they were UTC. */
function beginOf(interval: TimeInterval, local: number): number {
  switch (interval) {
    case TimeInterval.HOUR:
      return Math.floor(local / HOUR_MS) * HOUR_MS;
    case TimeInterval.DAY:
      return Math.floor(local / DAY_MS) * DAY_MS;
    case TimeInterval.WEEK:
      return Math.floor((local - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS;
    case TimeInterval.MONTH:
      return new Date(new Date(local).setUTCDate(1)).setUTCHours(0, 0, 0, 0);
  }
}

function nextOf(interval: TimeInterval, begin: number): number {
  if (interval !== TimeInterval.MONTH) return begin + MEAN_MS[interval];
  const month = new Date(begin);
  return month.setUTCMonth(month.getUTCMonth() + 1);
}

/**
 * A function for the hour of the week at a moment, from 0 on Monday at midnight to 167. Moments may come in any order.
 */
export function hourOfWeekIn(spans: readonly Span[]): (moment: number) => number {
  return (moment) => {
    const { offset } = spans[lastAt(spans, moment)] as Span;
    const local = moment + offset - FIRST_MONDAY_MS;
    return Math.floor((((local % WEEK_MS) + WEEK_MS) % WEEK_MS) / HOUR_MS);
  };
}

/** A moment in the form in which it is stored. */
export function toUtcText(moment: number): UtcText {
  const text = new Date(moment).toISOString();
  return moment % 1_000 === 0 ? text.slice(0, -'.000Z'.length) : text.replace(/0*Z$/, '');
}
