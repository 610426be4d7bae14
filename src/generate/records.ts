import { People, Random, type Participant } from './people.js';
import { SessionGenerator } from './sessions.js';
import { formatMoment, fraction, later, type Moment } from './times.js';

const DAY = 86_400;
/** Days of the period, some 22 months. */
const DAYS = 669;
/** So many records cover the whole period once. Any larger count has records from all of it. */
const SWEEP = 1000;
/** Offsets in hours from UTC where people work; the common ones are listed more than once. */
const TIME_ZONES = [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3, -5, -5, -8, 5.5];
const LARGEST_COUNT = 130;

/** A meeting that may recur. Its occurrences share URL, organizer, time of day, and most of the people. */
interface Series {
  organizer: Participant;
  people: Participant[];
  joinWebUrl: string;
  secondOfDay: number;
  median: number;
}

interface Call {
  type: string;
  organizer: Participant;
  participants: Participant[];
  modalities: string[];
  joinWebUrl: string | null;
  start: Moment;
  end: Moment;
}

/** What to generate; `until` is the last day on which a call starts, such as 2026-10-31 (UTC). */
export interface GenerateOptions {
  count: number;
  seed: number;
  until: string;
  /** Whether the records have their sessions. */
  sessions?: boolean;
}

/**
 * Yields lines of NDJSON. Each is a call record of invented people, as Graph sends it after 2026-06-30. The lines
 * depend only on the seed and the last day. A larger count begins with the same lines, and sessions come last in a
 * record. Starts go back from the last day over 669 days, roughly in order, and again after each 1,000 records. So the
 * newest days are covered with any count.
 */
export function* generateCallRecords({ count, seed, until, sessions = false }: GenerateOptions): Generator<string> {
  const random = new Random(seed);
  const calls = new CallGenerator(random, Date.parse(until) / 1000 - (DAYS - 1) * DAY);
  // Sessions have their own random draws, so that records are the same with and without.
  const sessionsOf = sessions ? new SessionGenerator(new Random(~seed)) : null;
  for (let index = 0; index < count; index++) {
    const call = calls.next(index);
    const line = toLine(random, call);
    yield sessionsOf ? `${line.slice(0, -1)},"sessions":${JSON.stringify(sessionsOf.sessionsOf(call))}}` : line;
  }
}

function toLine(random: Random, call: Call): string {
  const modified = later(call.end, 600 + random.logNormal(1200, 0.8), fraction(random));
  const { id, identity } = call.organizer;
  const record = {
    id: random.guid(),
    version: random.chance(0.75) ? 1 : 2 + random.below(4),
    type: random.chance(0.005) ? 'unknown' : call.type,
    modalities: call.modalities,
    lastModifiedDateTime: formatMoment(modified),
    startDateTime: formatMoment(call.start),
    endDateTime: formatMoment(call.end),
    joinWebUrl: call.joinWebUrl,
    organizer_v2: { id, identity },
  };
  const participants = call.participants.map((participant) => participant.json).join(',');
  return `${JSON.stringify(record).slice(0, -1)},"participants_v2":[${participants}]}`;
}

class CallGenerator {
  private readonly people: People;
  /** By the weekday on which they recur. */
  private readonly series: Series[][] = [[], [], [], [], []];

  /** `firstDay`: the start of the first day, in seconds since 1970. */
  constructor(
    private readonly random: Random,
    private readonly firstDay: number,
  ) {
    this.people = new People(random);
  }

  /** The call at this place of the file. Must be called in order. */
  next(index: number): Call {
    const day = this.dayOf(index);
    if (this.random.chance(0.45)) return this.peerToPeer(day);
    const weekday = this.weekdayOf(day);
    // New series begin all along, so that a series has several occurrences in all, however many records there are.
    if (weekday < 5 && this.random.chance(0.5)) return this.occurrence(day, this.seriesOn(weekday, index));
    return this.meeting(day);
  }

  private dayOf(index: number): number {
    const place = ((index % SWEEP) + this.random.unit()) / SWEEP;
    const day = DAYS - 1 - Math.floor(place * DAYS);
    const weekday = this.weekdayOf(day);
    if (weekday < 5 || this.random.chance(0.1)) return day;
    return weekday === 5 ? Math.max(0, day - 1) : day + 1;
  }

  /** Monday is 0; 1970 began on a Thursday. */
  private weekdayOf(day: number): number {
    return (((this.firstDay / DAY + day + 3) % 7) + 7) % 7;
  }

  private peerToPeer(day: number): Call {
    const caller = this.random.chance(0.04) ? this.people.phone() : this.people.user();
    const participants = [caller];
    this.addPeople(participants, 2, () => this.people.anyone());
    const start = this.startOn(day, this.workingSecond());
    const isUnanswered = this.random.chance(0.06);
    return {
      type: 'peerToPeer',
      organizer: caller,
      participants,
      modalities: this.modalities(0.25, 0.2),
      joinWebUrl: null,
      start,
      end: isUnanswered ? start : later(start, this.duration(240, 1.3), fraction(this.random)),
    };
  }

  private meeting(day: number): Call {
    const isQueue = this.random.chance(0.03);
    const organizer = isQueue ? this.people.instance() : this.people.user();
    const people = this.group(organizer, this.random.chance(0.94));
    return this.groupCall(day, this.newSeries(organizer, people));
  }

  private occurrence(day: number, series: Series): Call {
    const people = series.people.filter(() => this.random.chance(0.88));
    if (people.length === 0) people.push(series.organizer);
    if (this.random.chance(0.2)) this.addPeople(people, people.length + 1, () => this.people.anyone());
    return this.groupCall(day, { ...series, people: people.slice(0, LARGEST_COUNT) });
  }

  private groupCall(day: number, { organizer, people, joinWebUrl, secondOfDay, median }: Series): Call {
    const start = this.startOn(day, secondOfDay + Math.round((this.random.unit() - 0.4) * 400));
    return {
      type: 'groupCall',
      organizer,
      participants: people,
      modalities: this.modalities(0.6, 0.5),
      joinWebUrl,
      start,
      end: later(start, this.duration(median, 0.45), fraction(this.random)),
    };
  }

  private seriesOn(weekday: number, index: number): Series {
    const list = this.series[weekday] as Series[];
    const wanted = 8 + Math.floor(index / 150);
    while (list.length < wanted) {
      const organizer = this.people.user();
      list.push(this.newSeries(organizer, this.group(organizer, this.random.chance(0.94))));
    }
    return this.random.pick(list);
  }

  private newSeries(organizer: Participant, people: Participant[]): Series {
    const second = this.workingSecond();
    return {
      organizer,
      people,
      joinWebUrl: this.joinWebUrl(organizer),
      secondOfDay: Math.round(second / 1800) * 1800,
      median: this.random.pick([900, 1700, 1750, 1800, 2600, 3400, 3500]),
    };
  }

  /** The people of a meeting: usually few, now and then very many. The organizer need not come. */
  private group(organizer: Participant, withOrganizer: boolean): Participant[] {
    const { random } = this;
    const count = random.chance(0.003) ? 60 + random.below(71) : Math.round(random.logNormal(4.2, 0.85));
    const people = withOrganizer ? [organizer] : [];
    this.addPeople(people, Math.min(LARGEST_COUNT, Math.max(1, count)), () => this.people.anyone());
    return people;
  }

  /** Adds people who are not in the list yet. */
  private addPeople(people: Participant[], count: number, next: () => Participant): void {
    const ids = new Set(people.map((participant) => participant.id));
    while (people.length < count) {
      const participant = next();
      if (ids.has(participant.id)) continue;
      ids.add(participant.id);
      people.push(participant);
    }
  }

  private modalities(video: number, sharing: number): string[] {
    const { random } = this;
    const modalities = random.chance(0.99) ? ['audio'] : [];
    if (random.chance(video)) modalities.push('video');
    if (random.chance(sharing)) modalities.push('videoBasedScreenSharing');
    if (random.chance(0.04)) modalities.push('data');
    if (random.chance(0.01)) modalities.push('screenSharing');
    return modalities.length > 0 ? modalities : ['audio'];
  }

  /**
   * A UTC second of the day within a person's working hours, or in the evening. It may fall into the day before or
   * after.
   */
  private workingSecond(): number {
    const { random } = this;
    const hour = random.chance(0.05) ? 18 + 4 * random.unit() : 8 + 5 * (random.unit() + random.unit());
    return Math.floor((hour - random.pick(TIME_ZONES)) * 3600);
  }

  private startOn(day: number, second: number): Moment {
    const seconds = this.firstDay + day * DAY + second;
    const isBeyond = seconds >= this.firstDay + DAYS * DAY;
    return { seconds: isBeyond ? seconds - DAY : seconds, ticks: fraction(this.random) };
  }

  private duration(median: number, sigma: number): number {
    return Math.min(DAY, this.random.logNormal(median, sigma));
  }

  private joinWebUrl(organizer: Participant): string {
    const meeting = Buffer.from(this.random.guid()).toString('base64');
    const tenant = tenantOf(organizer);
    const context = `%7b%22Tid%22%3a%22${tenant}%22%2c%22Oid%22%3a%22${organizer.id}%22%7d`;
    return `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${meeting}%40thread.v2/0?context=${context}`;
  }
}

function tenantOf({ identity }: Participant): string {
  const [member] = Object.values(identity);
  return (member as { tenantId: string }).tenantId;
}
