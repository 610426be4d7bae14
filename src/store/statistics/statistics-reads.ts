import type { Selection } from '../query/index-conditions.js';
import type { Engine } from '../engine/engine.js';
import { type AskedStatistics, readStatistics, type Statistics } from './statistics.js';
import { type AskedStreams, groupStreams, type StreamGroup } from './statistics-streams.js';
import { type CountedPerson, countParticipants, type Role, topPeople } from './statistics-people.js';

/** How a store reads: it tells failures of the database as what clients are told of them. */
type Read = <Result>(query: () => Promise<Result>) => Promise<Result>;

/** What a store tells of many records together. */
export class StatisticsReads {
  constructor(
    private readonly engine: Engine,
    private readonly read: Read,
  ) {}

  /** What the rows of a selection's records tell. Rejects with BAD_USER_INPUT beyond 10,000 buckets. */
  ofRecords(asked: AskedStatistics): Promise<Statistics> {
    return this.read(() => readStatistics(this.engine, asked));
  }

  /** How many different (kind, id) take part in the records of a selection. */
  participants(selection: Selection): Promise<number> {
    return this.read(() => countParticipants(this.engine, selection));
  }

  /** Those who organized, or took part in, most records of a selection. */
  top(selection: Selection, asked: { role: Role; limit: number }): Promise<CountedPerson[]> {
    return this.read(() => topPeople(this.engine, selection, asked));
  }

  /** The streams of a selection's records in groups, those with most poor ones first. */
  streams(selection: Selection, asked: AskedStreams): Promise<StreamGroup[]> {
    return this.read(() => groupStreams(this.engine, selection, asked));
  }
}
