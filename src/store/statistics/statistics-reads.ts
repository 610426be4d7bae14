import type { Kysely } from 'kysely';
import type { Tables } from '../rows/tables.js';
import type { Selection } from '../query/index-conditions.js';
import type { Engine } from '../engine/engine.js';
import { type AskedStatistics, readStatistics, type Statistics } from './statistics.js';
import { type AskedStreams, groupStreams } from './statistics-streams.js';
import type { StreamGroup } from '../rows/stream-tally.js';
import { type CountedPerson, countParticipants, topPeople } from './statistics-people.js';
import type { Role } from './tallied-records.js';
import { isForgetting } from '../engine/leases.js';
import { quietHours, sumUp } from './sums.js';
import { keepTallies, readUntallied } from './tallies.js';

/** How a store reads. It translates failures of the database for clients. */
type Read = <Result>(query: () => Promise<Result>) => Promise<Result>;
/** How a store writes. */
type Write = <Result>(work: (transaction: Kysely<Tables>) => Promise<Result>) => Promise<Result>;

/** The statistics of a store, and the counts that it keeps for them. */
export class StatisticsReads {
  constructor(
    private readonly engine: Engine,
    private readonly read: Read,
    private readonly write: Write,
  ) {}

  /** The statistics of a selection's records. Rejects with BAD_USER_INPUT beyond 10,000 buckets. */
  ofRecords(asked: AskedStatistics): Promise<Statistics> {
    return this.read(() => readStatistics(this.engine, asked));
  }

  /** How many different (kind, id) take part in the records of a selection. */
  participants(selection: Selection): Promise<number> {
    return this.read(() => countParticipants(this.engine, selection));
  }

  /** The people who organized, or took part in, most records of a selection. */
  top(selection: Selection, asked: { role: Role; limit: number }): Promise<CountedPerson[]> {
    return this.read(() => topPeople(this.engine, selection, asked));
  }

  /** The streams of a selection's records in groups. Groups with most poor streams come first. */
  streams(selection: Selection, asked: AskedStreams): Promise<StreamGroup[]> {
    return this.read(() => groupStreams(this.engine, selection, asked));
  }

  /**
   * Adds up the calls of up to `limit` hours that have changed, but not within `quietMs`; resolves to how many there
   * were. It waits for a process that forgets: that one changes thousands of hours, and both would only take longer.
   */
  async sumUp(limit: number, quietMs: number): Promise<number> {
    if (await this.isForgetting()) return 0;
    const hours = await this.read(() => quietHours(this.engine, { limit, quietMs }));
    return hours.length === 0 ? 0 : this.write((transaction) => sumUp(this.engine, transaction, hours));
  }

  /**
   * Counts the people and the streams of up to `limit` hours that were summed; resolves to how many there were. It waits
   * as `sumUp` does.
   */
  async tallyUp(limit: number): Promise<number> {
    if (await this.isForgetting()) return 0;
    const hours = await this.read(() => readUntallied(this.engine, limit));
    if (hours.marks.length > 0) await this.write((transaction) => keepTallies(this.engine, transaction, hours));
    return new Set(hours.marks.map(({ hour }) => hour)).size;
  }

  private isForgetting(): Promise<boolean> {
    return this.read(() => isForgetting(this.engine));
  }
}
