import type { Kysely } from 'kysely';
import type { Asker } from '../domain/asker.js';
import type { CallRecord, CreateCallRecordInput } from '../domain/call-record.js';
import { databasePath } from '../platform/database-url.js';
import { now, type UtcText } from '../domain/date-time.js';
import type { CallRecordDocument } from '../domain/document.js';
import type { AddSpending } from '../domain/spending.js';
import type { ImportOutcome, RecordPart } from '../domain/merge.js';
import type { Position } from '../domain/page.js';
import { type Change, concernedBy, readChanges } from './changes/change-log.js';
import { chunksOf } from '../platform/chunks.js';
import { type CreateOptions, Creates } from './write/create-records.js';
import { deleteRecord, deleteRecords, endedBefore, type IsExpected } from './write/delete-records.js';
import { type DescribedPerson, findSelf, listPeople } from './query/described-people.js';
import type { DocumentAccess, DocumentList, DocumentPage, StoredDocument } from './query/read-documents.js';
import { findDocument, listDocuments } from './query/read-documents.js';
import type { Engine, StatementEvent } from './engine/engine.js';
import { Forgetting, forgottenBy, type Forgets } from './forgetting.js';
import { forgettingBy } from './forgetting-beside.js';
import { type Opened, openEngine, type OpenOptions } from './open-engine.js';
import type { Forgotten } from './write/forgotten.js';
import { judgeAnew, judgedBefore } from './write/judge-anew.js';
import { type Lease, releaseLease, takeLease } from './engine/leases.js';
import { retry, RETRY_FOR_MS } from './engine/retry.js';
import { pruneChanges } from './changes/prune-changes.js';
import type { ListQuery, Page } from './query/read-records.js';
import { countRecords, countRecordsOfUsers, findRecords, hasOutside, haveOutside } from './query/read-records.js';
import { listRecords, listRecordsOfUsers } from './query/read-records.js';
import { type Column, recordRow, type RecordRow, toCallRecord, toRead } from './rows/row-mapping.js';
import type { Tables } from './rows/tables.js';
import type { Selection } from './query/index-conditions.js';
import { findSessions, type SessionsAsked, type SessionsPage } from './query/read-sessions.js';
import { StatisticsReads } from './statistics/statistics-reads.js';
import { differingSums } from './statistics/sums.js';
import { StatementTemplates } from './engine/statement-templates.js';
import { SyncQueue } from './write/sync-queue.js';
import type { IsKnown, RawRow } from './engine/raw-rows.js';
import { findTexts, listTexts, listTextsOfUsers, type TextPage } from './query/read-raw-rows.js';
import { type Content, documentsOf, readContent, type Step, transfer } from './write/copy.js';
import { Snapshot } from './snapshot.js';
import { importParts, importRecords } from './write/write-records.js';

/** How long a process waits at its start while another one migrates millions of records. */
const MIGRATED_WITHIN_MS = 30 * 60_000;
/** Records that one transaction deletes. Other writes wait for it no longer than for a batch of an import. */
const DELETED_AT_ONCE = 500;

const nothing: IsKnown = () => false;

/** Opens the store that `DATABASE_URL` names (`file:path` or `postgres://…`), migrated to this version. */
export async function openStore(databaseUrl: string, options: OpenOptions = {}): Promise<Store> {
  const engine = await openEngine(databaseUrl, options);
  try {
    await retry(engine, () => engine.migrate(), MIGRATED_WITHIN_MS);
    const forgotten = forgottenBy(engine, databasePath(databaseUrl), options);
    const store = new Store(engine, forgotten, { databaseUrl, options });
    await store.forgetting.open();
    if (options.fills) engine.beginFilling?.();
    return store;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Call records in a database. Every method rejects with SERVICE_UNAVAILABLE while the database cannot be used. */
export class Store {
  private readonly creates: Creates;
  private readonly reading: { engine: Engine; templates: StatementTemplates };
  private readonly commitListeners = new Set<() => void>();
  /** Statistics of many records. */
  readonly statistics: StatisticsReads;
  /** What this process has written since it opened the store. */
  readonly written = { created: 0, imports: 0, imported: { created: 0, updated: 0, unchanged: 0 } };

  /** The queue of records to fetch from Microsoft Graph. */
  readonly sync: SyncQueue;
  /** Erasure and retention. */
  readonly forgetting: Forgets;

  constructor(
    private readonly engine: Engine,
    private readonly forgotten: Forgotten,
    opened: Opened,
  ) {
    this.reading = { engine, templates: new StatementTemplates() };
    this.forgetting = forgettingBy(new Forgetting(engine, forgotten, (work) => this.write(work)), opened);
    this.sync = new SyncQueue(engine, {
      forgotten,
      read: (query) => this.read(query),
      write: (work) => this.write(work),
      imported: (outcomes) => this.countImport(outcomes),
    });
    this.creates = new Creates(engine, {
      forgotten,
      committing: (work) => this.committing(work),
      find: (id) => this.findDocument(id, { visibleTo: null, sessions: false }),
    });
    this.statistics = new StatisticsReads(
      engine,
      (query) => this.read(query),
      (work) => this.write(work),
    );
  }

  /** Where the data is, as text for people. */
  get location(): string {
    return this.engine.location;
  }

  /** Stores a validated input as a new record; resolves once it is on disk. */
  async create(input: CreateCallRecordInput, options: CreateOptions): Promise<CallRecord> {
    return toCallRecord(await this.createRow(input, options));
  }

  /** Like `create`, but gives the row of the record as a read would give it: nobody needs to read it. */
  async createRow(input: CreateCallRecordInput, options: CreateOptions): Promise<RecordRow> {
    const { document, rows } = await this.submit(input, options);
    if (rows) return toRead(rows.record);
    // Since its creation the record may have been imported, with sessions.
    const first = await this.findDocument(document.id, { visibleTo: null, sessions: true });
    return toRead(recordRow(first?.document ?? document));
  }

  /** Like `create`, but gives the whole document. On a replay it is the present state of the record first created. */
  async createDocument(input: CreateCallRecordInput, options: CreateOptions): Promise<StoredDocument> {
    const { document, revision } = await this.submit(input, options);
    return { document, revision };
  }

  private async submit(input: CreateCallRecordInput, options: CreateOptions): ReturnType<Creates['submit']> {
    const created = await this.read(() => this.creates.submit(input, options));
    if (created.rows) this.written.created += 1;
    return created;
  }

  /** Imports records in order, all or none; outcomes in the same order. */
  async import(documents: CallRecordDocument[]): Promise<ImportOutcome[]> {
    const outcomes = await this.write((open) =>
      this.forgotten.importing(open, documents, (admitted) => importRecords(this.engine, open, admitted)),
    );
    this.countImport(outcomes);
    return outcomes;
  }

  /** Ends the filling of a store that was opened for it; to be called after the last record. */
  async endFilling(): Promise<void> {
    await this.read(async () => this.engine.endFilling?.(true));
  }

  private countImport(outcomes: readonly ImportOutcome[]): void {
    this.written.imports += 1;
    for (const outcome of outcomes) this.written.imported[outcome] += 1;
  }

  /**
   * Adds pages of participants or sessions to their records, in order, all or none. Null for a page without a record.
   */
  importParts(pages: RecordPart[]): Promise<(ImportOutcome | null)[]> {
    return this.write(async (open) => importParts(this.engine, open, await this.forgotten.admitParts(open, pages)));
  }

  /**
   * Deletes a record. Resolves to false if there was none; rejects with PRECONDITION_FAILED if it is not the expected
   * one.
   */
  delete(id: string, isExpected?: IsExpected): Promise<boolean> {
    return this.write((transaction) => deleteRecord(this.engine, transaction, id, isExpected));
  }

  /**
   * Deletes records, some in each transaction, and yields how many each has deleted. If a run is cut short, another run
   * deletes the rest.
   */
  async *deleteMany(ids: Iterable<string>): AsyncGenerator<number> {
    for (const some of chunksOf([...new Set(ids)], DELETED_AT_ONCE)) yield await this.deleteSome(some);
  }

  /** Deletes all records that ended before a time, the earliest first, as `deleteMany` does. */
  async *deleteEndedBefore(end: UtcText): AsyncGenerator<number> {
    for (;;) {
      const ids = await this.read(() => endedBefore(this.engine.reader, end, DELETED_AT_ONCE));
      if (ids.length === 0) return;
      yield await this.deleteSome(ids);
    }
  }

  private deleteSome(ids: readonly string[]): Promise<number> {
    return this.write((transaction) => deleteRecords(this.engine, transaction, ids));
  }

  findDocument(id: string, access: DocumentAccess): Promise<StoredDocument | null> {
    return this.read(() => findDocument(this.engine, id, access));
  }

  listDocuments(list: DocumentList): Promise<DocumentPage> {
    return this.read(() => listDocuments(this.engine, list));
  }

  find(ids: readonly string[], visibleTo: string | null, columns: readonly Column[]): Promise<Map<string, CallRecord>> {
    return this.read(() => findRecords(this.engine.reader, ids, visibleTo, columns));
  }

  list(list: ListQuery): Promise<Page> {
    return this.read(() => listRecords(this.engine, list));
  }

  /** The records of `find` as raw rows, by id. */
  findTexts(
    ids: readonly string[],
    visibleTo: string | null,
    columns: readonly Column[],
    isKnown: IsKnown = nothing,
  ): Promise<Map<string, RawRow>> {
    return this.read(() => findTexts(this.reading, { ids, visibleTo }, columns, isKnown));
  }

  /** The page of `list` as raw rows. */
  listTexts(list: ListQuery, isKnown: IsKnown = nothing): Promise<TextPage> {
    return this.read(() => listTexts(this.reading, list, isKnown));
  }

  /** The pages of `listOfUsers` as raw rows. */
  listTextsOfUsers(users: readonly string[], list: ListQuery, isKnown = nothing): Promise<Map<string, TextPage>> {
    return this.read(() => listTextsOfUsers(this.reading, users, list, isKnown));
  }

  /** A page of the sessions of each record; see {@link findSessions}. */
  findSessions(ids: readonly string[], asked: SessionsAsked, asker?: Asker): Promise<Map<string, SessionsPage | null>> {
    return this.read(() => findSessions({ ...this.reading, asker }, ids, asked));
  }

  hasOutside(list: ListQuery, edge: Position): Promise<boolean> {
    return this.read(() => hasOutside(this.engine, list, edge));
  }

  count(selection: Selection): Promise<number> {
    return this.read(() => countRecords(this.engine, selection));
  }

  listOfUsers(users: readonly string[], list: ListQuery): Promise<Map<string, Page>> {
    return this.read(() => listRecordsOfUsers(this.engine, users, list));
  }

  haveOutside(users: readonly string[], list: ListQuery, edge: Position): Promise<Set<string>> {
    return this.read(() => haveOutside(this.engine, users, list, edge));
  }

  countOfUsers(users: readonly string[], selection: Selection): Promise<Map<string, number>> {
    return this.read(() => countRecordsOfUsers(this.engine, users, selection));
  }

  /** The people whom a search finds. */
  listPeople(asked: Parameters<typeof listPeople>[1]): Promise<DescribedPerson[]> {
    return this.read(() => listPeople(this.engine, asked));
  }

  /** The person of that id, from that person's own calls. */
  findSelf(id: string, counted: boolean): Promise<DescribedPerson> {
    return this.read(() => findSelf(this.engine, id, counted));
  }

  /** Every record whole, by id. One page of them is in memory at a time. */
  async *documents(): AsyncGenerator<CallRecordDocument> {
    try {
      for await (const page of documentsOf(this.engine)) yield* page;
    } catch (error) {
      throw this.engine.unavailable(error) ?? error;
    }
  }

  /**
   * Calls `work` with the store as it is now, and keeps that state until `work` ends. A record written meanwhile is in
   * the next snapshot, among the changes after this snapshot's last.
   */
  snapshot<Result>(work: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
    return this.read(async () => {
      await this.engine.numberChanges();
      return this.engine.snapshot(async (reader) => work(await Snapshot.of(reader)));
    });
  }

  /**
   * Counts and hashes all of the store, except records of some ids. Two stores with the same content have the same
   * hash. `target`: hashes the content as that store would hold it.
   */
  content(leftOut: ReadonlySet<string> = new Set(), target: Store = this): Promise<Content> {
    return this.read(() => readContent(this.engine, leftOut, target.forgotten));
  }

  /**
   * Copies to another store what it lacks or holds differently: records, idempotency keys, the change log. Records that
   * no import would take are left out and reported. A run may end after any step; another one goes on. Throws before it
   * changes anything if the target holds what this store does not: a record, a higher version of one, a key, a change.
   */
  copyTo(target: Store): AsyncGenerator<Step> {
    return transfer(this.engine, target.engine, {
      write: (work) => target.write(work),
      forgotten: target.forgotten,
      erased: this.forgotten.people,
    });
  }

  /**
   * The changes committed after a change, in order; null for all from the start. A change that is committed later never
   * comes before one that was read. The changes of one record come in the order in which they were made.
   */
  changes(after: bigint | null, limit: number): Promise<Change[]> {
    return this.read(() => readChanges(this.engine, after, limit));
  }

  /**
   * The keys of the ids of people who were organizer or participant of a record before one of these changes, or are by
   * now.
   */
  concernedBy(changes: readonly Change[]): Promise<ReadonlySet<string>> {
    return this.read(() => concernedBy(this.engine, changes));
  }

  /** The number of the newest committed change; 0 before the first. */
  lastChange(): Promise<bigint> {
    return this.read(() => this.engine.lastChange());
  }

  /**
   * Calls the listener at once after each commit of this store, and within 300 ms after one of another process. It may
   * also call it without a commit. Returns the function that stops it.
   */
  onCommit(listener: () => void): () => void {
    const stopWatching = this.engine.watchCommits(listener);
    this.commitListeners.add(listener);
    return () => {
      stopWatching();
      this.commitListeners.delete(listener);
    };
  }

  /**
   * Removes changes that are older than so many milliseconds, the oldest first and at most `limit`; the newest change
   * stays. Resolves to how many were removed: fewer than `limit` if no more are that old.
   */
  async pruneChanges(olderThanMs: number, limit: number): Promise<number> {
    await this.read(() => this.engine.numberChanges());
    return this.write((transaction) => pruneChanges(this.engine, transaction, { olderThanMs, limit }));
  }

  /** Whether the quality of any record was computed by earlier rules. */
  async hasJudgedBefore(): Promise<boolean> {
    return (await this.read(() => judgedBefore(this.engine.reader, 1))).length > 0;
  }

  /** Computes the quality of up to `limit` of these records again; resolves to how many there were. */
  judgeAnew(limit: number): Promise<number> {
    return this.write((transaction) => judgeAnew(this.engine, transaction, limit));
  }

  /** Compares the kept sums with a recount; describes up to `limit` differences in words. */
  verifySums(limit: number): Promise<string[]> {
    return this.read(() => differingSums(this.engine, limit));
  }

  /** Takes or renews the lease of that name for so many seconds; null while another holder has it. */
  lease(name: string, holder: string, seconds: number): Promise<Lease | null> {
    return this.write((transaction) => takeLease(this.engine, transaction, { name, holder, seconds }));
  }

  /** Ends a lease that this holder has, so that another gets it at once. */
  releaseLease(name: string, holder: string): Promise<void> {
    return this.write((transaction) => releaseLease(transaction, name, holder));
  }

  /**
   * Adds up the spending of callers at all processes that share the database; null if the processes of one machine do
   * it.
   */
  get addSpending(): AddSpending | null {
    const { addSpending } = this.engine;
    return addSpending ? (spent) => this.read(() => retry(this.engine, () => addSpending(spent), RETRY_FOR_MS)) : null;
  }

  /** Resolves if the store can be read and written now. */
  async check(): Promise<void> {
    await this.write((transaction) => transaction.updateTable('write_checks').set({ checked_at: now() }).execute());
    await this.count({ filter: { id: [] }, visibleTo: null });
  }

  /** The size of the database. Counting takes a while if there are millions of records. */
  async size(): Promise<{ records: number; bytes: number }> {
    const bytes = await this.read(() => this.engine.sizeBytes());
    return { records: await this.count({ filter: null, visibleTo: null }), bytes };
  }

  /** The number of reads that wait for their turn. */
  get waitingReads(): number {
    return this.engine.waitingReads;
  }

  /** Calls the listener for every statement; returns the function that stops it. */
  onStatement(listener: (event: StatementEvent) => void): () => void {
    return this.engine.onStatement(listener);
  }

  /** Closes the store after the writes under way have ended. */
  async close(): Promise<void> {
    await this.creates.drained();
    await this.forgetting.close();
    await this.engine.close();
  }

  private async read<Result>(query: () => Promise<Result>): Promise<Result> {
    try {
      return await query();
    } catch (error) {
      throw this.engine.unavailable(error) ?? error;
    }
  }

  private write<Result>(work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    return this.committing(() => retry(this.engine, () => this.engine.transaction(work), RETRY_FOR_MS));
  }

  private async committing<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = await this.read(work);
    for (const listener of this.commitListeners) listener();
    return result;
  }
}
