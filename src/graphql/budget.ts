import { GraphQLError, type GraphQLFieldResolver } from 'graphql';
import type { Asker } from '../domain/asker.js';
import { answerTooLarge, mayReach } from '../domain/cost.js';
import { CallRecordsError, type ErrorCode } from '../domain/errors.js';
import type { Limits } from '../domain/limits.js';
import { LargeOperations } from './large-operations.js';
import { type OperationSize, type SentOperation, sizeOf } from './operation-size.js';

/** Errors that end a whole operation wherever they occur: no later part of it could succeed. */
const ENDS_OPERATION = new Set<ErrorCode>(['QUERY_TOO_COMPLEX']);
/** Errors that also end it if they come from one of very many lists: each list would repeat them. */
const ENDS_BELOW_LISTS = new Set<ErrorCode>(['QUERY_TOO_COMPLEX', 'RATE_LIMITED']);

/**
 * The value of a field whose operation has ended. Each is another promise: one for all would hold whatever waits for it,
 * with all that was read, as long as the process lives.
 */
const never = (): Promise<never> => new Promise(() => undefined);

/** The limits of one operation while it runs. If it exceeds one, it ends as a whole. */
export class Budget {
  private records = 0;
  private lists = 0;
  private bytes = 0;
  private isLarge = false;
  private isOver = false;
  private isSized = false;
  private reading = 0;

  constructor(
    private readonly limits: Limits,
    private readonly asker: Asker,
  ) {}

  /** Waits for the turn of the operation if it may reach so many records that it counts as large. */
  async begin(records: number): Promise<void> {
    this.isSized = true;
    this.isLarge = await LargeOperations.shared.begin(records, this.asker);
    // If the client left in that moment, `end` was called before.
    this.letNextRun();
  }

  /** Whether the operation was sized beforehand. Then it may have any number of lists. */
  get hasBegun(): boolean {
    return this.isSized;
  }

  /**
   * Keeps the next large operation from running until the returned function is called. So long the answer is held in
   * memory.
   */
  hold(): () => void {
    this.reading += 1;
    return () => {
      this.reading -= 1;
      this.letNextRun();
    };
  }

  /** Marks the operation as answered or ended. The next large one runs when this one has no read under way. */
  end(): void {
    this.isOver = true;
    this.letNextRun();
  }

  /** Counts records of a list in the answer. Throws QUERY_TOO_COMPLEX beyond `MAX_RECORDS`. */
  reach(records: number): void {
    this.records += records;
    this.requireRoom(0);
  }

  /** Throws QUERY_TOO_COMPLEX if so many records, which were read but not counted yet, exceed `MAX_RECORDS`. */
  requireRoom(records: number): void {
    if (this.records + records > this.limits.maxRecords) throw this.tooMany('records');
  }

  /** Counts bytes of the answer. Beyond `MAX_ANSWER_BYTES` it ends the operation and gives false. */
  write(bytes: number): boolean {
    this.bytes += bytes;
    if (this.bytes <= this.limits.maxAnswerBytes) return true;
    if (!this.asker.gone.aborted) this.asker.end(answerTooLarge(this.limits));
    return false;
  }

  /** Reads a field that occurs once in the operation. */
  field<Value>(read: () => Promise<Value>): Promise<Value> {
    return this.settle(read, ENDS_OPERATION);
  }

  /** Resets the counts, for an operation that is executed again. */
  startAnew(): void {
    this.records = this.lists = this.bytes = 0;
  }

  /**
   * Reads a list that each object of a list has, or so many lists at once. There may be as many lists as records,
   * however short they are.
   */
  listOfMany<Value>(read: () => Promise<Value>, lists = 1): Promise<Value> {
    this.lists += lists;
    return this.settle(async () => {
      if (this.lists > this.limits.maxRecords) throw this.tooMany('lists');
      return read();
    }, ENDS_BELOW_LISTS);
  }

  /** Settles as the read does. After the end of the operation it never settles: nobody would see the errors. */
  private async settle<Value>(read: () => Promise<Value>, ending: ReadonlySet<ErrorCode>): Promise<Value> {
    const { asker } = this;
    if (asker.gone.aborted) return never();
    this.reading += 1;
    try {
      const value = await read();
      return asker.gone.aborted ? never() : value;
    } catch (error) {
      if (asker.gone.aborted) return never();
      if (!(error instanceof CallRecordsError) || !ending.has(error.code)) throw error;
      asker.end(error);
      return never();
    } finally {
      this.reading -= 1;
      this.letNextRun();
    }
  }

  private letNextRun(): void {
    if (!this.isLarge || !this.isOver || this.reading > 0) return;
    this.isLarge = false;
    LargeOperations.shared.end();
  }

  private tooMany(what: 'records' | 'lists'): CallRecordsError {
    return new CallRecordsError(
      'QUERY_TOO_COMPLEX',
      `The operation reached more than ${this.limits.maxRecords} ${what} (MAX_RECORDS) and was ended. Ask for less at once.`,
    );
  }
}

/** The bytes that a value other than text counts in the answer. */
const BYTES_OF_VALUE = 4;

/** Resolves a field from the member of its object, and counts its bytes in the answer. */
export const countedField: GraphQLFieldResolver<unknown, { budget?: Budget }> = (
  source,
  _args,
  context,
  { fieldName },
) => counted(fieldName, (source as { [name: string]: unknown } | null | undefined)?.[fieldName], context);

/** The value of a field, after counting its bytes in the answer. */
export function counted(fieldName: string, value: unknown, context: { budget?: Budget } | undefined): unknown {
  const budget = context?.budget;
  const bytes = fieldName.length + (typeof value === 'string' ? value.length : BYTES_OF_VALUE);
  return budget && !budget.write(bytes) ? never() : value;
}

/**
 * Refuses, as an error of the request, an operation that may reach more records than allowed, or cost more than any
 * second has. Otherwise gives its size.
 */
export function requireAffordable(sent: SentOperation, limits: Limits): OperationSize {
  const size = sizeOf(sent, limits);
  const { maxRecords, rateLimit } = limits;
  if (size.records > maxRecords) throw tooComplex(mayReach(size.records, limits), size, sent);
  if (rateLimit > 0 && size.points > rateLimit)
    throw tooComplex(
      `The operation costs ${size.points} cost points; a caller has ${rateLimit} a second (RATE_LIMIT).`,
      size,
      sent,
    );
  return size;
}

function tooComplex(excess: string, { worst }: OperationSize, { operation }: SentOperation): GraphQLError {
  const advice = worst
    ? `Most of it is ${worst.path}, with ${worst.records} records: ask for less there with first or last.`
    : 'Ask for less at once.';
  return new GraphQLError(`${excess} ${advice}`, {
    nodes: operation,
    extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: 400 } },
  });
}
