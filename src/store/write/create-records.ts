import type { CreateCallRecordInput } from '../../domain/call-record.js';
import { now } from '../../domain/date-time.js';
import { type Extension, newDocument } from '../../domain/document.js';
import { CallRecordsError } from '../../domain/errors.js';
import type { StoredDocument } from '../query/read-documents.js';
import type { Engine } from '../engine/engine.js';
import type { Forgotten } from './forgotten.js';
import { GroupCommit, type Take } from './group-commit.js';
import { hashDocument, hashInput } from './input-hash.js';
import { retry, RETRY_FOR_MS } from '../engine/retry.js';
import { newRecordId } from './record-ids.js';
import { toRows } from '../rows/row-mapping.js';
import { type Claim, createAtOnce, createRecords, type CreateResult, type PendingCreate } from './write-records.js';

/** A server with many writers works on one commit while it writes the other to its disk. */
const COMMITS_AT_ONCE = 2;

/** The options of a create: the caller, and the key that makes a repetition harmless. */
export interface CreateOptions {
  caller: string;
  idempotencyKey: string | null;
  /** Members for which the input has no place. */
  extension?: Extension | null;
}

/** The parts of a store that creates need. */
interface Access {
  /** Runs the work that commits: translates its failures, and signals the commit. */
  committing: (work: () => Promise<CreateResult[]>) => Promise<CreateResult[]>;
  find: (id: string) => Promise<StoredDocument | null>;
  forgotten: Forgotten;
}

/** Creates that come at the same time share a commit. */
export class Creates {
  private readonly pending: GroupCommit<PendingCreate, CreateResult>;

  constructor(
    private readonly engine: Engine,
    private readonly access: Access,
  ) {
    this.pending = new GroupCommit(engine.hasOneWriter ? 1 : COMMITS_AT_ONCE, (take) => this.commit(take));
  }

  /** Resolves once the record is on disk; without rows on a replay, to the id of the record first created. */
  async submit(
    input: CreateCallRecordInput,
    { caller, idempotencyKey, extension = null }: CreateOptions,
  ): Promise<StoredDocument & Partial<PendingCreate>> {
    const { forgotten } = this.access;
    const given = newDocument(input, newRecordId(), now());
    given.extension = extension;
    const document = await retry(this.engine, () => forgotten.admitNew(given), RETRY_FOR_MS);
    // The hash is of the stored document, so that a repetition is still one after somebody in it was erased.
    const inputHash = () => (document === given ? hashInput(input, extension) : hashDocument(document));
    const claim = idempotencyKey === null ? null : this.admit({ caller, key: idempotencyKey, inputHash: inputHash() });
    const { generation } = forgotten.people;
    const result = await this.pending.submit({ document, rows: toRows(document), claim, generation });
    if ('created' in result) return { ...result.created, revision: String(result.created.rows.record.revision) };
    if ('conflict' in result) throw result.conflict;
    const first = await this.access.find(result.replayOf);
    if (first) return first;
    throw new CallRecordsError(
      'CONFLICT',
      `The record created with this idempotency key, ${result.replayOf}, has been deleted since; use a new key.`,
    );
  }

  /** Resolves when no write is under way. */
  drained(): Promise<void> {
    return this.pending.drained();
  }

  private commit(take: Take<PendingCreate>): Promise<CreateResult[]> {
    // Without `insertAtOnce`, no item is taken before the transaction has begun.
    const { insertAtOnce } = this.engine;
    let first = insertAtOnce ? createAtOnce(insertAtOnce, take()) : null;
    const attempt = () => {
      const atOnce = first;
      // A create in one step fails if another transaction is in its way. The next attempt is a transaction, which can
      // wait.
      first = null;
      return atOnce
        ? atOnce()
        : this.engine.transaction(async (transaction) => {
            await this.access.forgotten.people.refresh();
            return createRecords(this.engine, transaction, await Promise.all(take().map((item) => this.anew(item))));
          });
    };
    return this.access.committing(() => retry(this.engine, attempt, RETRY_FOR_MS));
  }

  /** Makes an item again if somebody was erased while it waited. */
  private async anew(item: PendingCreate): Promise<PendingCreate> {
    const { people } = this.access.forgotten;
    if (item.generation === people.generation) return item;
    const document = await this.access.forgotten.admitNew(item.document);
    const claim = item.claim && this.admit(item.claim);
    return { ...item, document, rows: toRows(document), claim, generation: people.generation };
  }

  /** The claim as it may be stored, and as an erasure has left it, so that a repetition finds its record. */
  private admit(claim: Claim): Claim {
    const { forgotten } = this.access;
    return { ...claim, caller: forgotten.admitText(claim.caller), key: forgotten.admitText(claim.key) };
  }
}
