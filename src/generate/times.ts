import type { Random } from './people.js';

/** The day before today in UTC, such as 2026-10-31. */
export function yesterday(): string {
  return new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
}

/** A moment in seconds since 1970, and the ticks of 100 ns beyond: one number could not hold both. */
export interface Moment {
  seconds: number;
  ticks: number;
}

/** In Graph's form: a fraction has no trailing zeros, and a whole second has no fraction. */
export function formatMoment({ seconds, ticks }: Moment): string {
  const time = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (ticks === 0) return `${time}Z`;
  return `${time}.${String(ticks).padStart(7, '0').replace(/0+$/, '')}Z`;
}

/** Ticks beyond the second: usually seven digits, sometimes only milliseconds or none. */
export function fraction(random: Random): number {
  const draw = random.unit();
  if (draw < 0.08) return 0;
  return draw < 0.15 ? random.below(1000) * 10_000 : random.below(10_000_000);
}

/** A moment `seconds` later, but at least one second. */
export function later(moment: Moment, seconds: number, ticks: number): Moment {
  return { seconds: moment.seconds + Math.max(1, Math.round(seconds)), ticks };
}
