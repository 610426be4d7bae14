import { CallRecordsError } from './errors.js';
import type { Limits } from './limits.js';
import { DEFAULT_PAGE_SIZE } from './page.js';

/** Imported records per cost point. */
const IMPORTED_PER_POINT = 10;

/** The cost points of a list of up to `limit` records: one, and one for each 50 records. */
export function pageCost(limit: number): number {
  return 1 + Math.ceil(limit / DEFAULT_PAGE_SIZE);
}

/** The cost points of an import. */
export function importCost(records: number): number {
  return 1 + Math.ceil(records / IMPORTED_PER_POINT);
}

/** The cost points of statistics, which look at every record. */
export const STATISTICS_COST = 5;
/** The additional cost points of each member that looks at all people or all streams in these records. */
export const MEMBER_COST = 10;
/** The members with that additional cost. */
export const COSTLY_MEMBERS: ReadonlySet<string> = new Set([
  'distinctParticipants',
  'topOrganizers',
  'topParticipants',
  'qualityBy',
]);

/** A document of 100 tokens costs 10 points, one of 1,000 tokens 1,000 points. */
const TOKENS_SQUARED_PER_POINT = 1_000;
/** A document may cost this part of a second's points at most, so that the largest document allowed can pass. */
const DOCUMENT_PART = 4;

/**
 * The cost points of a document that is not cached: validating it takes time in proportion to the square of its tokens.
 */
export function documentCost(tokens: number, { rateLimit }: Pick<Limits, 'rateLimit'>): number {
  return Math.min(Math.floor(tokens ** 2 / TOKENS_SQUARED_PER_POINT), Math.floor(rateLimit / DOCUMENT_PART));
}

/** Throws for a list of more records than `MAX_RECORDS` allows an operation. */
export function requireReach(records: number, limits: Pick<Limits, 'maxRecords'>): void {
  if (records > limits.maxRecords)
    throw new CallRecordsError('QUERY_TOO_COMPLEX', `${mayReach(records, limits)} Ask for less at once.`);
}

/** The message for an operation that may reach so many records. */
export function mayReach(records: number, { maxRecords }: Pick<Limits, 'maxRecords'>): string {
  return `The operation may reach ${records} records; at most ${maxRecords} are allowed (MAX_RECORDS).`;
}

/** The error for a response above `MAX_ANSWER_BYTES`. */
export function answerTooLarge({ maxAnswerBytes }: Pick<Limits, 'maxAnswerBytes'>): CallRecordsError {
  return new CallRecordsError(
    'QUERY_TOO_COMPLEX',
    `The answer is larger than ${maxAnswerBytes} bytes (MAX_ANSWER_BYTES). Ask for less at once.`,
  );
}

/** The most bytes in UTF-8 of one UTF-16 unit of a string. */
const MOST_BYTES = 3;

/** Whether a text is within `MAX_ANSWER_BYTES`. Its bytes are counted only if its length leaves that open. */
export function isWithinAnswer(text: string, { maxAnswerBytes }: Pick<Limits, 'maxAnswerBytes'>): boolean {
  return text.length * MOST_BYTES <= maxAnswerBytes || Buffer.byteLength(text) <= maxAnswerBytes;
}
