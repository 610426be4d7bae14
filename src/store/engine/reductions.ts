import { setImmediate as turn } from 'node:timers/promises';
import type { IdentityKind } from '../../domain/identity.js';
import type { QualityDimension } from '../../domain/quality-groups.js';
import { PeopleTally } from '../rows/people-tally.js';
import { type StreamGroup, StreamTally } from '../rows/stream-tally.js';

/** A row with a tally, or a row of records that are in no tally yet, or one that tells that these are too many. */
type Row<Columns> = { tally: Uint8Array | null; is_many: number | null } & Columns;

/** Numbers of a person by their columns, as a database gives them. */
export type PersonRow = Record<string, number | string | null> & {
  kind: IdentityKind;
  identity_id: string;
  /** Of `tallied_people`; null for a person who has none yet. */
  number: number | string | null;
};

type StreamRow = Record<'good' | 'poor' | 'unclassified', number | string> & { value: string | null };

/** Which people to give of all. */
interface AskedPeople {
  /** The columns of the numbers in tallies, in their order. */
  columns: readonly string[];
  /** The column that counts. */
  by: string;
  /** How many to name of those with the highest counts. */
  limit: number;
}

/** The people of the rows. */
interface CountedPeople {
  /** How many have a count. */
  count: number;
  /** At least those with the highest counts, each with the numbers of all columns. */
  numbered: { number: number; values: number[] }[];
  /** The same of people without a number. */
  others: PersonRow[];
}

/** Each way to add up rows: what it is asked, and its result. */
interface Ways {
  people: { asked: AskedPeople; row: PersonRow; result: CountedPeople };
  streams: { asked: QualityDimension; row: StreamRow; result: StreamGroup[] };
}

/** How the rows of a statement are added up to one value. */
export type Reduction = { [Way in keyof Ways]: { way: Way; asked: Ways[Way]['asked'] } }[keyof Ways];

/** The result of a reduction; null if many records are in no tally. */
export type Reduced<Of extends Reduction> = Ways[Of['way']]['result'] | null;

type Steps<Of extends Reduction = Reduction> = Generator<undefined, Reduced<Of>>;

/** Adds up all rows at once: for a thread with nothing else to do. */
export function reduce(reduction: Reduction, rows: readonly unknown[]): unknown {
  const steps = stepsOf(reduction, rows);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Adds up rows. Other work has its turn after each tally, which takes up to some milliseconds. */
export async function reduceInTurns<Of extends Reduction>(
  reduction: Of,
  rows: readonly unknown[],
): Promise<Reduced<Of>> {
  const steps = stepsOf(reduction, rows);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turn();
  }
}

function stepsOf({ way, asked }: Reduction, rows: readonly unknown[]): Steps {
  return way === 'people'
    ? countPeople(asked, rows as Row<PersonRow>[])
    : groupStreams(asked, rows as Row<StreamRow>[]);
}

function* countPeople(
  { columns, by, limit }: AskedPeople,
  rows: Row<PersonRow>[],
): Generator<undefined, CountedPeople | null> {
  const tally = new PeopleTally(columns.length);
  const others: PersonRow[] = [];
  for (const row of rows) {
    if (row.is_many) return null;
    if (row.tally !== null) {
      tally.addBytes(row.tally);
      yield;
    } else if (row.number !== null)
      tally.add(
        Number(row.number),
        columns.map((name) => Number(row[name])),
      );
    else if (Number(row[by]) > 0) others.push(row);
  }
  const place = columns.indexOf(by);
  const people = tally.people().filter((person) => tally.of(person, place) > 0);
  const count = people.length + others.length;
  if (limit === 0) return { count, numbered: [], others: [] };
  const counts = [...people.map((person) => tally.of(person, place)), ...others.map((row) => Number(row[by]))];
  const least = Float64Array.from(counts).sort()[counts.length - limit] ?? 0;
  const isMost = (one: number) => one >= least;
  return {
    count,
    numbered: people
      .filter((person) => isMost(tally.of(person, place)))
      .map((number) => ({ number, values: columns.map((_, index) => tally.of(number, index)) })),
    others: others.filter((row) => isMost(Number(row[by]))),
  };
}

function* groupStreams(
  dimension: QualityDimension,
  rows: Row<StreamRow>[],
): Generator<undefined, StreamGroup[] | null> {
  const tally = new StreamTally();
  for (const row of rows) {
    if (row.is_many) return null;
    if (row.tally !== null) {
      tally.addBytes(row.tally, dimension);
      yield;
    } else
      tally.add(dimension, row.value, {
        goodStreams: Number(row.good),
        poorStreams: Number(row.poor),
        unclassifiedStreams: Number(row.unclassified),
      });
  }
  return tally.groups(dimension);
}
