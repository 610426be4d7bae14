import {
  HandleEmptyInListsPlugin,
  Kysely,
  type PostgresDialect,
  type RawBuilder,
  replaceWithNoncontingentExpression,
} from 'kysely';
import type { Asker } from '../../domain/asker.js';
import { LongReads } from '../engine/long-reads.js';
import { selectRows, type TextRows } from '../engine/raw-rows.js';
import { readerBy } from '../engine/reader-by.js';
import { ReaderThreads } from '../engine/reader-threads.js';
import type { Scan } from '../engine/readers.js';
import { type Reduced, reduceInTurns, type Reduction } from '../engine/reductions.js';
import type { Statement } from '../engine/statement-templates.js';
import type { Tables } from '../rows/tables.js';
import { ConnectionPool, type Listeners } from './connection.js';
import { separator } from './dialect.js';
import { MigratingDialect } from './driver.js';

// PostgreSQL refuses `in ()`; SQLite accepts it.
const PLUGINS = [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })];

/** Connections of the threads that add up rows, and from how many connections in all there are such threads. */
const THREADS = { connections: 2, from: 4 };

/**
 * The connections to a database, and reads over them. Few long reads run at a time, so that other reads find a
 * connection; what they add up, they add up on threads.
 */
export class PostgresReads {
  readonly pool: ConnectionPool;
  readonly reader: Kysely<Tables>;
  readonly texts: TextRows;
  private readonly dialect: PostgresDialect;
  private readonly long = new LongReads();
  private readonly threads: ReaderThreads | null;

  /** `connections`: at most, those of threads included. */
  constructor(
    url: string,
    connections: number,
    private readonly listeners: Listeners,
  ) {
    const hasThreads = connections >= THREADS.from;
    this.pool = new ConnectionPool(url, connections - (hasThreads ? THREADS.connections : 0), listeners);
    this.threads = hasThreads ? new ReaderThreads('postgres/thread.js', url, this.long) : null;
    this.dialect = new MigratingDialect({ pool: this.pool });
    this.reader = new Kysely<Tables>({ plugins: PLUGINS, dialect: this.dialect });
    const read = (statement: Statement, scan: Scan, asker?: Asker) =>
      this.inTurn(scan, asker, () => this.pool.readTexts(statement));
    // The driver reads rows faster than the server could join them.
    this.texts = {
      select: (query, { columns }) => selectRows(separator, query, columns),
      read: (statement, scan, _isKnown, asker) => read(statement, scan, asker),
      readBytes: async (statement, scan, asker) =>
        (await read(statement, scan, asker)).map((row) => Buffer.from(row, 'latin1')),
    };
  }

  /** See `Readers`. */
  readerFor(scan: Scan, asker?: Asker): Kysely<Tables> {
    if (scan === 'range') return this.reader;
    const read = (statement: Statement) => this.inTurn(scan, asker, () => this.pool.rows(statement));
    return readerBy(read, this.dialect, PLUGINS);
  }

  /** See `Readers`. */
  async reduce<Of extends Reduction>(query: RawBuilder<unknown>, reduction: Of, asker?: Asker): Promise<Reduced<Of>> {
    if (!this.threads) return reduceInTurns(reduction, (await query.execute(this.readerFor('rows', asker))).rows);
    const { sql, parameters } = query.compile(this.reader);
    const start = performance.now();
    const [result] = await this.threads.run({ sql, parameters, plucked: false, reduction }, asker);
    this.listeners.forEach((listener) => listener({ sql, parameters, durationMs: performance.now() - start }));
    return result as Reduced<Of>;
  }

  get waitingCount(): number {
    return this.pool.waitingCount + this.long.waitingCount;
  }

  async close(): Promise<void> {
    await this.threads?.close();
    await this.reader.destroy();
  }

  private inTurn<Result>(scan: Scan, asker: Asker | undefined, read: () => Promise<Result>): Promise<Result> {
    return scan === 'range' ? read() : this.long.run(read, asker);
  }
}
