import type { CallRecordFilter } from '../../domain/filter.js';
import type { UtcText } from '../../domain/date-time.js';
import { conjuncts } from '../query/index-conditions.js';

/**
 * The range in which all calls of a filter start, in milliseconds since 1970, both ends included; null for an open end.
 */
export interface StartRange {
  from: number | null;
  to: number | null;
}

const TICKS_A_MILLISECOND = 10_000;
const WHOLE_SECONDS = 19;
const TICK_DIGITS = 7;

/** The bounds that a filter sets for the start of every call: at its top, and in its `and`. */
export function rangeOfStarts(filter: CallRecordFilter | null): StartRange {
  const ranges = conjuncts(filter).flatMap(({ startDateTime }) => startDateTime ?? []);
  const from = ranges.flatMap(({ gt, gte, eq }) => [
    ...(gt == null ? [] : [millisecondsOf(gt, 'after')]),
    ...[gte, eq].flatMap((bound) => (bound == null ? [] : [millisecondsOf(bound, 'from')])),
  ]);
  const to = ranges.flatMap(({ lt, lte, eq }) => [
    ...(lt == null ? [] : [millisecondsOf(lt, 'before')]),
    ...[lte, eq].flatMap((bound) => (bound == null ? [] : [millisecondsOf(bound, 'until')])),
  ]);
  return { from: from.length > 0 ? Math.max(...from) : null, to: to.length > 0 ? Math.min(...to) : null };
}

/** The millisecond of the first or last tick on that side of a bound, which may lie between two ticks. */
function millisecondsOf(bound: UtcText, side: 'after' | 'from' | 'until' | 'before'): number {
  const fraction = bound.slice(WHOLE_SECONDS + 1);
  const tick = Number(fraction.slice(0, TICK_DIGITS).padEnd(TICK_DIGITS, '0'));
  const isBetween = fraction.length > TICK_DIGITS;
  const step = { after: 1, from: isBetween ? 1 : 0, until: 0, before: isBetween ? 0 : -1 }[side];
  return Date.parse(`${bound.slice(0, WHOLE_SECONDS)}Z`) + Math.floor((tick + step) / TICKS_A_MILLISECOND);
}
