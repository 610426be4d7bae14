import { requireRead } from '../auth/caller.js';
import { STATISTICS_COST } from '../domain/cost.js';
import { badUserInput, gather, type Violation } from '../domain/errors.js';
import type { CallRecordFilter } from '../domain/filter.js';
import {
  type CallRecordStatistics,
  DURATION_RANGES,
  meanSeconds,
  mostFirst,
  PARTICIPANT_RANGES,
  type TimeBucket,
  toHoursOfWeek,
  toRanges,
} from '../domain/statistics.js';
import { type TimeInterval, toUtcText } from '../domain/time-buckets.js';
import { TimeZone } from '../domain/time-zone.js';
import { checkFilter } from '../store/query/compile-filter.js';
import type { Selection } from '../store/query/index-conditions.js';
import type { AskedStatistics, Statistics } from '../store/statistics/statistics.js';
import {
  countsByDuration,
  countsByModality,
  countsByParticipants,
  countsByType,
  type Member,
  qualityStatistics,
  type Sums,
  ticksOf,
} from '../store/statistics/statistics-sums.js';
import type { GraphQLContext } from './context.js';
import type { LookAhead } from './look-ahead.js';

export interface StatisticsArguments {
  filter?: CallRecordFilter | null;
  interval?: TimeInterval | null;
  timeZone?: string | null;
}

/** The requested statistics, and the selection of their records. */
export type Told = Partial<CallRecordStatistics> & { selection: Selection };

/** Answers `callRecordStatistics` for its arguments; `shape`: of what is selected below it. */
export async function readStatistics(
  args: StatisticsArguments,
  shape: StatisticsShape | null,
  context: GraphQLContext,
): Promise<Told> {
  requireRead(context.caller);
  const zone = parseArguments(args);
  await context.spend(STATISTICS_COST);
  const { caller, asker, store } = context;
  const selection = { filter: args.filter ?? null, visibleTo: caller.visibleTo, asker };
  if (!shape) return { selection };
  const interval = shape.isCut ? (args.interval ?? null) : null;
  const asked = { ...selection, ...shape, interval, zone };
  return { selection, ...told(await store.statistics.ofRecords(asked), shape.members) };
}

/** The time zone. All violations in the arguments come as one error. */
function parseArguments({ filter, timeZone }: StatisticsArguments): TimeZone {
  const violations: Violation[] = [];
  gather(violations, () => filter && checkFilter(filter));
  const zone = TimeZone.named(timeZone ?? 'UTC');
  if (!zone) {
    const message = 'Must be a name of the IANA time zone database, such as Europe/Berlin.';
    violations.push({ path: ['timeZone'], rule: 'timeZone', message });
  }
  if (!zone || violations.length > 0) throw badUserInput(violations);
  return zone;
}

const CLASSES = ['goodCalls', 'poorCalls', 'unclassifiedCalls'] as const satisfies readonly Member[];

/** The aggregates of each member, beside the number of records. */
const PARTS = {
  count: [],
  totalDurationSeconds: ['duration'],
  averageDurationSeconds: ['duration'],
  maximumDurationSeconds: ['longest'],
  byType: ['types'],
  byModality: ['modalities'],
  byDuration: ['durations'],
  byParticipantCount: ['participants'],
  buckets: [],
  hoursOfWeek: [],
  quality: ['quality', ...CLASSES],
} as const satisfies Partial<Record<keyof CallRecordStatistics, readonly Member[]>>;

/** What to read for the members that a query selects. */
export interface StatisticsShape extends Pick<AskedStatistics, 'members' | 'ofBuckets' | 'hoursOfWeek'> {
  /** Whether parts of time are selected. */
  isCut: boolean;
}

/** The shape of a single read for a selection; null if it needs none. */
export function shapeOf(selected: LookAhead): StatisticsShape | null {
  const names = (Object.keys(PARTS) as (keyof typeof PARTS)[]).filter((name) => selected.has(name));
  if (names.length === 0) return null;
  const inBuckets = selected.below('buckets');
  const ofBuckets = new Set<Member>(CLASSES.filter((name) => inBuckets.has(name)));
  if (inBuckets.has('totalDurationSeconds')) ofBuckets.add('duration');
  const members = new Set<Member>([...names.flatMap((name) => PARTS[name]), ...ofBuckets]);
  return { members, ofBuckets, isCut: names.includes('buckets'), hoursOfWeek: names.includes('hoursOfWeek') };
}

function told({ all, buckets, hours }: Statistics, members: ReadonlySet<Member>): Partial<CallRecordStatistics> {
  const count = Number(all.count);
  return {
    count,
    ...(members.has('duration') && {
      totalDurationSeconds: meanSeconds(ticksOf(all), 1),
      averageDurationSeconds: count > 0 ? meanSeconds(ticksOf(all), count) : null,
    }),
    ...(members.has('longest') && { maximumDurationSeconds: all.longest == null ? null : meanSeconds(all.longest, 1) }),
    ...(members.has('types') && {
      byType: mostFirst(countsByType(all).map(([type, one]) => ({ type, count: one }))),
    }),
    ...(members.has('modalities') && {
      byModality: mostFirst(countsByModality(all).map(([modality, one]) => ({ modality, count: one }))),
    }),
    ...(members.has('durations') && { byDuration: toRanges(DURATION_RANGES, countsByDuration(all)) }),
    ...(members.has('participants') && {
      byParticipantCount: toRanges(PARTICIPANT_RANGES, countsByParticipants(all)),
    }),
    ...(members.has('quality') && { quality: qualityStatistics(all) }),
    buckets: buckets.map(({ start, sums }) => toBucket(start, sums)),
    hoursOfWeek: toHoursOfWeek(hours),
  };
}

function toBucket(start: number, sums: Sums): TimeBucket {
  return {
    start: toUtcText(start),
    count: Number(sums.count),
    totalDurationSeconds: meanSeconds(ticksOf(sums), 1),
    goodCalls: Number(sums.goodCalls ?? 0n),
    poorCalls: Number(sums.poorCalls ?? 0n),
    unclassifiedCalls: Number(sums.unclassifiedCalls ?? 0n),
  };
}
