import type { Random } from './people.js';

/** The day before today in UTC, such as 2026-10-31. */
export function yesterday(): string {
  return new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
}

/** A moment as seconds since 1970 and the 100 ns ticks beyond: one number could not hold both. */
export interface Moment {
  seconds: number;
  ticks: number;
}

/** As Graph writes it: without the zeros at a fraction's end, and without a fraction of nothing but zeros. */
export function formatMoment({ seconds, ticks }: Moment): string {
  const time = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (ticks === 0) return `${time}Z`;
  return `${time}.${String(ticks).padStart(7, '0').replace(/0+$/, '')}Z`;
}

/** Ticks beyond the second: seven digits mostly, only milliseconds or none sometimes. */
export function fraction(random: Random): number {
  const draw = random.unit();
  if (draw < 0.08) return 0;
  return draw < 0.15 ? random.below(1000) * 10_000 : random.below(10_000_000);
}

/** So many seconds later, one at least. */
export function later(moment: Moment, seconds: number, ticks: number): Moment {
  return { seconds: moment.seconds + Math.max(1, Math.round(seconds)), ticks };
}
