import { endOfBucket } from '../app/time-range.js';
import type { TimeInterval } from '../gql/graphql.js';

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(undefined, options);
const hour = format({ hour: '2-digit', minute: '2-digit' });
const dayHour = format({ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const day = format({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const dayTick = format({ day: 'numeric', month: 'short' });
const month = format({ month: 'long', year: 'numeric' });
const monthTick = format({ month: 'short', year: '2-digit' });

/** The whole name of a bucket, such as `Mon, Mar 2, 2026`. */
export function formatBucket(start: string, interval: TimeInterval): string {
  const date = new Date(start);
  if (interval === 'HOUR') return `${dayHour.format(date)} – ${hour.format(new Date(endOfBucket(start, interval)))}`;
  if (interval === 'MONTH') return month.format(date);
  return interval === 'WEEK' ? `Week of ${day.format(date)}` : day.format(date);
}

/** The short name of a bucket, for an axis. */
export function formatTick(start: string, interval: TimeInterval): string {
  const date = new Date(start);
  if (interval === 'HOUR') return date.getHours() === 0 ? dayTick.format(date) : hour.format(date);
  return interval === 'MONTH' ? monthTick.format(date) : dayTick.format(date);
}

/** At most so many of the buckets, at even distances. */
export function tickStarts(starts: string[], most: number): string[] {
  const every = Math.max(1, Math.ceil(starts.length / Math.max(1, most)));
  return starts.filter((_, index) => index % every === 0);
}
