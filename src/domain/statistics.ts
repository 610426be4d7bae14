import 'reflect-metadata';
import { Directive, Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { GraphQLDateTimeOffset, type UtcText } from './date-time.js';
import { CallType, Modality } from './enums.js';
import { badUserInput } from './errors.js';
import { IdentitySet } from './identity.js';
import { TimeInterval } from './time-buckets.js';

registerEnumType(TimeInterval, {
  name: 'TimeInterval',
  description: 'How long the parts are into which time is cut, by the wall clock of the time zone.',
  valuesConfig: {
    HOUR: { description: 'An hour; one that the clock repeats is two.' },
    DAY: { description: 'A date: 23 or 25 hours where the clock is changed.' },
    WEEK: { description: 'Monday to Sunday.' },
    MONTH: { description: 'A calendar month.' },
  },
});

@ObjectType('CallTypeCount', { description: 'How many calls are of a type.', simpleResolvers: true })
export class CallTypeCount {
  @Field(() => CallType, { description: 'The type; `unknownFutureValue` for all that this schema does not know.' })
  type!: CallType;

  @Field(() => Int, { description: 'How many calls.' })
  count!: number;
}

@ObjectType('ModalityCount', { description: 'In how many calls a kind of media was used.', simpleResolvers: true })
export class ModalityCount {
  @Field(() => Modality, { description: 'The media; `unknownFutureValue` for all that this schema does not know.' })
  modality!: Modality;

  @Field(() => Int, { description: 'How many calls.' })
  count!: number;
}

const NAMES = 'with the names of the latest of these calls';

@ObjectType('OrganizerCount', { description: 'How many calls somebody organized.', simpleResolvers: true })
export class OrganizerCount {
  @Field(() => IdentitySet, { description: `The organizer, ${NAMES}.` })
  organizer!: IdentitySet;

  @Field(() => Int, { description: 'How many calls.' })
  count!: number;

  @Field(() => Float, { description: 'How long these calls took together.' })
  totalDurationSeconds!: number;
}

@ObjectType('ParticipantCount', { description: 'In how many calls somebody took part.', simpleResolvers: true })
export class ParticipantCount {
  @Field(() => IdentitySet, { description: `The participant, ${NAMES}.` })
  participant!: IdentitySet;

  @Field(() => Int, { description: 'How many calls.' })
  count!: number;

  @Field(() => Float, { description: 'How long these calls took together, from their start to their end.' })
  totalDurationSeconds!: number;
}

@ObjectType('TimeBucket', { description: 'The calls that began within a part of time.', simpleResolvers: true })
export class TimeBucket {
  @Field(() => GraphQLDateTimeOffset, { description: 'The first moment of it.' })
  start!: UtcText;

  @Field(() => Int, { description: 'How many calls.' })
  count!: number;

  @Field(() => Float, { description: 'How long these calls took together.' })
  totalDurationSeconds!: number;

  @Field(() => Int, { description: 'How many of them were good, by the sessions that the caller may see.' })
  goodCalls!: number;

  @Field(() => Int, { description: 'How many of them were poor, by the sessions that the caller may see.' })
  poorCalls!: number;

  @Field(() => Int, {
    description: 'How many of them have sessions that the caller may see, and no stream that could be judged.',
  })
  unclassifiedCalls!: number;
}

@ObjectType('HourOfWeek', { description: 'The calls that began within an hour of the week.', simpleResolvers: true })
export class HourOfWeek {
  @Field(() => Int, { description: '1 is Monday, 7 Sunday.' })
  dayOfWeek!: number;

  @Field(() => Int, { description: 'From 0 to 23, by the wall clock of the time zone.' })
  hour!: number;

  @Field(() => Int, { description: 'How many calls.' })
  count!: number;
}

@ObjectType('Range', {
  description: 'The calls of which a number lies in a range: `from` <= number < `to`.',
  simpleResolvers: true,
})
export class Range {
  @Field(() => Float, { description: 'The least number of the range.' })
  from!: number;

  @Field(() => Float, { nullable: true, description: 'The least number beyond it; null for the last range.' })
  to!: number | null;

  @Field(() => Int, { description: 'How many calls.' })
  count!: number;
}

/** The members of {@link QualityStatistics}. */
export const QUALITY_COUNTS = [
  'goodCalls',
  'poorCalls',
  'unclassifiedCalls',
  'withoutSessions',
  'goodStreams',
  'poorStreams',
  'unclassifiedStreams',
  'sessions',
  'setupFailures',
  'drops',
] as const;

@ObjectType('QualityStatistics', {
  description: 'How good calls were, by the sessions that the caller may see; test sessions count nowhere.',
  simpleResolvers: true,
})
export class QualityStatistics implements Record<(typeof QUALITY_COUNTS)[number], number> {
  @Field(() => Int, { description: 'Calls with a good stream and no poor one.' })
  goodCalls!: number;

  @Field(() => Int, { description: 'Calls with a poor stream.' })
  poorCalls!: number;

  @Field(() => Int, { description: 'Calls whose sessions were fetched, and of which no stream could be judged.' })
  unclassifiedCalls!: number;

  @Field(() => Int, { description: 'Calls whose sessions were never fetched.' })
  withoutSessions!: number;

  @Field(() => Int, { description: 'Streams within all thresholds.' })
  goodStreams!: number;

  @Field(() => Int, { description: 'Streams beyond a threshold.' })
  poorStreams!: number;

  @Field(() => Int, { description: 'Streams that could not be judged; they belong into no share.' })
  unclassifiedStreams!: number;

  @Field(() => Int, { description: 'Sessions, without those of tests.' })
  sessions!: number;

  @Field(() => Int, { description: 'Sessions that never connected.' })
  setupFailures!: number;

  @Field(() => Int, { description: 'Sessions that ended abnormally.' })
  drops!: number;
}

/** The lower bounds of the ranges of duration, in seconds. */
export const DURATION_RANGES = [0, 60, 300, 900, 1_800, 3_600, 7_200] as const;
/** The lower bounds of the ranges of the number of participants. */
export const PARTICIPANT_RANGES = [0, 1, 2, 3, 5, 10, 25, 100] as const;

const HOURS_OF_WEEK = 168;
const sized = (size: number) => Directive(`@listSize(assumedSize: ${size})`);

/** Statistics of all selected records. Members that read more than the records' rows have their own resolvers. */
@ObjectType('CallRecordStatistics', {
  description: 'What the calls that match tell together, exactly; each member is computed only where it is asked for.',
  simpleResolvers: true,
})
export class CallRecordStatistics {
  @Field(() => Int, { description: 'How many calls.' })
  count!: number;

  @Field(() => Float, { description: 'How long they took together.' })
  totalDurationSeconds!: number;

  @Field(() => Float, { nullable: true, description: 'The mean of how long they took; null where there are none.' })
  averageDurationSeconds!: number | null;

  @Field(() => Float, { nullable: true, description: 'How long the longest took; null where there are none.' })
  maximumDurationSeconds!: number | null;

  @Field(() => [CallTypeCount], { description: 'Calls by type: most first, then in the order of the enumeration.' })
  @sized(3)
  byType!: CallTypeCount[];

  @Field(() => [ModalityCount], {
    description: 'Calls by media, of which one has several: most first, then in the order of the enumeration.',
  })
  @sized(4)
  byModality!: ModalityCount[];

  @Field(() => [TimeBucket], {
    description:
      'Calls by when they began, in order, those without calls included: from the start of the range that the filter has for `startDateTime` to its end, where it is open from or to the first or last call. Empty without `interval`; at most 10,000.',
  })
  @sized(50)
  buckets!: TimeBucket[];

  @Field(() => [HourOfWeek], { description: 'All 168 hours of the week, from Monday at midnight on.' })
  @sized(HOURS_OF_WEEK)
  hoursOfWeek!: HourOfWeek[];

  @Field(() => [Range], {
    description: 'Calls by how long they took in seconds; one that ends before it starts has none.',
  })
  @sized(DURATION_RANGES.length)
  byDuration!: Range[];

  @Field(() => [Range], { description: 'Calls by how many took part.' })
  @sized(PARTICIPANT_RANGES.length)
  byParticipantCount!: Range[];

  @Field(() => QualityStatistics, { description: 'How good they were.' })
  quality!: QualityStatistics;
}

/** Groups of a list if no number is given. */
export const DEFAULT_GROUPS = 10;
const MOST_GROUPS = 100;

/** The number of groups, from 0 to 100. Throws BAD_USER_INPUT for any other number. */
export function parseGroups(first: number | null | undefined): number {
  const limit = first ?? DEFAULT_GROUPS;
  if (limit < 0) throw badUserInput([{ path: ['first'], rule: 'minimum', message: 'Must not be negative.' }]);
  if (limit > MOST_GROUPS)
    throw badUserInput([{ path: ['first'], rule: 'maximum', message: `Must not exceed ${MOST_GROUPS}.` }]);
  return limit;
}

const TICKS_A_SECOND = 10_000_000n;
/** More digits than a double has. */
const DIGITS = 20;

/**
 * The mean duration of calls in seconds, from the sum of their ticks: the nearest double or its neighbour, with one
 * division.
 */
export function meanSeconds(ticks: bigint, calls: number): number {
  const divisor = TICKS_A_SECOND * BigInt(calls);
  const [all, by] = [Number(ticks), Number(divisor)];
  if (Number.isSafeInteger(all) && Number.isSafeInteger(by)) return all / by;
  const digits = ((ticks < 0n ? -ticks : ticks) * 10n ** BigInt(DIGITS)) / divisor;
  const seconds = Number(`${digits}e-${DIGITS}`);
  return ticks < 0n ? -seconds : seconds;
}

/** The counts that are not zero, the highest first; equal ones keep their order. */
export function mostFirst<Count extends { count: number }>(counts: readonly Count[]): Count[] {
  return counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
}

/** Counts of ranges with these lower bounds. */
export function toRanges(bounds: readonly number[], counts: readonly number[]): Range[] {
  return bounds.map((from, index) => ({ from, to: bounds[index + 1] ?? null, count: counts[index] ?? 0 }));
}

/** Counts of the hours of a week, from Monday at midnight. */
export function toHoursOfWeek(counts: readonly number[]): HourOfWeek[] {
  return counts.map((count, index) => ({ dayOfWeek: Math.floor(index / 24) + 1, hour: index % 24, count }));
}
