import type { AliasedRawBuilder, Kysely, RawBuilder, SelectQueryBuilder } from 'kysely';
import type { CallRecordsError } from '../../domain/errors.js';
import type { AddSpending } from '../../domain/spending.js';
import type { Query, Readers } from './readers.js';
import type { KnownIdentitiesTable, KnownIdentity, LoggedChange, Tables } from '../rows/tables.js';
import type { TextRows } from './raw-rows.js';

/** A statement as it ran: what a statement log and the tests that count statements see. */
export interface StatementEvent {
  sql: string;
  parameters: readonly unknown[];
  durationMs: number;
}

/** What becomes of a row whose key is taken: the statement fails, the row there stays, or it is replaced. */
export type Taken = 'fail' | 'keep' | 'replace';

/** Rows to insert into one table. */
export type Insert = {
  [Name in keyof Tables]: { table: Name; rows: readonly Tables[Name][]; taken: Taken };
}[keyof Tables];

/** By which one row is found: the columns of the key of its table. */
export type RowKey = Record<string, string | number>;

/** What a store may be told beside its URL; each database uses what is of use to it. */
export interface EngineOptions {
  /** Lets a server be used that loses acknowledged records when it dies. */
  allowLossyCommits?: boolean;
  /** How many connections this process opens at most. */
  connections?: number;
  /** Whether who opens it stores many records, one batch after the other, and lets nobody read meanwhile. */
  fills?: boolean;
}

/** The parts of statements that databases write differently. */
export interface Dialect {
  /** The clock of the database, in milliseconds since 1970. */
  readonly nowMs: RawBuilder<number>;
  /** The users as rows `u` of one column, `value`. */
  eachUser(users: readonly string[]): AliasedRawBuilder<{ value: string }, 'u'>;
  /** For each user `u`, the records `r` whose ids a query gives that depends on `u.value`. */
  recordsOfEach(database: Kysely<Tables>, users: readonly string[], ids: Query<{ id: string }>): Query<object>;
  /** Whether a JSON list of texts, which is a column, holds this one. */
  holdsText(list: RawBuilder<unknown>, text: string): RawBuilder<boolean>;
  /** A JSON list of values. */
  list(values: RawBuilder<unknown>): RawBuilder<unknown>;
  /** The text of a JSON list of such a list for each row; null or an empty one where there are no rows. */
  listOf(values: RawBuilder<unknown>): RawBuilder<string | null>;
  /** Keeps other transactions from adding up sums until this one ends; null where transactions do not overlap. */
  readonly lockSums: RawBuilder<unknown> | null;
  /** The rows of a select that are going to be changed: whoever else wants to change them waits for this transaction. */
  forUpdate<Table extends keyof Tables, Row>(
    rows: SelectQueryBuilder<Tables, Table, Row>,
  ): SelectQueryBuilder<Tables, Table, Row>;
  /**
   * `from … where …` for the rows of `known_identities as n` whose search text may hold the text. An index of parts of
   * texts finds them one by one; all whose text does hold it are among them.
   */
  knownWith(text: string): RawBuilder<unknown>;
}

/** What differs between databases. All else in this folder is written once, on Kysely. */
export interface Engine extends Readers {
  /** Where the data is, for people; without a password. */
  readonly location: string;
  /** For reads whose rows go into an answer as they are. */
  readonly texts: TextRows;
  readonly dialect: Dialect;
  /** Whether processes wait for each other to write. */
  readonly hasOneWriter: boolean;
  /** How often a transaction is tried that others keep from being carried out. */
  readonly attempts: number;
  /** Lets others go on before it is tried again; `waitedMs`: how long that has been going on. */
  pause(waitedMs: number): Promise<void>;
  /** Runs all of `work` in one transaction that is durable once the promise resolves. */
  transaction<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /**
   * Runs `work` on a reader that sees what is committed when it first reads, and nothing later, however long it takes;
   * writers go on.
   */
  snapshot<Result>(work: (reader: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Inserts many rows of one table in the fewest steps that the database has for it. */
  insertRows<Name extends keyof Tables>(
    transaction: Kysely<Tables>,
    table: Name,
    rows: readonly Tables[Name][],
    taken?: Taken,
  ): Promise<void>;
  /** Inserts rows of several tables, in as few steps; no row may depend on one of another table. */
  insertTogether(transaction: Kysely<Tables>, inserts: readonly Insert[]): Promise<void>;
  /** Removes rows of one table, by their keys. */
  removeRows(transaction: Kysely<Tables>, table: keyof Tables, keys: readonly RowKey[]): Promise<void>;
  /**
   * Keeps known identities, which are there, until this transaction ends. Fails as transient if another transaction has
   * forgotten one meanwhile.
   */
  holdKnown(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void>;
  /**
   * Writes new records with their changes, durably and without a transaction around: all or none. Fails as transient
   * where known identities have to be waited for; absent where it would save nothing.
   */
  readonly insertAtOnce?: (
    inserts: readonly Insert[],
    known: readonly KnownIdentitiesTable[],
    created: readonly LoggedChange[],
  ) => Promise<void>;
  /**
   * Waits for all who take these identities out of records, and keeps others from doing so until this transaction ends;
   * who stores records with them goes on.
   */
  awaitForgetting(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void>;
  /** Waits for all who hold these identities and keeps others from holding them until this transaction ends. */
  claimKnown(transaction: Kysely<Tables>, known: readonly KnownIdentity[]): Promise<void>;
  /**
   * Where an empty database takes many records at once in another way than one by one: `beginFilling` does so from now on,
   * if nobody else uses it, and `endFilling` makes of them what others are. Called in the transaction that is about to
   * remove rows and, as the last, when all have come.
   */
  beginFilling?(): void;
  endFilling?(isLast: boolean): void;
  /** Adds to the change log; called after the changes themselves, in the same transaction. */
  logChanges(transaction: Kysely<Tables>, changes: readonly LoggedChange[]): Promise<void>;
  /** Numbers, in an order that keeps each record's own, the committed changes that have no number yet. */
  numberChanges(): Promise<void>;
  /** The number of the newest change, after all that are committed have theirs; 0 before the first. */
  lastChange(): Promise<bigint>;
  /**
   * Calls the listener within 300 ms after another process has committed, and perhaps without; returns what ends that.
   */
  watchCommits(listener: () => void): () => void;
  /** Makes the next number follow the highest in the log, after changes were written with numbers that they had elsewhere. */
  continueNumbering(transaction: Kysely<Tables>): Promise<void>;
  /** Where processes that others cannot reach add up what callers have spent; absent where all are on one machine. */
  readonly addSpending?: AddSpending;
  /** Brings the tables to this version of the schema; resolves to the names of the migrations that ran. */
  migrate(): Promise<string[]>;
  /** Calls the listener for every statement from now on; returns the function that stops it. */
  onStatement(listener: (event: StatementEvent) => void): () => void;
  /** Whether trying the same transaction again can succeed: it was rolled back on account of another one. */
  isTransient(error: unknown): boolean;
  /** What clients are told of a database that cannot be read or written now, or cannot hold a value; else null. */
  unavailable(error: unknown): CallRecordsError | null;
  /**
   * Overwrites on the disk what was deleted, where that is up to this process: PostgreSQL does so itself, by VACUUM.
   * Rejects with SERVICE_UNAVAILABLE where others keep it from being done.
   */
  leaveNoTrace(): Promise<void>;
  /** Of the files of the database on its disk. */
  sizeBytes(): Promise<number>;
  /** Reads that wait for a thread or a connection. */
  readonly waitingReads: number;
  close(): Promise<void>;
}
