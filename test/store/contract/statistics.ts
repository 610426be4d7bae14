import fc from 'fast-check';
import { type CallRecordDocument, identitiesOf, type JsonObject } from '../../../src/domain/document.js';
import { CallType, Modality } from '../../../src/domain/enums.js';
import { qualityOfSession, totalOf } from '../../../src/domain/quality.js';
import type { CallRecordFilter } from '../../../src/domain/filter.js';
import { TimeInterval } from '../../../src/domain/time-buckets.js';
import { TimeZone } from '../../../src/domain/time-zone.js';
import type { AskedStatistics, Statistics } from '../../../src/store/statistics/statistics.js';
import type { Role } from '../../../src/store/statistics/tallied-records.js';
import {
  countsByDuration,
  countsByModality,
  countsByParticipants,
  countsByType,
  qualityStatistics,
  ticksOf,
} from '../../../src/store/statistics/statistics-sums.js';
import type { Store } from '../../../src/store/store.js';
import { documentOf, type OpenStore, reusedStores, withStore } from '../../support/opened-store.js';
import { counted, document, filter, holds, involves, PERSON } from './oracle-property.js';
import { toTicks } from './ticks.js';

const STARTS = [
  ...['2026-01-01T00:00:00', '2026-01-01T00:00:00.0000001', '2025-12-31T23:59:59.9999999', '2026-03-29T00:59:59.9'],
  ...[
    '2026-03-29T01:00:00',
    '2026-10-25T00:30:00',
    '2026-10-25T01:30:00',
    '2026-04-04T15:29:59',
    '2026-04-04T15:30:00',
  ],
];
/** With durations of nothing, of less, on either side of a range, and of which three are more than 64 bits hold. */
const ENDS = [
  '2026-01-01T00:01:00',
  '2026-03-29T01:00:00',
  '2026-10-25T01:30:00.0000001',
  '9999-12-31T23:59:59.9999999',
];
const ZONES = ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns'];

/** A record at a time that some clock changes, or at an end of an hour or a day. */
export const timed = fc
  .tuple(document, fc.constantFrom(...STARTS), fc.constantFrom(...ENDS))
  .map(([one, start, end]) => ({ ...one, startDateTime: start, endDateTime: end }));
const records = fc
  .array(timed, { minLength: 2, maxLength: 12, size: 'max' })
  .map((list) => list.map((changes, index) => documentOf(index, changes)));
export const askingFor = (filters: fc.Arbitrary<CallRecordFilter | null>) =>
  fc.record({
    filter: filters,
    interval: fc.constantFrom(...Object.values(TimeInterval)),
    zone: fc.constantFrom(...ZONES),
    limit: fc.integer({ min: 1, max: 4 }),
  });
const asking = askingFor(fc.option(filter, { freq: 2 }));
export type Asking = typeof asking extends fc.Arbitrary<infer Value> ? Value : never;

const CLASSES = ['goodCalls', 'poorCalls', 'unclassifiedCalls'] as const;
const MEMBERS = new Set([
  ...(['duration', 'longest', 'types', 'modalities', 'durations', 'participants', 'quality', ...CLASSES] as const),
]);
const OF_BUCKETS = new Set(['duration', ...CLASSES] as const);

export function askedFor({ filter: asked, interval, zone }: Asking, visibleTo: string | null): AskedStatistics {
  const named = TimeZone.named(zone) as TimeZone;
  return {
    filter: asked,
    visibleTo,
    members: MEMBERS,
    ofBuckets: OF_BUCKETS,
    interval,
    hoursOfWeek: true,
    zone: named,
  };
}

const ticksIn = (one: CallRecordDocument) => toTicks(one.endDateTime) - toTicks(one.startDateTime);
const total = (some: CallRecordDocument[]) => some.reduce((sum, one) => sum + ticksIn(one), 0n);
const isKnown = (name: string, members: object) => Object.values(members).includes(name);
const inRanges = (bounds: number[], values: number[]) =>
  bounds.map(
    (from, index) => values.filter((value) => value >= from && value < (bounds[index + 1] ?? Infinity)).length,
  );

/** What a clock of the zone shows when a call starts, as much of it as an interval tells apart. */
function labelOf(zone: string, interval: TimeInterval, moment: number): string {
  const parts = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    timeZoneName: 'longOffset',
  } as const;
  const format = new Intl.DateTimeFormat('sv', { timeZone: zone, ...parts });
  const shown = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  const date = `${shown.year}-${shown.month}-${shown.day}`;
  if (interval === TimeInterval.HOUR) return `${date} ${shown.hour} ${shown.timeZoneName}`;
  if (interval === TimeInterval.MONTH) return date.slice(0, 7);
  if (interval === TimeInterval.DAY) return date;
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}

const momentOf = (one: CallRecordDocument) => Date.parse(`${one.startDateTime.slice(0, 23)}Z`);

function hourOfWeek(zone: string, moment: number): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  const shown = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  return ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(shown.weekday ?? '') * 24 + Number(shown.hour);
}

/** What the store tells, in the words of the oracle. */
export function said({ all, buckets, hours }: Statistics, { zone, interval }: Asking) {
  return {
    count: Number(all.count),
    ticks: ticksOf(all),
    longest: all.longest,
    types: countsByType(all),
    modalities: countsByModality(all),
    durations: countsByDuration(all),
    participants: countsByParticipants(all),
    quality: qualityStatistics(all),
    buckets: buckets
      .filter(({ sums }) => sums.count !== 0n)
      .map(({ start, sums }) => [
        ...[labelOf(zone, interval, start), Number(sums.count), ticksOf(sums)],
        ...CLASSES.map((name) => Number(sums[name])),
      ]),
    hours,
  };
}

/** How good calls were by the sessions that count for a viewer. */
function qualityIn(some: CallRecordDocument[], viewer: string | null) {
  const qualities = some.map((one) => counted(one, viewer)).map((own) => own && totalOf(own.map(qualityOfSession)));
  const ofClass = (name: string) => qualities.filter((one) => String(one?.class) === name).length;
  const sum = (name: 'goodStreams' | 'poorStreams' | 'unclassifiedStreams' | 'sessions' | 'setupFailures' | 'drops') =>
    qualities.reduce((all, one) => all + (one?.[name] ?? 0), 0);
  return {
    goodCalls: ofClass('GOOD'),
    poorCalls: ofClass('POOR'),
    unclassifiedCalls: ofClass('UNCLASSIFIED'),
    withoutSessions: qualities.filter((one) => one === null).length,
    goodStreams: sum('goodStreams'),
    poorStreams: sum('poorStreams'),
    unclassifiedStreams: sum('unclassifiedStreams'),
    sessions: sum('sessions'),
    setupFailures: sum('setupFailures'),
    drops: sum('drops'),
  };
}

/** The same in plain words. */
export function expected(some: CallRecordDocument[], { zone, interval }: Asking, viewer: string | null) {
  const group = new Map<string, CallRecordDocument[]>();
  for (const one of [...some].sort((a, b) => momentOf(a) - momentOf(b))) {
    const label = labelOf(zone, interval, momentOf(one));
    group.set(label, [...(group.get(label) ?? []), one]);
  }
  const hours = new Array<number>(168).fill(0);
  for (const one of some) hours[hourOfWeek(zone, momentOf(one))]! += 1;
  const ofType = (type: string) =>
    some.filter((one) =>
      type === 'unknownFutureValue' ? !isKnown(one.type, CallType) || one.type === type : one.type === type,
    );
  const withModality = (modality: string) =>
    some.filter(({ modalities }) =>
      modalities.some((one) => one === modality || (modality === 'unknownFutureValue' && !isKnown(one, Modality))),
    );
  return {
    count: some.length,
    ticks: total(some),
    longest: some.reduce<bigint | null>(
      (most, one) => (most === null || ticksIn(one) > most ? ticksIn(one) : most),
      null,
    ),
    types: Object.values(CallType).map((type) => [type, ofType(type).length]),
    modalities: Object.values(Modality).map((modality) => [modality, withModality(modality).length]),
    durations: inRanges(
      [0, 60, 300, 900, 1_800, 3_600, 7_200],
      some.map((one) => Number(ticksIn(one)) / 1e7),
    ),
    participants: inRanges(
      [0, 1, 2, 3, 5, 10, 25, 100],
      some.map(({ participants }) => participants.length),
    ),
    quality: qualityIn(some, viewer),
    buckets: [...group].map(([label, own]) => [
      ...[label, own.length, total(own)],
      ...CLASSES.map((name) => qualityIn(own, viewer)[name]),
    ]),
    hours,
  };
}

const key = (id: string) => (id.length === 36 ? id.toLowerCase() : id);

/** Everybody who has an id in that role, with the calls. */
function people(some: CallRecordDocument[], role: Role): Map<string, CallRecordDocument[]> {
  const found = new Map<string, CallRecordDocument[]>();
  for (const one of some) {
    const sets: JsonObject[] = role === 'organizer' ? (one.organizer ? [one.organizer] : []) : one.participants;
    const ids = sets.flatMap((set) =>
      identitiesOf(set).flatMap(({ kind, identity: { id } }) => (typeof id === 'string' ? `${key(id)} ${kind}` : [])),
    );
    for (const id of new Set(ids)) found.set(id, [...(found.get(id) ?? []), one]);
  }
  return found;
}

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Checks how many took part, and who organized or took part in most. */
export async function expectPeople(
  store: Store,
  some: CallRecordDocument[],
  { filter: asked, limit }: Asking,
  visibleTo: string | null,
) {
  const selection = { filter: asked, visibleTo };
  expect(await store.statistics.participants(selection)).toBe(people(some, 'participants').size);
  for (const role of ['organizer', 'participants'] as const) {
    const top = await store.statistics.top(selection, { role, limit });
    const told = top.map(({ set, count, ticks }) => {
      const [[kind, identity]] = Object.entries(set) as [[string, { id: string }]];
      return [`${key(identity.id)} ${kind}`, count, ticks];
    });
    const all = [...people(some, role)].sort(([a, of], [b, others]) => others.length - of.length || compare(a, b));
    expect(told).toEqual(all.slice(0, limit).map(([name, of]) => [name, of.length, total(of)]));
  }
}

/** What a store tells of many records together. */
export function describeStatistics(openNew: OpenStore): void {
  describe('statistics', () => {
    const open = reusedStores(openNew);

    test('Of any filter, for everybody and for one person, they are what plain JavaScript adds up, to the digit', async () => {
      let some = 0;
      const filtered = fc.array(asking, { minLength: 2, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(records, askingFor(fc.constant(null)), filtered, (all, first, asked) =>
          withStore(open, async (store) => {
            await store.import(all);
            for (const one of [first, ...asked]) {
              for (const visibleTo of [null, PERSON]) {
                const own = all.filter(
                  (record) =>
                    (one.filter === null || holds(record, one.filter, visibleTo)) &&
                    (visibleTo === null || involves(record, visibleTo)),
                );
                expect(said(await store.statistics.ofRecords(askedFor(one, visibleTo)), one)).toEqual(
                  expected(own, one, visibleTo),
                );
                await expectPeople(store, own, one, visibleTo);
                some += own.length > 1 ? 1 : 0;
              }
            }
          }),
        ),
        { numRuns: 12 },
      );
      // The property says little of no records.
      expect(some).toBeGreaterThan(20);
    });
  });
}
