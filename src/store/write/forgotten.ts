import type { Kysely } from 'kysely';
import { daysAgo, type UtcText } from '../../domain/date-time.js';
import type { CallRecordDocument } from '../../domain/document.js';
import {
  partWithoutDetails,
  partWithoutPeople,
  type Retention,
  textWithoutPeople,
  withoutDetails,
  withoutPeople,
} from '../../domain/forgetting.js';
import type { ImportOutcome, RecordPart } from '../../domain/merge.js';
import { chunksOf } from '../../platform/chunks.js';
import type { Engine } from '../engine/engine.js';
import type { Change } from '../changes/change-log.js';
import type { Tables } from '../rows/tables.js';
import type { ErasedPeople } from './erased-people.js';

/** The maximum length of a call. It bounds the end of a listed call, whose list gives only the start. */
const LONGEST_DAYS = 2;

/** What a store has forgotten. It keeps the store from taking that in again by any way. */
export class Forgotten {
  /** Records that ended before this time hold no personal details. */
  private detailsUntil: UtcText = '';

  constructor(
    readonly engine: Engine,
    readonly people: ErasedPeople,
    readonly retention: Retention,
  ) {}

  /** Stores documents as they may be stored. Documents past retention change nothing. */
  async importing(
    transaction: Kysely<Tables>,
    documents: readonly CallRecordDocument[],
    store: (admitted: CallRecordDocument[]) => Promise<ImportOutcome[]>,
  ): Promise<ImportOutcome[]> {
    const admitted = await this.admit(transaction, documents);
    const outcomes = (await store(admitted.filter((one) => one !== null))).values();
    return admitted.map((one) => (one === null ? 'unchanged' : (outcomes.next().value as ImportOutcome)));
  }

  /** Documents as they may be stored; null for those past retention. */
  async admit(
    database: Kysely<Tables>,
    documents: readonly CallRecordDocument[],
  ): Promise<(CallRecordDocument | null)[]> {
    await this.read(database);
    return documents.map((document) => (this.isPast(document.endDateTime) ? null : this.clean(document)));
  }

  /** Pages of parts as they may be stored with their records. */
  async admitParts(database: Kysely<Tables>, pages: readonly RecordPart[]): Promise<RecordPart[]> {
    await this.read(database);
    const { replacementOf, isEmpty } = this.people;
    const own = isEmpty ? [...pages] : pages.map((page) => partWithoutPeople(page, replacementOf));
    const until = this.endOfDetails;
    if (until === '') return own;
    const stripped = new Set<string>();
    for (const some of chunksOf(own)) {
      const ids = some.map(({ id }) => id);
      const query = database.selectFrom('call_records').select('id').where('id', 'in', ids);
      for (const { id } of await query.where('end_date_time', '<', until).execute()) stripped.add(id);
    }
    return own.map((page) => (stripped.has(page.id) ? partWithoutDetails(page) : page));
  }

  /** A new record as it may be stored. */
  async admitNew(document: CallRecordDocument): Promise<CallRecordDocument> {
    await this.people.refresh();
    return this.people.isEmpty ? document : withoutPeople(document, this.people.replacementOf);
  }

  /** Text that a client gave with a new record, as it may be stored. */
  admitText(text: string): string {
    return this.people.isEmpty ? text : textWithoutPeople(text, this.people.replacementOf);
  }

  /** A change as it may stand in the log. */
  admitChange(change: Change): Change {
    if (this.people.isEmpty) return change;
    const replaced = (ids: readonly string[]) => ids.map((id) => this.people.replacementOf(id) ?? id);
    return { ...change, peopleRemoved: replaced(change.peopleRemoved), peopleAdded: replaced(change.peopleAdded) };
  }

  /** Whether a call that began at this time is certainly past retention. */
  isLongPast(start: UtcText): boolean {
    const { retentionDays } = this.retention;
    return retentionDays !== null && start < daysAgo(retentionDays + LONGEST_DAYS);
  }

  /**
   * Reads what any process has forgotten before the transaction began. {@link awaitImports} then waits for the
   * transaction.
   */
  private async read(database: Kysely<Tables>): Promise<void> {
    const query = database.selectFrom('forgotten_details').select('ended_before');
    const held = this.engine.hasOneWriter ? query : query.forShare();
    this.detailsUntil = (await held.executeTakeFirstOrThrow()).ended_before;
    await this.people.read(database);
  }

  private isPast(end: UtcText): boolean {
    const { retentionDays } = this.retention;
    return retentionDays !== null && end < daysAgo(retentionDays);
  }

  private get endOfDetails(): UtcText {
    const { personalDetailDays } = this.retention;
    const own = personalDetailDays === null ? '' : daysAgo(personalDetailDays);
    return own > this.detailsUntil ? own : this.detailsUntil;
  }

  private clean(document: CallRecordDocument): CallRecordDocument {
    const own = this.people.isEmpty ? document : withoutPeople(document, this.people.replacementOf);
    return own.endDateTime < this.endOfDetails ? withoutDetails(own) : own;
  }
}

/** Waits for the transactions that have read what was forgotten before, and do not know what was forgotten since. */
export async function awaitImports(transaction: Kysely<Tables>): Promise<void> {
  await transaction
    .updateTable('forgotten_details')
    .set((row) => ({ ended_before: row.ref('ended_before') }))
    .execute();
}

/** The time before which ended records hold no personal details; empty if nothing was forgotten yet. */
export async function readDetailsUntil(database: Kysely<Tables>): Promise<UtcText> {
  const { ended_before } = await database
    .selectFrom('forgotten_details')
    .select('ended_before')
    .executeTakeFirstOrThrow();
  return ended_before;
}
