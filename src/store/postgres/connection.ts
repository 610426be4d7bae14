import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { type ByteText, toByteText } from '../../platform/byte-text.js';
import { codeOf } from '../../platform/error-code.js';
import type { StatementEvent } from '../engine/engine.js';
import { StatementNames } from './statement-names.js';
import type { Statement } from '../engine/statement-templates.js';
import type { TextRow } from '../engine/raw-rows.js';

/** How long a statement waits for a free or a new connection. */
const CONNECT_WITHIN_MS = 2_000;
/** A statement that takes longer has lost its server, or would make all others wait. */
const STATEMENT_TIMEOUT_MS = 30_000;
const ANSWERED_WITHIN_MS = STATEMENT_TIMEOUT_MS + CONNECT_WITHIN_MS;
/** A process that stops in the middle of a transaction must not hold its locks for ever. */
const IDLE_IN_TRANSACTION_MS = 30_000;
/** How long a statement waits for another transaction's lock. */
const LOCK_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/** After so many new names, a connection deallocates the dropped ones. That takes two round trips. */
const GIVEN_BETWEEN = 50;
/** The maximum number of dropped names whose texts the driver of a connection may hold: some hundred KB. */
const GONE_AT_MOST = 1_000;

/**
 * A page comes from the index of its order, row by row until it is full. The cost of a row is known here, while the
 * planner would guess it from selectivities. So only nested loops over indexes are used, as in SQLite.
 */
export const SESSION = `
  set statement_timeout = ${STATEMENT_TIMEOUT_MS};
  set lock_timeout = ${LOCK_TIMEOUT_MS};
  set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS};
  set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off; set enable_bitmapscan = off;
  set enable_memoize = off; set max_parallel_workers_per_gather = 0; set jit = off`;

/** Rows for `COPY … FROM STDIN`, in place of parameters. */
export class CopyRows {
  constructor(readonly lines: Iterable<string>) {}
}

/** In place of parameters: this process waits for as long as the server works on the statement. */
export class Unhurried {}

/** The server cannot be reached, or went away during a statement, which may or may not have been executed. */
export class ConnectionLost extends Error {
  /** SQL's `connection_failure`, which the error keeps on its way from a thread. */
  readonly code = '08006';

  constructor(cause: unknown) {
    super(`the connection to the database failed: ${(cause as Error).message}`, { cause });
    this.name = 'ConnectionLost';
  }
}

export type Listeners = Set<(event: StatementEvent) => void>;

/** A pool that recovers by itself: a failed connection is closed and replaced. */
export class ConnectionPool implements PostgresPool {
  private readonly pool: pg.Pool;
  private readonly names = new StatementNames();
  /** For each connection: the last name up to which dropped names were deallocated, and how many these were in all. */
  private readonly told = new WeakMap<pg.PoolClient, { atName: number; gone: number }>();

  constructor(
    url: string,
    connections: number,
    private readonly listeners: Listeners,
  ) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      application_name: 'callrecords',
    });
    // The server may close a connection, idle or not. The next statement reports that, and the pool drops the
    // connection.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => {
      client.on('error', () => undefined);
      // Sent before any other statement, as they run in order. Relatives of PostgreSQL that lack a setting keep their
      // own.
      client.query(SESSION).catch(() => undefined);
    });
  }

  async connect(): Promise<PostgresPoolClient> {
    return (await this.open()) as unknown as PostgresPoolClient;
  }

  private async open(): Promise<Connection> {
    for (;;) {
      const client = await this.takeClient();
      if (await this.forgetNames(client)) return new Connection(client, this.names, this.listeners);
      client.release(true);
    }
  }

  private async takeClient(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw isAnswer(error) ? error : new ConnectionLost(error);
    }
  }

  /**
   * Deallocates the server's prepared statements with dropped names at a connection between transactions. False if the
   * connection is to be replaced: it failed, or its driver, which never forgets a name, remembers very many.
   */
  private async forgetNames(client: pg.PoolClient): Promise<boolean> {
    const { given } = this.names;
    const told = this.told.get(client) ?? { atName: 0, gone: 0 };
    if (given - told.atName < GIVEN_BETWEEN) return true;
    this.told.set(client, told);
    told.atName = given;
    try {
      const { rows } = await client.query<{ name: string }>('select name from pg_prepared_statements');
      const gone = rows.filter(({ name }) => this.names.isGone(name));
      if (gone.length > 0) await client.query(gone.map(({ name }) => `deallocate ${name}`).join('; '));
      told.gone += gone.length;
    } catch {
      return false;
    }
    return told.gone < GONE_AT_MOST;
  }

  /** The rows of a select of one text. */
  async readTexts(statement: Statement): Promise<TextRow[]> {
    const { rows }: { rows: [TextRow][] } = await this.run(statement, AS_TEXTS);
    return rows.map(([row]) => row);
  }

  /** The rows of a select. */
  async rows(statement: Statement): Promise<unknown[]> {
    return (await this.run(statement)).rows as unknown[];
  }

  /** Runs a statement without Kysely, which would wrap it several times. */
  async run({ sql, parameters }: Statement, format?: object): Promise<pg.QueryResult> {
    const connection = await this.open();
    try {
      return await connection.query(sql, parameters, format);
    } finally {
      connection.release();
    }
  }

  /** The number of statements that wait for a connection. */
  get waitingCount(): number {
    return this.pool.waitingCount;
  }

  end(): Promise<void> {
    return this.pool.end();
  }
}

/** Most values are ASCII: their texts and their bytes are the same. */
const NOT_ASCII = /[^\0-\x7f]/;
const parseText = (value: string): ByteText => (NOT_ASCII.test(value) ? toByteText(value) : value);
/** Rows as arrays, without an object for each. */
const AS_TEXTS = { rowMode: 'array', types: { getTypeParser: () => parseText } };

/** Whether the server sent the error, with its severity and code. Any other error is a failed connection. */
function isAnswer(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'severity' in error;
}

/** Errors after which the server ends the connection, which the driver learns later: shutdowns, idle transactions. */
const ENDED = /^(57P0.|25P03|08...)$/;

class Connection {
  private failed: Error | null = null;

  constructor(
    private readonly client: pg.PoolClient,
    private readonly names: StatementNames,
    private readonly listeners: Listeners,
  ) {}

  async query(text: string, values: readonly unknown[] = [], format = {}): Promise<pg.QueryResult> {
    const start = performance.now();
    try {
      return await this.run(text, values, format);
    } catch (error) {
      const answered = isAnswer(error);
      if (!answered || ENDED.test(codeOf(error))) this.failed = error as Error;
      throw answered ? error : new ConnectionLost(error);
    } finally {
      const durationMs = performance.now() - start;
      this.listeners.forEach((listener) => listener({ sql: text, parameters: values, durationMs }));
    }
  }

  /** A failed connection is closed: a late answer would be taken for that of the next statement. */
  release(): void {
    this.client.release(this.failed ?? undefined);
  }

  private async run(text: string, values: readonly unknown[], format: object): Promise<pg.QueryResult> {
    const [first] = values;
    if (first instanceof CopyRows) {
      await pipeline(Readable.from(first.lines), this.client.query(copyFrom(text)));
      return { command: 'COPY', rowCount: 0, rows: [], oid: 0, fields: [] };
    }
    if (first instanceof Unhurried) return this.client.query(text);
    const name = values.length > 0 ? this.names.of(text) : undefined;
    const query = { ...format, text, values: values.map(storable), name, query_timeout: ANSWERED_WITHIN_MS };
    return this.client.query(query as pg.QueryConfig);
  }
}

/** PostgreSQL's text cannot hold a NUL. In a searched value, or in an index column, it becomes U+FFFD. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
  return Array.isArray(value) ? value.map(storable) : value;
}
