import { type Kysely, sql } from 'kysely';
import { PoorReason } from '../../domain/quality.js';
import { QualityDimension } from '../../domain/quality-groups.js';
import type { Engine } from '../engine/engine.js';
import { chunksOf } from '../../platform/chunks.js';
import { reasonBits } from '../rows/quality-columns.js';
import type { Tables } from '../rows/tables.js';
import { numberAll, numbersOf, type Person, personKey } from './people-numbers.js';
import { peopleBytes, PeopleTally } from '../rows/people-tally.js';
import { StreamTally } from '../rows/stream-tally.js';
import { markedHours } from '../rows/unsummed.js';
import { COUNTS, type PersonRow, readRecordsOf, type RecordsOfHours, STREAM_DIMENSIONS } from './tallied-records.js';
import {
  eachOf,
  type Grain,
  isWithin,
  LENGTHS,
  UNTALLIED,
  UNTALLIED_DAYS,
  UNTALLIED_HOURS,
  UNTALLIED_MONTHS,
} from './marked-hours.js';

/** The subjects that are counted by hour, day and month. */
export type Tallied = 'PEOPLE' | 'STREAMS';
const TALLIED: Tallied[] = ['PEOPLE', 'STREAMS'];
const ALL_TALLIED = sql.join(TALLIED.map((tallied) => sql.lit(tallied)));

const toPerson = ([, kind, identity_id]: PersonRow): Person => ({ kind, identity_id });

const REASONS = Object.values(PoorReason).map((reason) => ({ reason, bit: reasonBits([reason]) }));

interface TallyRow {
  tallied: Tallied;
  slot: string;
  tally: Uint8Array;
}

/** The tallies of hours. `numbers`: the numbers of the people, by {@link personKey}. */
function talliesOf({ people, streams }: RecordsOfHours, numbers: ReadonlyMap<string, number>): TallyRow[] {
  const tallies = new Map<string, StreamTally>();
  for (const [slot, values, [reasons, goodStreams, poorStreams, unclassifiedStreams]] of streams) {
    const counts = { goodStreams, poorStreams, unclassifiedStreams };
    const tally = tallies.get(slot) ?? new StreamTally();
    tallies.set(slot, tally);
    STREAM_DIMENSIONS.forEach((dimension, index) => tally.add(dimension, values[index] ?? null, counts));
    if (reasons === 0) tally.add(QualityDimension.POOR_REASON, null, counts);
    for (const { reason, bit } of REASONS)
      if ((reasons & bit) !== 0) tally.add(QualityDimension.POOR_REASON, reason, counts);
  }
  const ofStreams = [...tallies].map(([slot, tally]): TallyRow => ({
    tallied: 'STREAMS',
    slot,
    tally: tally.toBytes(),
  }));
  return [...ofStreams, ...peopleOf(people, numbers)];
}

/** The calls of an hour have few of all people: a count with room for all of them would take too much memory. */
function peopleOf(people: readonly PersonRow[], numbers: ReadonlyMap<string, number>): TallyRow[] {
  const bySlot = new Map<string, [number: number, counts: number[]][]>();
  for (const [slot, kind, id, ...counts] of people) {
    const own = bySlot.get(slot) ?? [];
    if (own.length === 0) bySlot.set(slot, own);
    own.push([numbers.get(personKey({ kind, identity_id: id })) ?? 0, counts]);
  }
  return [...bySlot].map(([slot, own]) => ({
    tallied: 'PEOPLE',
    slot,
    tally: peopleBytes(own.sort(([a], [b]) => a - b)),
  }));
}

/** A mark that something was written in an hour; its key is text, as a driver may round numbers. */
interface Mark {
  hour: string;
  key: string;
}

/** Hours to be counted, with their marks and their records, which are read at the same time as the marks or later. */
export interface UntalliedHours extends RecordsOfHours {
  marks: Mark[];
}

/** Marks hours as to be counted. Counting takes longer than summing, which does not wait for it. */
export async function markUntallied(engine: Engine, transaction: Kysely<Tables>, hours: string[]): Promise<void> {
  const records = hours.map((hour) => ({ start_date_time: hour }));
  await engine.insertRows(transaction, 'call_record_untallied', markedHours(records));
}

/** The longest time within which hours are read together: the records of all its hours are passed over. */
const MOST_APART_MS = 3 * 86_400_000;

/** Reads up to `limit` hours that are not far apart. Its long reads hold nobody up. */
export async function readUntallied(engine: Engine, limit: number): Promise<UntalliedHours> {
  // An hour that waits to be summed again will be marked again: it would keep others from their turn.
  const { rows } = await sql<{ hour: string }>`select distinct m.hour from call_record_untallied as m
    where not exists (select 1 from call_record_unsummed as u where u.hour = m.hour)
    order by m.hour limit ${sql.lit(limit)}`.execute(engine.reader);
  if (rows.length === 0) return { marks: [], people: [], streams: [] };
  const momentOf = (hour = '') => Date.parse(`${hour}:00Z`);
  const end = momentOf(rows[0]?.hour) + MOST_APART_MS;
  const hours = rows.map(({ hour }) => hour).filter((hour) => momentOf(hour) < end);
  const marks = await marksOf(engine.reader, hours);
  return { marks, ...(await readRecordsOf(engine, engine.readerFor('rows'), hours)) };
}

function unsummedOf(database: Kysely<Tables>, hours: readonly string[]): Promise<{ hour: string }[]> {
  return database.selectFrom('call_record_unsummed').select('hour').distinct().where('hour', 'in', hours).execute();
}

const MARK = sql`hour, cast(marked_at as text) || ' ' || cast(mark as text) as key`;
const ofHours = (hours: readonly string[]) => sql`from call_record_untallied where hour in (${sql.join(hours)})`;

async function marksOf(database: Kysely<Tables>, hours: readonly string[]): Promise<Mark[]> {
  const { rows } = await sql<Mark>`select ${MARK} ${ofHours(hours)}`.execute(database);
  return rows;
}

async function removeMarks(transaction: Kysely<Tables>, hours: readonly string[]): Promise<Mark[]> {
  const { rows } = await sql<Mark>`delete ${ofHours(hours)} returning ${MARK}`.execute(transaction);
  return rows;
}

/**
 * Stores the tallies of hours, and puts together those of days and months without marked hours. An hour is skipped if a
 * mark was removed (another process has counted it) or added: its records may differ from those that were read. An hour
 * that is to be summed again is skipped, too: it will be marked then.
 */
export async function keepTallies(
  engine: Engine,
  transaction: Kysely<Tables>,
  { marks, ...read }: UntalliedHours,
): Promise<void> {
  await engine.dialect.lockSums?.execute(transaction);
  const asked = [...new Set(marks.map(({ hour }) => hour))];
  const isWritten = new Set((await unsummedOf(transaction, asked)).map(({ hour }) => hour));
  // An erasure may add a mark at any moment: all that are removed are looked at.
  const removed = await removeMarks(transaction, asked);
  const hours = unchanged(marks, removed).filter((hour) => !isWritten.has(hour));
  const skipped = new Set(removed.map(({ hour }) => hour).filter((hour) => !hours.includes(hour)));
  await markUntallied(engine, transaction, [...skipped]);
  if (hours.length === 0) return;
  const isTaken = new Set(hours);
  const people = read.people.filter(([slot]) => isTaken.has(slot));
  const streams = read.streams.filter(([slot]) => isTaken.has(slot));
  const numbers = await numberAll(engine, transaction, people.map(toPerson));
  await replace(engine, transaction, { grain: 'hour', slots: hours }, talliesOf({ people, streams }, numbers));
  let finer: Grain = 'hour';
  for (const grain of ['day', 'month'] as const) {
    const slots = [...new Set(hours.map((hour) => hour.slice(0, LENGTHS[grain])))];
    const { rows } = await sql<{ slot: string }>`select d.slot from (${eachOf(slots)}) as d where not exists (
      select 1 from call_record_untallied as m where ${isWithin('m.hour', 'd.slot', grain)})`.execute(transaction);
    for (const { slot } of rows) {
      const whole = await putTogether(transaction, { grain, slot, finer });
      await replace(engine, transaction, { grain, slots: [slot] }, whole);
    }
    finer = grain;
  }
}

/** The hours whose marks are the same as before. */
function unchanged(before: readonly Mark[], now: readonly Mark[]): string[] {
  const keysOf = (marks: readonly Mark[]) => {
    const byHour = new Map<string, Set<string>>();
    for (const { hour, key } of marks) byHour.set(hour, (byHour.get(hour) ?? new Set()).add(key));
    return byHour;
  };
  const present = keysOf(now);
  return [...keysOf(before)].flatMap(([hour, keys]) => {
    const own = present.get(hour);
    return own?.size === keys.size && [...keys].every((key) => own.has(key)) ? [hour] : [];
  });
}

interface Whole {
  grain: Grain;
  slot: string;
  /** The grain of the parts that it is made of. */
  finer: Grain;
}

async function putTogether(database: Kysely<Tables>, { grain, slot, finer }: Whole): Promise<TallyRow[]> {
  const { rows } = await sql<TallyRow>`select r.tallied, r.tally
    from (select cast(${slot} as text) as slot) as d cross join call_record_tallies as r
    where r.tallied in (${ALL_TALLIED}) and r.grain = ${sql.lit(finer)} and ${isWithin('r.slot', 'd.slot', grain)}`.execute(
    database,
  );
  const all = { PEOPLE: new PeopleTally(COUNTS.size), STREAMS: new StreamTally() };
  for (const { tallied, tally } of rows) all[tallied].addBytes(tally);
  return TALLIED.filter((tallied) => rows.some((row) => row.tallied === tallied)).map((tallied) => ({
    tallied,
    slot,
    tally: all[tallied].toBytes(),
  }));
}

async function replace(
  engine: Engine,
  transaction: Kysely<Tables>,
  { grain, slots }: { grain: Grain; slots: string[] },
  tallies: TallyRow[],
): Promise<void> {
  await sql`delete from call_record_tallies where tallied in (${ALL_TALLIED})
    and grain = ${sql.lit(grain)} and slot in (${sql.join(slots)})`.execute(transaction);
  const rows = tallies.map(({ tallied, slot, tally }) => ({ tallied, grain, slot, tally }));
  await engine.insertRows(transaction, 'call_record_tallies', rows, 'keep');
}

/** Removes the tallies that are not read any more: they may name people whose records are gone. */
export async function forgetTallies(transaction: Kysely<Tables>): Promise<void> {
  const unsummed = { month: UNTALLIED_MONTHS, day: UNTALLIED_DAYS, hour: UNTALLIED_HOURS };
  for (const [grain, slots] of Object.entries(unsummed))
    await sql`${UNTALLIED} delete from call_record_tallies where tallied in (${ALL_TALLIED})
      and grain = ${sql.lit(grain)} and slot in (${slots})`.execute(transaction);
}

/** The first tallies that differ from a recount, in words. Neither includes marked hours. */
export async function differingTallies(engine: Engine, database: Kysely<Tables>, limit: number): Promise<string[]> {
  const differing: string[] = [];
  const hours = await sql<{
    slot: string;
  }>`${UNTALLIED} select distinct substr(start_date_time, 1, ${sql.lit(LENGTHS.hour)}) as slot
    from call_records where substr(start_date_time, 1, ${sql.lit(LENGTHS.hour)}) not in (${UNTALLIED_HOURS})
    union select slot from call_record_tallies where grain = 'hour' and slot not in (${UNTALLIED_HOURS})`.execute(
    database,
  );
  for (const some of chunksOf(hours.rows.map(({ slot }) => slot).sort(), HOURS_RECOUNTED)) {
    const read = await readRecordsOf(engine, database, some);
    const wanted = talliesOf(read, await numbersOf(engine, database, read.people.map(toPerson)));
    differing.push(...(await differences(database, 'hour', some, wanted)));
    if (differing.length >= limit) return differing.slice(0, limit);
  }
  let finer: Grain = 'hour';
  for (const [grain, unsummed] of [
    ['day', UNTALLIED_DAYS],
    ['month', UNTALLIED_MONTHS],
  ] as const) {
    const part = sql`substr(slot, 1, ${sql.lit(LENGTHS[grain])})`;
    const { rows } = await sql<{ slot: string }>`${UNTALLIED} select distinct ${part} as slot from call_record_tallies
      where ${part} not in (${unsummed}) order by 1`.execute(database);
    for (const { slot } of rows) {
      if (slot.length < LENGTHS[grain] || differing.length >= limit) continue;
      differing.push(
        ...(await differences(database, grain, [slot], await putTogether(database, { grain, slot, finer }))),
      );
    }
    finer = grain;
  }
  return differing.slice(0, limit);
}

const HOURS_RECOUNTED = 24;

async function differences(
  database: Kysely<Tables>,
  grain: Grain,
  slots: readonly string[],
  wanted: TallyRow[],
): Promise<string[]> {
  const { rows } = await sql<TallyRow>`select tallied, slot, tally
    from call_record_tallies where tallied in (${ALL_TALLIED}) and grain = ${sql.lit(grain)}
      and slot in (${sql.join(slots)})`.execute(database);
  const texts = (all: TallyRow[]) =>
    new Map(
      all.map(({ tallied, slot, tally }) => [
        `${tallied} of the ${grain} ${slot}`,
        Buffer.from(tally).toString('base64'),
      ]),
    );
  const [stored, recounted] = [texts(rows), texts(wanted)];
  return [...new Set([...stored.keys(), ...recounted.keys()])]
    .filter((name) => stored.get(name) !== recounted.get(name))
    .sort();
}
