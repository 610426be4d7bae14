import fc from 'fast-check';
import { earliestOf, hourOfWeekIn, TimeBuckets, TimeInterval, toUtcText } from '../../src/domain/time-buckets.js';
import { grainOf, type Span, TimeZone } from '../../src/domain/time-zone.js';

const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(`${text}Z`);

async function spansOf(name: string, from: number, to: number): Promise<Span[]> {
  return (TimeZone.named(name) as TimeZone).spans(from, to);
}

async function bucketsOf(name: string, interval: TimeInterval, from: string, to: string): Promise<TimeBuckets> {
  const range = { from: at(from), to: at(to) };
  return new TimeBuckets(await spansOf(name, earliestOf(range, interval), range.to), range, interval);
}

const { HOUR, DAY, WEEK, MONTH } = TimeInterval;

describe('Buckets of local time', () => {
  test.each<[string, string, TimeInterval, string, string, string[]]>([
    [
      'hours of UTC',
      'UTC',
      HOUR,
      '2026-01-31T22:59:59',
      '2026-02-01T00:00',
      ['2026-01-31T22:00', '2026-01-31T23:00', '2026-02-01T00:00'],
    ],
    [
      'a day of 23 hours',
      'Europe/Berlin',
      DAY,
      '2026-03-28T23:30',
      '2026-03-30T00:00',
      ['2026-03-28T23:00', '2026-03-29T22:00'],
    ],
    [
      'a day of 25 hours',
      'Europe/Berlin',
      DAY,
      '2026-10-25T12:00',
      '2026-10-25T23:00',
      ['2026-10-24T22:00', '2026-10-25T23:00'],
    ],
    [
      'an hour that is left out',
      'Europe/Berlin',
      HOUR,
      '2026-03-29T00:30',
      '2026-03-29T01:30',
      ['2026-03-29T00:00', '2026-03-29T01:00'],
    ],
    [
      'an hour that is repeated',
      'America/New_York',
      HOUR,
      '2026-11-01T05:00',
      '2026-11-01T07:00',
      ['2026-11-01T05:00', '2026-11-01T06:00', '2026-11-01T07:00'],
    ],
    [
      'half an hour that is repeated',
      'Australia/Lord_Howe',
      HOUR,
      '2026-04-04T14:00',
      '2026-04-04T16:00',
      ['2026-04-04T14:00', '2026-04-04T15:00', '2026-04-04T15:30'],
    ],
    [
      'half an hour that is left out',
      'Australia/Lord_Howe',
      HOUR,
      '2026-10-03T15:00',
      '2026-10-03T16:30',
      ['2026-10-03T14:30', '2026-10-03T15:30', '2026-10-03T16:00'],
    ],
    [
      'hours of a zone of 45 minutes',
      'Asia/Kathmandu',
      HOUR,
      '2026-01-01T00:14',
      '2026-01-01T00:15',
      ['2025-12-31T23:15', '2026-01-01T00:15'],
    ],
    [
      'days of a zone of 30 minutes',
      'Asia/Kolkata',
      DAY,
      '2026-01-01T18:29',
      '2026-01-01T18:30',
      ['2025-12-31T18:30', '2026-01-01T18:30'],
    ],
    [
      'days of Chatham',
      'Pacific/Chatham',
      DAY,
      '2026-04-04T10:15',
      '2026-04-05T11:15',
      ['2026-04-04T10:15', '2026-04-05T11:15'],
    ],
    [
      'a day that was left out',
      'Pacific/Apia',
      DAY,
      '2011-12-29T12:00',
      '2011-12-30T12:00',
      ['2011-12-29T10:00', '2011-12-30T10:00'],
    ],
    [
      'a day without midnight',
      'America/Sao_Paulo',
      DAY,
      '2018-11-03T12:00',
      '2018-11-04T12:00',
      ['2018-11-03T03:00', '2018-11-04T03:00'],
    ],
    [
      'a day that ends twice',
      'America/Sao_Paulo',
      DAY,
      '2018-02-17T12:00',
      '2018-02-18T12:00',
      ['2018-02-17T02:00', '2018-02-18T03:00'],
    ],
    [
      'a date that the clock came back to',
      'America/St_Johns',
      DAY,
      '2010-11-07T02:29',
      '2010-11-07T04:00',
      ['2010-11-06T02:30', '2010-11-07T02:30'],
    ],
    [
      'an offset of seconds',
      'Africa/Monrovia',
      DAY,
      '1972-01-06T12:00',
      '1972-01-07T12:00',
      ['1972-01-06T00:44:30', '1972-01-07T00:44:30'],
    ],
    [
      'weeks, from Monday on',
      'UTC',
      WEEK,
      '2026-01-01T00:00',
      '2026-01-05T00:00',
      ['2025-12-29T00:00', '2026-01-05T00:00'],
    ],
    [
      'months',
      'America/New_York',
      MONTH,
      '2026-02-28T12:00',
      '2026-04-01T04:00',
      ['2026-02-01T05:00', '2026-03-01T05:00', '2026-04-01T04:00'],
    ],
    [
      'months before 1970',
      'UTC',
      MONTH,
      '1969-12-31T23:59',
      '1970-01-01T00:00',
      ['1969-12-01T00:00', '1970-01-01T00:00'],
    ],
  ])('are, for %s (%s by %s), those that the clock there shows', async (...row) => {
    const [, zone, interval, from, to, starts] = row;
    const buckets = await bucketsOf(zone, interval, from, to);
    expect(buckets.starts.map(toUtcText)).toEqual(starts.map((start) => toUtcText(at(start))));
    expect(buckets.indexAt(at(from))).toBe(0);
    expect(buckets.indexAt(at(to))).toBe(starts.length - 1);
  });

  test('hold a moment by its local date where the clock went back over midnight', async () => {
    const buckets = await bucketsOf('America/St_Johns', DAY, '2010-11-06T12:00', '2010-11-07T12:00');
    const places = ['2010-11-07T02:29:59', '2010-11-07T02:30:30', '2010-11-07T02:31:00', '2010-11-07T03:30:00'];
    expect(places.map((place) => buckets.indexAt(at(place)))).toEqual([0, 1, 0, 1]);
  });
});

/** What a clock there shows, by the JavaScript engine's own words. */
function clock(zone: string): (moment: number) => Record<string, string> {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', weekday: 'short' } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...parts });
  return (moment) => Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
}

const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'],
  ...['Africa/Casablanca', 'Antarctica/Troll', 'America/Caracas', 'Pacific/Chatham', 'Asia/Gaza', 'Africa/Monrovia'],
];
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

test('A moment is in the day, the month and the hour of the week that the clock shows, in any zone', async () => {
  const moment = fc.integer({ min: at('1970-01-01T00:00') / 1000, max: at('2037-12-31T00:00') / 1000 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ZONES),
      moment,
      fc.nat({ max: 40 * 24 * 3600 }),
      async (zone, from, seconds) => {
        const range = { from: from * 1000, to: (from + seconds) * 1000 };
        const shown = clock(zone);
        const [first, last] = [shown(range.from), shown(range.to)];
        const key = (parts: Record<string, string>, names: string[]) => names.map((name) => parts[name]).join();
        for (const [interval, names] of [
          [DAY, ['year', 'month', 'day']],
          [MONTH, ['year', 'month']],
        ] as const) {
          const spans = await spansOf(zone, earliestOf(range, interval), range.to);
          const buckets = new TimeBuckets(spans, range, interval);
          const isSame = key(first, [...names]) === key(last, [...names]);
          expect(buckets.indexAt(range.from) === buckets.indexAt(range.to)).toBe(isSame);
          for (const start of buckets.starts.slice(1))
            expect(key(shown(start), [...names])).not.toBe(key(shown(start - 1), [...names]));
          const hour = hourOfWeekIn(spans)(range.to);
          expect([DAYS[Math.floor(hour / 24)], hour % 24]).toEqual([last.weekday, Number(last.hour)]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

describe('A time zone', () => {
  test.each([
    ['Europe/Berlin', 'hour'],
    ['Asia/Kolkata', 'quarter'],
    ['Asia/Kathmandu', 'quarter'],
    ['Australia/Lord_Howe', 'quarter'],
  ])('%s has hours whose borders lie between parts of UTC that are each a %s', async (name, grain) => {
    expect(grainOf(await spansOf(name, at('2026-01-01T00:00'), at('2026-12-31T00:00')))).toBe(grain);
  });

  test('that changed at one minute past midnight, or was 44 minutes and 30 seconds behind, has finer borders', async () => {
    expect(grainOf(await spansOf('America/St_Johns', at('2010-01-01T00:00'), at('2010-12-31T00:00')))).toBe('minute');
    expect(grainOf(await spansOf('Africa/Monrovia', at('1971-01-01T00:00'), at('1971-12-31T00:00')))).toBe('second');
  });

  test('changes its offset where it does, also twice within a month', async () => {
    const spans = await spansOf('Africa/Casablanca', at('2026-01-01T00:00'), at('2026-12-31T00:00'));
    const [before, ramadan, after] = spans;
    expect([before, ramadan, after].map((span) => (span as Span).offset / HOUR_MS)).toEqual([1, 0, 1]);
    expect([ramadan, after].map((span) => toUtcText((span as Span).start))).toEqual([
      '2026-02-15T02:00:00',
      '2026-03-22T02:00:00',
    ]);
  });

  test('goes by its name in the time zone database, in which case does not count', () => {
    for (const name of ['UTC', 'europe/berlin', 'Etc/GMT+1', 'EST5EDT', 'Asia/Calcutta'])
      expect(TimeZone.named(name)).not.toBeNull();
    for (const name of ['', 'Mars/Olympus', '+05:30', 'GMT+1', 'IST', 'PST', 'SystemV/PST8', 'Europe/Berlin '])
      expect(TimeZone.named(name)).toBeNull();
  });
});
