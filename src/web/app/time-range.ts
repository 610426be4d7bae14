import type { TimeInterval } from '../gql/graphql.js';

/** Ranges up to now; days begin at midnight of the viewer's zone. */
export type Preset = '1d' | '7d' | '30d' | '90d' | '365d' | 'all';

export const PRESETS: { value: Preset; label: string }[] = [
  { value: '1d', label: 'Today' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
  { value: '365d', label: 'Year' },
  { value: 'all', label: 'All time' },
];

/** Instants, from `from` to before `to`; null is open. */
export interface Span {
  from: string | null;
  to: string | null;
}

const DAY_MS = 86_400_000;

/** The zone of all times on the page. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The instants of a range. They stay the same all day, so that a query is not repeated. */
export function spanOfRange(range: Preset, now = new Date()): Span {
  if (range === 'all') return { from: null, to: null };
  const days = parseInt(range, 10);
  const from = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (days - 1));
  return { from: from.toISOString(), to: null };
}

/** The interval for a span: with neither too few parts to see anything, nor too many to tell them apart. */
export function intervalOf({ from, to }: Span, now = Date.now()): TimeInterval {
  if (from === null) return 'MONTH';
  const days = ((to === null ? now : Date.parse(to)) - Date.parse(from)) / DAY_MS;
  if (days <= 3) return 'HOUR';
  if (days <= 120) return 'DAY';
  return days <= 800 ? 'WEEK' : 'MONTH';
}

/** The end of a bucket of that interval, by the clock of the viewer's zone. */
export function endOfBucket(start: string, interval: TimeInterval): string {
  const date = new Date(start);
  if (interval === 'HOUR') return new Date(date.getTime() + 3_600_000).toISOString();
  if (interval === 'MONTH') date.setMonth(date.getMonth() + 1);
  else date.setDate(date.getDate() + (interval === 'WEEK' ? 7 : 1));
  return date.toISOString();
}
