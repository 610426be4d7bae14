import type { Kysely } from 'kysely';
import type { CallRecordsError } from '../domain/errors.js';
import type { Readers } from './readers.js';
import type { Tables } from './schema.js';
import type { TextRows } from './text-rows.js';

/** A statement as it ran: what a statement log and the tests that count statements see. */
export interface StatementEvent {
  sql: string;
  parameters: readonly unknown[];
  durationMs: number;
}

/** What differs between databases. All else in this folder is written once, on Kysely. */
export interface Engine extends Readers {
  /** Where the data is, for people. */
  readonly location: string;
  /** For reads whose rows go into an answer as they are. */
  readonly texts: TextRows;
  /** Runs all of `work` in one transaction that is durable once the promise resolves. */
  transaction<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Inserts many rows of one table in the fewest steps that the database has for it. */
  insertRows<Name extends keyof Tables>(
    transaction: Kysely<Tables>,
    table: Name,
    rows: readonly Tables[Name][],
    ifAbsent?: boolean,
  ): Promise<void>;
  /** Brings the tables to this version of the schema; resolves to the names of the migrations that ran. */
  migrate(): Promise<string[]>;
  /** Runs as listener for every statement from now on; resolves to nothing, ends with the returned function. */
  onStatement(listener: (event: StatementEvent) => void): () => void;
  /** Whether trying the same transaction again can succeed: another process holds the lock. */
  isTransient(error: unknown): boolean;
  /** The error of a database that cannot be read or written now, null for any other error. */
  unavailable(error: unknown): CallRecordsError | null;
  close(): Promise<void>;
}
