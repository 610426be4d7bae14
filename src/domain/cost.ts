import { CallRecordsError } from './errors.js';
import type { Limits } from './limits.js';
import { DEFAULT_PAGE_SIZE } from './page.js';

/** Imported records for which a caller pays one point. */
const IMPORTED_PER_POINT = 10;

/** Cost points of a list of up to so many records: one, and one for each 50 of them. */
export function pageCost(limit: number): number {
  return 1 + Math.ceil(limit / DEFAULT_PAGE_SIZE);
}

/** Cost points of an import of so many records. */
export function importCost(records: number): number {
  return 1 + Math.ceil(records / IMPORTED_PER_POINT);
}

/** Cost points of statistics, whose records are all looked at. */
export const STATISTICS_COST = 5;
/** Cost points of each of their members for which everybody in these records, or all streams, are looked at besides. */
export const MEMBER_COST = 10;
/** These members. */
export const COSTLY_MEMBERS: ReadonlySet<string> = new Set([
  'distinctParticipants',
  'topOrganizers',
  'topParticipants',
  'qualityBy',
]);

/** A document of 100 tokens costs 10 points, one of 1,000 costs 1,000. */
const TOKENS_SQUARED_PER_POINT = 1_000;
/** The part of a second's points that one document may cost: the largest that is allowed has to pass. */
const DOCUMENT_PART = 4;

/** Cost points of a document that is not known yet: to validate it takes time with the square of its tokens. */
export function documentCost(tokens: number, { rateLimit }: Pick<Limits, 'rateLimit'>): number {
  return Math.min(Math.floor(tokens ** 2 / TOKENS_SQUARED_PER_POINT), Math.floor(rateLimit / DOCUMENT_PART));
}

/** Refuses a list of more records than `MAX_RECORDS` allows an operation. */
export function requireReach(records: number, limits: Pick<Limits, 'maxRecords'>): void {
  if (records > limits.maxRecords)
    throw new CallRecordsError('QUERY_TOO_COMPLEX', `${mayReach(records, limits)} Ask for less at once.`);
}

/** What is wrong with an operation that may reach so many records. */
export function mayReach(records: number, { maxRecords }: Pick<Limits, 'maxRecords'>): string {
  return `The operation may reach ${records} records; at most ${maxRecords} are allowed (MAX_RECORDS).`;
}

/** The error for an answer beyond `MAX_ANSWER_BYTES`. */
export function answerTooLarge({ maxAnswerBytes }: Pick<Limits, 'maxAnswerBytes'>): CallRecordsError {
  return new CallRecordsError(
    'QUERY_TOO_COMPLEX',
    `The answer is larger than ${maxAnswerBytes} bytes (MAX_ANSWER_BYTES). Ask for less at once.`,
  );
}

/** Bytes that one unit of a string takes in UTF-8 at most. */
const MOST_BYTES = 3;

/** Whether a text is within `MAX_ANSWER_BYTES`. To count its bytes takes longer than to see that they cannot be too many. */
export function isWithinAnswer(text: string, { maxAnswerBytes }: Pick<Limits, 'maxAnswerBytes'>): boolean {
  return text.length * MOST_BYTES <= maxAnswerBytes || Buffer.byteLength(text) <= maxAnswerBytes;
}
