import { setImmediate as turn } from 'node:timers/promises';
import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { chooseSumPath } from '../query/access-path.js';
import type { Selection } from '../query/index-conditions.js';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../rows/tables.js';
import { rangeOfStarts, type StartRange } from './start-range.js';
import { type AccessPath, countOfPerson, source } from '../query/path-query.js';
import { START, sumAlongStart } from './sums-along-start.js';
import { readSlotSums, type SlotSums } from './slot-sums.js';
import { type KeptSums, keptSums, selectSums } from './statistics-kept.js';
import { type Aggregate, addUp, aggregatesOf, type Member, type Sums, type SumsRow } from './statistics-sums.js';
import { badUserInput } from '../../domain/errors.js';
import {
  earliestOf,
  estimateBuckets,
  hourOfWeekIn,
  MAX_BUCKETS,
  TimeBuckets,
  TimeInterval,
  type TimeRange,
  toUtcText,
} from '../../domain/time-buckets.js';
import { type Grain, grainOf, type Span, type TimeZone } from '../../domain/time-zone.js';

/** What to compute of all records of a selection. */
export interface AskedStatistics extends Selection {
  members: ReadonlySet<Member>;
  /** Those of the members that are computed for each bucket, too. */
  ofBuckets: ReadonlySet<Member>;
  /** The length of buckets of time; null for no buckets. */
  interval: TimeInterval | null;
  /** Whether to count calls by hour of the week. */
  hoursOfWeek: boolean;
  zone: TimeZone;
}

/** The sums of all records, and of the records that began in each part of time. */
export interface Statistics {
  all: Sums;
  /** By first moment, in milliseconds since 1970. */
  buckets: { start: number; sums: Sums }[];
  /** From Monday at midnight on; empty unless asked for. */
  hours: number[];
}

/** Rows that are added up before other work has its turn. */
const ROWS_A_TURN = 5_000;
/** Above this number, estimated buckets are refused without being counted. */
const COUNTED_BUCKETS = MAX_BUCKETS * 1.2;

/**
 * The statistics of a selection's records. The database adds up by parts of UTC whose borders are also borders of hours
 * in the zone, and the parts are put together here. Throws BAD_USER_INPUT beyond 10,000 buckets.
 */
export async function readStatistics(engine: Engine, asked: AskedStatistics): Promise<Statistics> {
  const aggregates = aggregatesOf(asked.members, asked.visibleTo);
  const ofSlots = aggregatesOf(asked.ofBuckets, asked.visibleTo);
  const kept = keptSums(asked);
  if (asked.interval === null && !asked.hoursOfWeek)
    return { all: addUp(aggregates, await readAll(engine, asked, { kept, aggregates })), buckets: [], hours: [] };
  const read = reading(engine, asked, { kept, aggregates, ofSlots });
  const known = rangeOfStarts(asked.filter);
  if (asked.interval && known.from !== null && known.to !== null)
    refuseMany(asked.interval, estimateBuckets({ from: known.from, to: known.to }, asked.interval), COUNTED_BUCKETS);
  const now = Date.now();
  let slot = slotOf(await asked.zone.spans(now, now), asked);
  for (;;) {
    const sums = await read(slot, slot === 'hour' && kept ? await stretchesOf(engine, asked, { kept, known }) : null);
    const moments = sums.rows.map((row) => momentOf(row.slot, slot));
    const range = withinCalls(known, moments);
    const spans = await spansOf(asked, range, moments);
    const needed = slotOf(spans, asked);
    // The zone's changes are known only when the times of the calls are. Changes long ago may need finer parts.
    if (SLOTS.indexOf(needed) <= SLOTS.indexOf(slot))
      return putTogether({ asked, aggregates, ofSlots, sums, moments, range, spans });
    slot = needed;
  }
}

const SLOTS = ['month', 'day', 'hour', 'quarter', 'minute', 'second'] as const;
/** A part of UTC by which the database adds up. */
type Slot = (typeof SLOTS)[number];

/** The coarsest parts of UTC that cross no border of local time. */
function slotOf(spans: readonly Span[], { interval, hoursOfWeek }: AskedStatistics): Slot {
  const isUtc = spans.every(({ offset }) => offset === 0);
  if (!isUtc || hoursOfWeek || interval === TimeInterval.HOUR) return grainOf(spans) satisfies Grain;
  return interval === TimeInterval.MONTH ? 'month' : 'day';
}

/** `stretches`: the hours by which kept sums are put together; see `selectSums`. */
type Read = (slot: Slot, stretches?: string[] | null) => Promise<SlotSums>;

interface Wanted {
  kept: KeptSums | null;
  aggregates: readonly Aggregate[];
}

function reading(
  engine: Engine,
  asked: AskedStatistics,
  { kept, aggregates, ofSlots }: Wanted & { ofSlots: readonly Aggregate[] },
): Read {
  return async (slot, stretches = null) => {
    const length = LENGTHS[slot as keyof typeof LENGTHS] ?? null;
    const isOfHours = length !== null && length <= LENGTHS.hour;
    if (kept && isOfHours) {
      const statement = selectSums(engine, asked, { kept, aggregates, length, stretches });
      return readSlotSums(engine, engine.readerFor('rows', asked.asker), statement, { aggregates, ofSlots });
    }
    const path = await chooseSumPath(engine, asked);
    if (path.along === 'order' && isOfHours) {
      const rows = await sumAlongStart(engine, asked, { aggregates, length });
      return { rows, all: rows };
    }
    const database = engine.readerFor(path.scan === 'range' ? 'range' : 'rows', asked.asker);
    const { rows, start } = sumsOf(database, asked, path, aggregates);
    const parts = rows.select(slotText(slot, start).as('slot')).groupBy(sql.ref('slot'));
    return readSlotSums(engine, database, sql`select * from ${parts} as parts`, { aggregates, ofSlots });
  };
}

/** The sums of all records, perhaps in several rows. */
async function readAll(engine: Engine, asked: AskedStatistics, { kept, aggregates }: Wanted): Promise<SumsRow[]> {
  if (kept) {
    const statement = selectSums(engine, asked, { kept, aggregates, length: 0 }) as RawBuilder<SumsRow>;
    return (await statement.execute(engine.readerFor('rows', asked.asker))).rows;
  }
  const path = await chooseSumPath(engine, asked);
  const database = engine.readerFor(path.scan === 'range' ? 'range' : 'rows', asked.asker);
  return (await sumsOf(database, asked, path, aggregates).rows.execute()) as SumsRow[];
}

/** The query for the sums of records along a path, and the column of their starts. */
function sumsOf(database: Kysely<Tables>, asked: AskedStatistics, path: AccessPath, aggregates: readonly Aggregate[]) {
  const isCountOfPerson = aggregates.length === 1 && path.from === 'person';
  const calls = isCountOfPerson ? countOfPerson(database, asked, path.person) : null;
  const records = source(database, asked, path, path.along === 'order' ? START : null);
  const rows = (calls ?? records) as SelectQueryBuilder<Tables, never, object>;
  return {
    rows: rows.select(aggregates.map(({ name, value }) => value.as(name))),
    start: sql.ref(calls ? 'p.start_date_time' : 'r.start_date_time'),
  };
}

/** Naming more would take longer than reading the hours. */
const MAX_STRETCHES = 4_000;

/**
 * The first hours of stretches, each within one bucket, by which the database puts kept sums together. Null if that is
 * impossible, or not needed.
 */
async function stretchesOf(
  engine: Engine,
  asked: AskedStatistics,
  { kept, known }: { kept: KeptSums; known: StartRange },
): Promise<string[] | null> {
  const { interval, hoursOfWeek } = asked;
  if (interval === null || interval === TimeInterval.HOUR || hoursOfWeek) return null;
  const isOpen = known.from === null || known.to === null;
  const aggregates = aggregatesOf(new Set(), asked.visibleTo);
  const days = isOpen ? (await reading(engine, asked, { kept, aggregates, ofSlots: aggregates })('day')).rows : [];
  const moments = days.map((row) => momentOf(row.slot, 'day'));
  const outline = withinCalls(known, [...moments, ...moments.map((day) => day + DAY_MS)]);
  if (outline === null) return null;
  const spans = await spansOf(asked, outline, moments);
  if (slotOf(spans, asked) !== 'hour') return null;
  const { stretches } = new TimeBuckets(spans, outline, interval);
  if (stretches.length > MAX_STRETCHES) return null;
  // Hours after this one were summed after the days were read.
  return [...stretches, outline.to + HOUR_MS].map((moment) => toUtcText(moment).slice(0, LENGTHS.hour));
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The length of the text that the times of each part share: `2026-01-15T12:00:00`. */
const LENGTHS = { month: 7, day: 10, hour: 13, minute: 16, second: 19 };

function slotText(slot: Slot, start: RawBuilder<unknown>): RawBuilder<string> {
  if (slot !== 'quarter') return sql`substr(${start}, 1, ${sql.lit(LENGTHS[slot])})`;
  const minute = sql`substr(${start}, 15, 2)`;
  return sql`substr(${start}, 1, 14) || case when ${minute} < '15' then '00' when ${minute} < '30' then '15'
    when ${minute} < '45' then '30' else '45' end`;
}

const REST = '0001-01-01T00:00:00Z';

/** The first moment of a part. */
function momentOf(text: string, slot: Slot): number {
  const length = slot === 'quarter' ? LENGTHS.minute : LENGTHS[slot];
  return Date.parse(text + REST.slice(length));
}

/** The range of the filter, with open ends replaced by those of the calls; null without either. */
function withinCalls(known: StartRange, moments: readonly number[]): TimeRange | null {
  const ends = moments.reduce(([first, last], moment) => [Math.min(first, moment), Math.max(last, moment)] as const, [
    Infinity,
    -Infinity,
  ] as const);
  const from = known.from ?? (moments.length > 0 ? ends[0] : null);
  // The part of the last call may begin before the range does.
  const to = known.to ?? (moments.length > 0 ? Math.max(ends[1], from ?? ends[1]) : null);
  return from === null || to === null || from > to ? null : { from, to };
}

async function spansOf(
  { zone, interval, hoursOfWeek }: AskedStatistics,
  range: TimeRange | null,
  moments: readonly number[],
): Promise<Span[]> {
  if (range && interval) {
    refuseMany(interval, estimateBuckets(range, interval), COUNTED_BUCKETS);
    return zone.spans(earliestOf(range, interval), range.to);
  }
  const calls = hoursOfWeek ? withinCalls({ from: null, to: null }, moments) : null;
  return calls ? zone.spans(calls.from, calls.to) : [];
}

function refuseMany(interval: TimeInterval, count: number, limit: number): void {
  if (count <= limit) return;
  const message = `Must not make more than ${MAX_BUCKETS} buckets; by ${interval} this time has ${count}.`;
  throw badUserInput([{ path: ['interval'], rule: 'maximum', message }]);
}

interface Parts {
  asked: AskedStatistics;
  aggregates: readonly Aggregate[];
  ofSlots: readonly Aggregate[];
  sums: SlotSums;
  moments: readonly number[];
  range: TimeRange | null;
  spans: readonly Span[];
}

async function putTogether({ asked, aggregates, ofSlots, sums, moments, range, spans }: Parts): Promise<Statistics> {
  const { interval } = asked;
  const cut = interval && range ? new TimeBuckets(spans, range, interval) : null;
  if (cut && interval) refuseMany(interval, cut.starts.length, MAX_BUCKETS);
  const parts: SumsRow[][] = (cut?.starts ?? []).map(() => []);
  const hours = new Array<number>(asked.hoursOfWeek ? HOURS : 0).fill(0);
  const hourOf = hourOfWeekIn(spans);
  for (const [index, row] of sums.rows.entries()) {
    if (index % ROWS_A_TURN === ROWS_A_TURN - 1) await nextTurn(asked);
    const moment = moments[index] as number;
    if (cut) parts[cut.indexAt(moment)]?.push(row);
    if (asked.hoursOfWeek) hours[hourOf(moment)] = (hours[hourOf(moment)] ?? 0) + Number(row.count);
  }
  return {
    all: addUp(aggregates, sums.all),
    buckets: parts.map((own, index) => ({ start: cut?.starts[index] as number, sums: addUp(ofSlots, own) })),
    hours,
  };
}

const HOURS = 168;

async function nextTurn({ asker }: AskedStatistics): Promise<void> {
  await turn();
  asker?.gone.throwIfAborted();
}
