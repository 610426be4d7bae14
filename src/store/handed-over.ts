import { CallRecordsError, type ErrorCode } from '../domain/errors.js';
import type { CreateResult, PendingCreate } from './write.js';

/** What became of a create, in a form that passes between processes. */
export type CreateOutcome = { created: true } | { replayOf: string } | { conflict: string } | { failed: Failure };

interface Failure {
  message: string;
  /** Of an error that clients are told of; absent from any other. */
  code?: ErrorCode;
  retryAfterSeconds?: number;
  cause?: string;
}

/** Commits creates in another process; outcomes in the same order. Rejects if it cannot be reached. */
export type CommitElsewhere = (items: PendingCreate[]) => Promise<CreateOutcome[]>;

/** A message costs both processes more than the creates in it; a sync of the disk takes longer. */
const GATHERED_MS = 2;

interface Waiting {
  item: PendingCreate;
  resolve: (result: CreateResult) => void;
  reject: (error: Error) => void;
}

/**
 * Creates that another process commits, with those of its other neighbours: processes with a queue each would take
 * turns at the lock of the file, and each sync of the disk would be for a part of what waits.
 */
export class HandedOver {
  private waiting: Waiting[] = [];
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly commit: CommitElsewhere) {}

  submit(item: PendingCreate): Promise<CreateResult> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.waiting.length > 1) return;
      // While others are written, there is time to put more into one message.
      if (this.underWay.size > 0) setTimeout(() => this.send(), GATHERED_MS);
      else setImmediate(() => this.send());
    });
  }

  /** Resolves when everything submitted so far has been answered. */
  async drained(): Promise<void> {
    if (this.waiting.length > 0) this.send();
    await Promise.all(this.underWay);
  }

  private send(): void {
    if (this.waiting.length === 0) return;
    const sent = this.settle(this.waiting);
    this.waiting = [];
    this.underWay.add(sent);
    void sent.finally(() => this.underWay.delete(sent));
  }

  private async settle(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await this.commit(batch.map(({ item }) => item));
      batch.forEach((one, index) => settleOne(one, outcomes[index] as CreateOutcome));
    } catch (cause) {
      batch.forEach(({ reject }) => reject(unreachable(cause)));
    }
  }
}

function settleOne({ item, resolve, reject }: Waiting, outcome: CreateOutcome): void {
  if ('created' in outcome) resolve({ created: item });
  else if ('replayOf' in outcome) resolve(outcome);
  else if ('conflict' in outcome) resolve({ conflict: new CallRecordsError('CONFLICT', outcome.conflict) });
  else reject(toError(outcome.failed));
}

/** It may have been committed: who repeats it with its key gets one record. */
function unreachable(cause: unknown): CallRecordsError {
  const message =
    'The process that writes the database does not answer; try again later, with the same idempotency key.';
  return new CallRecordsError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 1, cause });
}

/** What became of a create that was submitted for another process. */
export async function outcomeOf(result: Promise<CreateResult>): Promise<CreateOutcome> {
  try {
    const settled = await result;
    if ('created' in settled) return { created: true };
    return 'conflict' in settled ? { conflict: settled.conflict.message } : settled;
  } catch (error) {
    return { failed: toFailure(error as Error) };
  }
}

function toFailure(error: Error): Failure {
  if (!(error instanceof CallRecordsError)) return { message: error.stack ?? error.message };
  const { code, message, retryAfterSeconds, cause } = error;
  return { code, message, retryAfterSeconds, ...(cause instanceof Error && { cause: cause.message }) };
}

function toError({ code, message, retryAfterSeconds, cause }: Failure): Error {
  if (code === undefined) return new Error(message);
  return new CallRecordsError(code, message, {
    retryAfterSeconds,
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}
