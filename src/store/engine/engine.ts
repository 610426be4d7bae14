import type { AliasedRawBuilder, Kysely, RawBuilder, SelectQueryBuilder } from 'kysely';
import type { CallRecordsError } from '../../domain/errors.js';
import type { AddSpending } from '../../domain/spending.js';
import type { Query, Readers } from './readers.js';
import type { KnownIdentitiesTable, KnownIdentity, LoggedChange, Tables } from '../rows/tables.js';
import type { TextRows } from './raw-rows.js';

/** A statement that ran, as a statement log and the tests that count statements see it. */
export interface StatementEvent {
  sql: string;
  parameters: readonly unknown[];
  durationMs: number;
}

/** How an insert treats a row whose key is taken: the statement fails, or the stored row stays, or takes new values. */
export type Taken = 'fail' | 'keep' | Replaced;

/** Columns by which a stored row is found, and those that take new values. */
export interface Replaced {
  key: readonly string[];
  set: readonly string[];
}

/** The end of the text of an insert. */
export function onConflict(taken: Taken): string {
  if (taken === 'fail') return '';
  if (taken === 'keep') return ' on conflict do nothing';
  // The row keeps its place, and an index without a column of these is not touched.
  const values = taken.set.map((name) => `${name} = excluded.${name}`);
  return ` on conflict (${taken.key.join(', ')}) do update set ${values.join(', ')}`;
}

/** Rows to insert into one table. */
export type Insert = {
  [Name in keyof Tables]: { table: Name; rows: readonly Tables[Name][]; taken: Taken };
}[keyof Tables];

/** The key of one row, by the columns of its table's key. */
export type RowKey = Record<string, string | number>;

/** Options of a store beside its URL. Each database uses the options that concern it. */
export interface EngineOptions {
  /** Accepts a server that loses acknowledged records when it dies. */
  allowLossyCommits?: boolean;
  /** How many connections this process opens at most. */
  connections?: number;
  /** Whether the store is opened to store many records, one batch after the other, while nobody reads. */
  fills?: boolean;
}

/** The parts of statements that databases write differently. */
export interface Dialect {
  /** The clock of the database, in milliseconds since 1970. */
  readonly nowMs: RawBuilder<number>;
  /** The users as rows `u` of one column, `value`. */
  eachUser(users: readonly string[]): AliasedRawBuilder<{ value: string }, 'u'>;
  /** For each user `u`, the records `r` with the ids that a query gives; the query depends on `u.value`. */
  recordsOfEach(database: Kysely<Tables>, users: readonly string[], ids: Query<{ id: string }>): Query<object>;
  /** `parts` with the records `r` that meet a condition on them: these are looked for by each part, however many it has. */
  recordsOfParts(parts: RawBuilder<unknown>, condition: RawBuilder<unknown>): RawBuilder<unknown>;
  /** Whether a text holds a GUID, whose letters may be of either case there. */
  holdsGuid(text: RawBuilder<unknown>, guid: string): RawBuilder<boolean>;
  /** Whether a column with a JSON list of texts holds this one. */
  holdsText(list: RawBuilder<unknown>, text: string): RawBuilder<boolean>;
  /** A JSON list of values. */
  list(values: RawBuilder<unknown>): RawBuilder<unknown>;
  /** The text of a JSON list with one list for each row; null or empty if there are no rows. */
  listOf(values: RawBuilder<unknown>): RawBuilder<string | null>;
  /** Keeps other transactions from adding up sums until this one ends; null if transactions do not overlap. */
  readonly lockSums: RawBuilder<unknown> | null;
  /** The rows of a select that will be changed. Other transactions that want to change them wait for this one. */
  forUpdate<Table extends keyof Tables, Row>(
    rows: SelectQueryBuilder<Tables, Table, Row>,
  ): SelectQueryBuilder<Tables, Table, Row>;
  /**
   * `from … where …` for the rows of `known_identities as n` whose search text may hold the text. An index of parts of
   * texts finds them one by one. No row that does hold the text is missing.
   */
  knownWith(text: string): RawBuilder<unknown>;
}

/** The differences between databases. The rest of the store is written once, on Kysely. */
export interface Engine extends Readers {
  /** Where the data is, for people; without a password. */
  readonly location: string;
  /** Reads whose rows go into a response unchanged. */
  readonly texts: TextRows;
  readonly dialect: Dialect;
  /** Whether processes wait for each other to write. */
  readonly hasOneWriter: boolean;
  /** How often a transaction is tried if others are in its way. */
  readonly attempts: number;
  /** Lets other work go on before the next attempt. `waitedMs`: how long the attempts have lasted. */
  pause(waitedMs: number): Promise<void>;
  /** Runs all of `work` in one transaction that is durable once the promise resolves. */
  transaction<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Runs `work` on a reader that sees one state: the commits before its first read. Writers go on meanwhile. */
  snapshot<Result>(work: (reader: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Inserts many rows of one table in the fewest steps that the database allows. */
  insertRows<Name extends keyof Tables>(
    transaction: Kysely<Tables>,
    table: Name,
    rows: readonly Tables[Name][],
    taken?: Taken,
  ): Promise<void>;
  /** Inserts rows of several tables in equally few steps. No row may depend on a row of another table. */
  insertTogether(transaction: Kysely<Tables>, inserts: readonly Insert[]): Promise<void>;
  /** Removes rows of one table, by their keys. */
  removeRows(transaction: Kysely<Tables>, table: keyof Tables, keys: readonly RowKey[]): Promise<void>;
  /**
   * Keeps known identities that exist until this transaction ends. Fails as transient if another transaction has
   * forgotten one of them.
   */
  holdKnown(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void>;
  /**
   * Writes new records with their changes durably, without a transaction around: all or none. Fails as transient if
   * known identities have to be waited for. Absent if it would save nothing.
   */
  readonly insertAtOnce?: (
    inserts: readonly Insert[],
    known: readonly KnownIdentitiesTable[],
    created: readonly LoggedChange[],
  ) => Promise<void>;
  /**
   * Waits for the transactions that remove these identities from records, and blocks others from doing so until this
   * one ends. Transactions that store records with them go on.
   */
  awaitForgetting(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void>;
  /** Waits for the transactions that hold these identities, and blocks others from holding them until this one ends. */
  claimKnown(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void>;
  /**
   * For a database that fills faster in another way while it is empty. `beginFilling` starts that way if no other
   * process uses the database. `endFilling` brings the records into their usual form. It is called in the transaction
   * that is about to remove rows, and after the last record.
   */
  beginFilling?(): void;
  endFilling?(isLast: boolean): void;
  /** Adds to the change log; called after the changes themselves, in the same transaction. */
  logChanges(transaction: Kysely<Tables>, changes: readonly LoggedChange[]): Promise<void>;
  /** Numbers the committed changes that have no number yet. The changes of one record keep their order. */
  numberChanges(): Promise<void>;
  /** The number of the newest change, after all committed changes were numbered; 0 before the first. */
  lastChange(): Promise<bigint>;
  /**
   * Calls the listener within 300 ms after another process has committed, and perhaps without a commit. Returns the
   * function that stops it.
   */
  watchCommits(listener: () => void): () => void;
  /** Makes the next number follow the highest in the log, after changes were copied with their numbers. */
  continueNumbering(transaction: Kysely<Tables>): Promise<void>;
  /** Adds up the spending of callers at processes on several machines; absent if all processes are on one machine. */
  readonly addSpending?: AddSpending;
  /** Brings the tables to this version of the schema; resolves to the names of the migrations that ran. */
  migrate(): Promise<string[]>;
  /** Calls the listener for every statement from now on; returns the function that stops it. */
  onStatement(listener: (event: StatementEvent) => void): () => void;
  /** Whether the same transaction may succeed at another attempt: it was rolled back because of another one. */
  isTransient(error: unknown): boolean;
  /** The error for clients if the database cannot be read or written now, or cannot hold a value; else null. */
  unavailable(error: unknown): CallRecordsError | null;
  /**
   * Overwrites deleted data on the disk, if this process has to do it: PostgreSQL does it by itself, by VACUUM. Rejects
   * with SERVICE_UNAVAILABLE if others are in its way.
   */
  leaveNoTrace(): Promise<void>;
  /** The size of the database's files on its disk. */
  sizeBytes(): Promise<number>;
  /** Reads that wait for a thread or a connection. */
  readonly waitingReads: number;
  close(): Promise<void>;
}
