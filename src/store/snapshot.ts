import { type Kysely, sql } from 'kysely';
import type { CallRecordDocument } from '../domain/document.js';
import { badUserInput } from '../domain/errors.js';
import { chunksOf } from '../platform/chunks.js';
import { numberedChanges, requireKept } from './changes/change-log.js';
import { loadDocuments } from './query/read-documents.js';
import type { Tables } from './rows/tables.js';
import { documentsOf } from './write/copy.js';

/** Whole records in memory at a time: one of a large meeting has thousands of sessions. */
const RECORDS_AT_ONCE = 100;
const CHANGES_AT_ONCE = 5_000;

/** A record that is not there any more. */
export interface Deletion {
  id: string;
  /** The version that was deleted. */
  version: bigint;
  /** In milliseconds since 1970, by the clock of the database. */
  deletedAt: number;
}

/** What changed after a number: the records that are there, by their ids in order, and those that are not. */
export interface Changed {
  ids: string[];
  deletions: Deletion[];
}

/** The store as it was at one moment, whatever is written meanwhile. */
export class Snapshot {
  private constructor(
    private readonly database: Kysely<Tables>,
    /** The number of the newest change in it, 0 before the first: what comes later is in another snapshot. */
    readonly lastChange: bigint,
  ) {}

  /** Of a reader that sees one state of the database. */
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

  /** Every record whole, by id; or of some ids, in the order of the list. */
  async *documents(ids?: readonly string[]): AsyncGenerator<CallRecordDocument> {
    if (ids === undefined)
      for await (const page of documentsOf({ reader: this.database }, RECORDS_AT_ONCE)) yield* page;
    for (const some of chunksOf(ids ?? [], RECORDS_AT_ONCE)) {
      const found = await loadDocuments(this.database, [...some]);
      yield* some.flatMap((id) => found.get(id) ?? []);
    }
  }

  /**
   * What changed after the change of a number; all of it is held in memory. Rejects with CURSOR_EXPIRED if some changes
   * after that one were pruned, with BAD_USER_INPUT if there never was one of that number.
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
