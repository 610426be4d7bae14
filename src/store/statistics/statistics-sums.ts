import { type RawBuilder, sql } from 'kysely';
import { CallType, Modality } from '../../domain/enums.js';
import {
  DURATION_RANGES,
  PARTICIPANT_RANGES,
  QUALITY_COUNTS,
  type QualityStatistics,
} from '../../domain/statistics.js';
import { QualityClass } from '../../domain/quality.js';
import { modalityBits } from '../rows/modality-bits.js';
import { classBits, COUNTS, shownColumn } from '../rows/quality-columns.js';

/** What can be asked of the rows of records. Their number is always given. */
export type Member =
  'duration' | 'longest' | 'types' | 'modalities' | 'durations' | 'participants' | 'quality' | CallsOfClass;
/** A member of `quality` that buckets have too. */
export type CallsOfClass = 'goodCalls' | 'poorCalls' | 'unclassifiedCalls';

/** A value that is added up over many rows, or whose greatest counts. */
export interface Aggregate {
  name: string;
  /** For rows of `call_records as r`. */
  value: RawBuilder<unknown>;
  /** The same for rows of `call_record_sums as r`. */
  ofSums: RawBuilder<unknown>;
  isGreatest?: true;
}

/** Aggregates by name as a database gives them: numbers, or their digits; null if there are no rows. */
export type SumsRow = Record<string, string | number | null>;

/** Aggregates by name, exactly. Without rows a sum is 0, and a greatest value is null. */
export type Sums = Record<string, bigint | null>;

export const TICKS_A_SECOND = 10_000_000;

/** The column of `call_record_sums` that keeps an aggregate. */
export const columnOf = (name: string): string =>
  name === 'count'
    ? 'call_count'
    : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/\d+/, (from) => `_${from}`);

const added = (name: string): RawBuilder<unknown> => sql`sum(${sql.ref(`r.${columnOf(name)}`)})`;

const countIf = (name: string, condition: RawBuilder<unknown>): Aggregate => ({
  name,
  value: sql`sum(case when ${condition} then 1 else 0 end)`,
  ofSums: added(name),
});

const ticks = sql.raw('r.duration_ticks');
const people = sql.raw('r.participant_count');
/** As text, as drivers round. In two parts, as the sum of ticks may exceed an integer of SQLite. */
export const durationSums = (column: RawBuilder<unknown>): Aggregate[] =>
  Object.entries({ seconds: sql`/`, ticks: sql`%` }).map(([name, by]) => ({
    name,
    value: sql`cast(sum(${column} ${by} ${sql.lit(TICKS_A_SECOND)}) as text)`,
    ofSums: sql`cast(${added(name)} as text)`,
  }));

const KNOWN_TYPES = Object.values(CallType).filter((type) => type !== CallType.unknownFutureValue);

const ranges = (name: string, column: RawBuilder<unknown>, bounds: readonly number[], unit: number): Aggregate[] =>
  bounds.map((from, index) => {
    const to = bounds[index + 1];
    const isBelow = to === undefined ? sql`` : sql` and ${column} < ${sql.lit(to * unit)}`;
    return countIf(`${name}${from}`, sql`${column} >= ${sql.lit(from * unit)}${isBelow}`);
  });

const AGGREGATES: Record<Exclude<Member, keyof typeof QUALITY_AGGREGATES>, Aggregate[]> = {
  duration: durationSums(ticks),
  longest: [
    {
      name: 'longest',
      value: sql`cast(max(${ticks}) as text)`,
      ofSums: sql`cast(max(r.longest) as text)`,
      isGreatest: true,
    },
  ],
  types: KNOWN_TYPES.map((type) => countIf(type, sql`r.type = ${sql.lit(type)}`)),
  modalities: Object.values(Modality).map((modality) =>
    countIf(`with_${modality}`, sql`r.modality_bits & ${sql.lit(modalityBits([modality]))} <> 0`),
  ),
  durations: ranges('duration', ticks, DURATION_RANGES, TICKS_A_SECOND),
  participants: ranges('participants', people, PARTICIPANT_RANGES, 1),
};

const COUNT: Aggregate = { name: 'count', value: sql`count(*)`, ofSums: added('count') };

/** Calls of a class, as a person sees them. */
const callsOfClass = (name: CallsOfClass, quality: QualityClass) => (visibleTo: string | null) => [
  countIf(name, sql`${shownColumn('quality_bits', visibleTo)} & ${sql.lit(classBits([quality]))} <> 0`),
];

/** Each depends on whose sessions count; null: on all sessions. */
const QUALITY_AGGREGATES = {
  goodCalls: callsOfClass('goodCalls', QualityClass.GOOD),
  poorCalls: callsOfClass('poorCalls', QualityClass.POOR),
  unclassifiedCalls: callsOfClass('unclassifiedCalls', QualityClass.UNCLASSIFIED),
  quality: (visibleTo: string | null): Aggregate[] => [
    countIf('withoutSessions', sql`r.quality_bits is null`),
    ...Object.entries(COUNTS).map(([name, column]) => ({
      name,
      value: sql`sum(${shownColumn(column, visibleTo)})`,
      ofSums: added(name),
    })),
  ],
};

const isOfQuality = (member: Member): member is keyof typeof QUALITY_AGGREGATES => member in QUALITY_AGGREGATES;

/** The aggregates of members. `visibleTo`: the person whose sessions alone count for quality; null for all. */
export function aggregatesOf(members: ReadonlySet<Member>, visibleTo: string | null): Aggregate[] {
  const own = [...members].flatMap((member) =>
    isOfQuality(member) ? QUALITY_AGGREGATES[member](visibleTo) : AGGREGATES[member],
  );
  return [COUNT, ...own];
}

const MEMBERS = [...Object.keys(AGGREGATES), ...Object.keys(QUALITY_AGGREGATES)] as Member[];
/** The aggregates whose sums are kept. */
export const KEPT: readonly Aggregate[] = aggregatesOf(new Set(MEMBERS), null);

/** Adds up the aggregates of several sets of rows. */
export function addUp(aggregates: readonly Aggregate[], rows: readonly SumsRow[]): Sums {
  const sums: Sums = {};
  for (const { name, isGreatest } of aggregates) sums[name] = isGreatest ? greatestOf(name, rows) : sumOf(name, rows);
  return sums;
}

/** Adds numbers as such as long as they are exact. */
function sumOf(name: string, rows: readonly SumsRow[]): bigint {
  let exact = 0n;
  let small = 0;
  for (const row of rows) {
    const value = row[name];
    if (value == null) continue;
    const number = Number(value);
    const next = small + number;
    if (Number.isSafeInteger(next) && Number.isSafeInteger(number)) small = next;
    else exact += BigInt(value);
  }
  return exact + BigInt(small);
}

function greatestOf(name: string, rows: readonly SumsRow[]): bigint | null {
  let greatest: bigint | null = null;
  for (const row of rows) {
    const value = row[name];
    if (value == null) continue;
    const one = BigInt(value);
    if (greatest === null || one > greatest) greatest = one;
  }
  return greatest;
}

/** The ticks of all durations together, from their two sums. */
export function ticksOf({ seconds, ticks: rest }: Sums): bigint {
  return (seconds ?? 0n) * BigInt(TICKS_A_SECOND) + (rest ?? 0n);
}

/** How many calls each type has. A type that no schema knows counts as `unknownFutureValue`. */
export function countsByType(sums: Sums): [CallType, number][] {
  const known = KNOWN_TYPES.map((type): [CallType, number] => [type, Number(sums[type])]);
  const others = Number(sums.count) - known.reduce((total, [, count]) => total + count, 0);
  return [...known, [CallType.unknownFutureValue, others]];
}

export function countsByModality(sums: Sums): [Modality, number][] {
  return Object.values(Modality).map((modality) => [modality, Number(sums[`with_${modality}`])]);
}

export const countsByDuration = (sums: Sums) => DURATION_RANGES.map((from) => Number(sums[`duration${from}`]));
export const countsByParticipants = (sums: Sums) =>
  PARTICIPANT_RANGES.map((from) => Number(sums[`participants${from}`]));

/** The quality of calls, from their sums. */
export function qualityStatistics(sums: Sums): QualityStatistics {
  const counts = QUALITY_COUNTS.map((name): [string, number] => [name, Number(sums[name])]);
  return Object.fromEntries(counts) as unknown as QualityStatistics;
}
