import { type Kysely, sql } from 'kysely';
import type { UtcText } from '../../domain/date-time.js';
import { type CallRecordDocument, Fetched } from '../../domain/document.js';
import type { ImportOutcome } from '../../domain/merge.js';
import { chunksOf } from '../../platform/chunks.js';
import type { Engine } from '../engine/engine.js';
import type { SyncWaitingTable, Tables } from '../rows/tables.js';
import type { Forgotten } from './forgotten.js';
import { importRecords } from './write-records.js';

/** A record as it stands in a list of Graph. */
export interface ListedRecord {
  /** In lower case. */
  id: string;
  version: bigint;
  startDateTime: UtcText;
}

/** A record to be fetched. */
export interface WaitingRecord {
  id: string;
  /** The version that was listed; null if the record was only announced. */
  version: bigint | null;
  /** When the call began, or the record was announced. */
  since: UtcText;
  /** How many attempts have failed. */
  attempts: number;
  /** Changes when the record is announced again, or listed in a higher version. */
  ticket: number;
}

/** A record that was handled, as it was taken from the queue. */
export type Done = Pick<WaitingRecord, 'id' | 'ticket'>;

/** How the store runs the queue's reads and writes. */
interface Access {
  read<Result>(query: () => Promise<Result>): Promise<Result>;
  write<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  imported(outcomes: readonly ImportOutcome[]): void;
  forgotten: Forgotten;
}

/** Rows of seven values in one statement. */
const QUEUED_AT_ONCE = 1_000;

/** The records to fetch from Microsoft Graph, and the progress of that. All processes share it. */
export class SyncQueue {
  constructor(
    private readonly engine: Engine,
    private readonly access: Access,
  ) {}

  /** The state written under this name; null if there is none. */
  async readState<State>(name: string): Promise<State | null> {
    const row = await this.access.read(() =>
      this.engine.reader.selectFrom('sync_state').select('value').where('name', '=', name).executeTakeFirst(),
    );
    return row ? (JSON.parse(row.value) as State) : null;
  }

  writeState(name: string, state: object): Promise<void> {
    const row = { name, value: JSON.stringify(state) };
    return this.access.write(async (transaction) => {
      await transaction
        .insertInto('sync_state')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: row.value }))
        .execute();
    });
  }

  /**
   * The listed records that are not stored, or stored in an earlier version, or not whole. It is one statement, which
   * changes nothing.
   */
  async findNews(listed: readonly ListedRecord[]): Promise<ListedRecord[]> {
    const known = new Map<string, { version: bigint; isWhole: boolean }>();
    for (const some of chunksOf(listed)) {
      const rows = await this.access.read(() => this.readVersions(some.map(({ id }) => id)));
      for (const row of rows) known.set(row.id, { version: BigInt(row.version), isWhole: isWhole(row) });
    }
    const isNews = ({ id, version }: ListedRecord) => {
      const stored = known.get(id);
      return !stored || stored.version < version || (stored.version === version && !stored.isWhole);
    };
    return listed.filter((one) => isNews(one) && !this.access.forgotten.isLongPast(one.startDateTime));
  }

  private readVersions(ids: readonly string[]) {
    return this.engine.reader
      .selectFrom('call_records')
      .select(['id', 'participants_fetched', 'sessions_fetched', sql<string>`cast(version as text)`.as('version')])
      .where('id', 'in', ids)
      .execute();
  }

  /**
   * Adds records to be fetched, in one commit. A record in the queue becomes due again, unless the queue has this
   * version already: a pass makes all records due as it begins, and lists some of them after they were tried.
   */
  async add(records: readonly Pick<WaitingRecord, 'id' | 'version' | 'since'>[]): Promise<void> {
    const rows = [...new Map(records.map((record) => [record.id, record])).values()].map(({ id, version, since }) => ({
      ...{ record_id: id, version, since, state: 'waiting' as const },
      ...{ due_at: 0, attempts: 0, ticket: 1, reason: null },
    }));
    // In the order of keys, so that two processes never wait for each other.
    rows.sort((a, b) => (a.record_id < b.record_id ? -1 : 1));
    if (rows.length === 0) return;
    await this.access.write(async (transaction) => {
      for (const some of chunksOf(rows, QUEUED_AT_ONCE)) await upsert(transaction, some);
    });
  }

  /** Makes all waiting and failed records due. */
  retry(): Promise<void> {
    return this.access.write(async (transaction) => {
      await transaction
        .updateTable('sync_waiting')
        .set({ state: 'waiting', due_at: 0 })
        .where((where) => where.or([where('state', '=', 'failed'), where('due_at', '>', 0)]))
        .execute();
    });
  }

  /** Records that are due by a time in milliseconds, the newest first. */
  async due(byMs: number, limit: number): Promise<WaitingRecord[]> {
    const rows = await this.access.read(() =>
      this.engine.reader
        .selectFrom('sync_waiting')
        .select(['record_id', 'since', 'attempts'])
        .select(
          (['version', 'ticket'] as const).map((name) => sql<string | null>`cast(${sql.ref(name)} as text)`.as(name)),
        )
        .where('state', '=', 'waiting')
        .where('due_at', '<=', byMs)
        .orderBy('since', 'desc')
        .orderBy('record_id', 'desc')
        .limit(limit)
        .execute(),
    );
    return rows.map(({ record_id: id, version, since, attempts, ticket }) => ({
      ...{ id, since, attempts, ticket: Number(ticket) },
      version: version === null ? null : BigInt(version),
    }));
  }

  /**
   * Stores whole records and takes them from the queue, in one transaction. Gives outcomes in the order of the records.
   */
  async store(documents: CallRecordDocument[], done: readonly Done[]): Promise<ImportOutcome[]> {
    const outcomes = await this.access.write(async (transaction) => {
      const imported = await this.access.forgotten.importing(transaction, documents, (admitted) =>
        importRecords(this.engine, transaction, admitted),
      );
      await remove(transaction, done);
      return imported;
    });
    this.access.imported(outcomes);
    return outcomes;
  }

  /** Takes records from the queue, unless they were announced again, or listed in a higher version. */
  remove(done: readonly Done[]): Promise<void> {
    return this.access.write((transaction) => remove(transaction, done));
  }

  /** Notes when a record is tried again, or that it failed, and why. */
  postpone(
    { id, ticket }: Done,
    next: Pick<SyncWaitingTable, 'state' | 'reason'> & { dueAtMs: number },
  ): Promise<void> {
    return this.access.write(async (transaction) => {
      await transaction
        .updateTable('sync_waiting')
        .set(({ eb }) => ({
          ...{ state: next.state, reason: next.reason, due_at: next.dueAtMs },
          attempts: eb('attempts', '+', 1),
        }))
        .where('record_id', '=', id)
        .where('ticket', '=', ticket)
        .execute();
    });
  }

  /** How many records wait, and how many have failed. */
  async count(): Promise<{ waiting: number; failed: number }> {
    const rows = await this.access.read(() =>
      this.engine.reader
        .selectFrom('sync_waiting')
        .select(['state', (count) => count.fn.countAll<number | string>().as('records')])
        .groupBy('state')
        .execute(),
    );
    const of = (state: SyncWaitingTable['state']) => Number(rows.find((row) => row.state === state)?.records ?? 0);
    return { waiting: of('waiting'), failed: of('failed') };
  }
}

function isWhole(row: { participants_fetched: number; sessions_fetched: number }): boolean {
  return row.participants_fetched === Number(Fetched.wholly) && row.sessions_fetched === Number(Fetched.wholly);
}

async function upsert(transaction: Kysely<Tables>, rows: readonly SyncWaitingTable[]): Promise<void> {
  const later = (column: 'version' | 'since') => sql<never>`
    case when excluded.${sql.ref(column)} > sync_waiting.${sql.ref(column)} or sync_waiting.${sql.ref(column)} is null
      then excluded.${sql.ref(column)} else sync_waiting.${sql.ref(column)} end`;
  // The queue has this version already: a fetch under way will bring it.
  const isSaid = sql`excluded.version <= sync_waiting.version`;
  const unlessSaid = (column: 'state' | 'due_at') => sql<never>`
    case when ${isSaid} then sync_waiting.${sql.ref(column)} else excluded.${sql.ref(column)} end`;
  await transaction
    .insertInto('sync_waiting')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.column('record_id').doUpdateSet({
        ...{
          version: later('version'),
          since: later('since'),
          state: unlessSaid('state'),
          due_at: unlessSaid('due_at'),
        },
        ticket: sql<number>`sync_waiting.ticket + case when ${isSaid} then 0 else 1 end`,
      }),
    )
    .execute();
}

/** By id and ticket joined into one text: every database can compare a list of those. */
async function remove(transaction: Kysely<Tables>, done: readonly Done[]): Promise<void> {
  for (const some of chunksOf(done, QUEUED_AT_ONCE)) {
    await transaction
      .deleteFrom('sync_waiting')
      .where(
        'record_id',
        'in',
        some.map(({ id }) => id),
      )
      .where(
        sql<string>`record_id || ' ' || cast(ticket as text)`,
        'in',
        some.map(({ id, ticket }) => `${id} ${ticket}`),
      )
      .execute();
  }
}
