import { type Kysely, sql } from 'kysely';
import type { CallRecordDocument } from '../domain/document.js';
import { badUserInput } from '../domain/errors.js';
import { chunksOf } from '../platform/chunks.js';
import { numberedChanges, requireKept } from './changes/change-log.js';
import { loadDocuments } from './query/read-documents.js';
import type { Tables } from './rows/tables.js';
import { documentsOf } from './write/copy.js';

/** Whole records in memory at a time: the record of a large meeting has thousands of sessions. */
const RECORDS_AT_ONCE = 100;
const CHANGES_AT_ONCE = 5_000;

/** A deleted record. */
export interface Deletion {
  id: string;
  /** The version that was deleted. */
  version: bigint;
  /** In milliseconds since 1970, by the clock of the database. */
  deletedAt: number;
}

/** The records that changed after a number: present ones by their ids in order, and deleted ones. */
export interface Changed {
  ids: string[];
  deletions: Deletion[];
}

/** The store at one moment; writes meanwhile do not change it. */
export class Snapshot {
  private constructor(
    private readonly database: Kysely<Tables>,
    /** The number of the newest change in it; 0 before the first. Later changes are in another snapshot. */
    readonly lastChange: bigint,
  ) {}

  /** Makes a snapshot from a reader that sees one state of the database. */
  static async of(database: Kysely<Tables>): Promise<Snapshot> {
    const newest = database
      .selectFrom('call_record_changes')
      .select(sql<string | null>`cast(max(sequence) as text)`.as('last'));
    return new Snapshot(database, BigInt((await newest.executeTakeFirst())?.last ?? 0));
  }

  /** How many records there are. */
  async count(): Promise<number> {
    const count = this.database.selectFrom('call_records').select(sql<number | string>`count(*)`.as('count'));
    return Number((await count.executeTakeFirstOrThrow()).count);
  }

  /** Every record whole, by id; or the records of some ids, in the order of the list. */
  async *documents(ids?: readonly string[]): AsyncGenerator<CallRecordDocument> {
    if (ids === undefined)
      for await (const page of documentsOf({ reader: this.database }, RECORDS_AT_ONCE)) yield* page;
    for (const some of chunksOf(ids ?? [], RECORDS_AT_ONCE)) {
      const found = await loadDocuments(this.database, [...some]);
      yield* some.flatMap((id) => found.get(id) ?? []);
    }
  }

  /**
   * Reads what changed after a change's number, all of it into memory. Rejects with CURSOR_EXPIRED if later changes
   * were pruned, and with BAD_USER_INPUT if there never was a change of that number.
   */
  async changedAfter(after: bigint): Promise<Changed> {
    if (after > this.lastChange)
      throw badUserInput([
        { path: ['after'], rule: 'cursor', message: 'This cursor is ahead of all changes: it is of another database.' },
      ]);
    await requireKept(this.database, after);
    const ids = new Set<string>();
    const deletions = new Map<string, Deletion>();
    let last = after;
    for (;;) {
      const changes = await numberedChanges(this.database, last, CHANGES_AT_ONCE);
      for (const { recordId: id, kind, version, changedAt: deletedAt } of changes) {
        const isGone = kind === 'deleted';
        ids[isGone ? 'delete' : 'add'](id);
        if (isGone) deletions.set(id, { id, version, deletedAt });
        else deletions.delete(id);
      }
      if (changes.length < CHANGES_AT_ONCE) break;
      last = changes.at(-1)?.sequence as bigint;
    }
    return { ids: [...ids].sort(), deletions: [...deletions.values()] };
  }
}
