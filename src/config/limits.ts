import type { Limits } from '../domain/limits.js';
import { type Setting, whole } from './values.js';

/** The limits of one request, in the order in which settings are listed. */
export const LIMITS = {
  maxBodyBytes: {
    name: 'MAX_BODY_BYTES',
    default: '2097152',
    meaning: 'Bytes of a request body.',
    read: whole(1_024, 1_073_741_824),
  },
  maxTokens: {
    name: 'MAX_TOKENS',
    default: '2000',
    meaning: 'Tokens of a GraphQL document.',
    read: whole(10, 1_000_000),
  },
  maxDepth: { name: 'MAX_DEPTH', default: '15', meaning: 'Levels to which fields may nest.', read: whole(1, 1_000) },
  maxAliases: { name: 'MAX_ALIASES', default: '100', meaning: 'Aliases in a document.', read: whole(0, 100_000) },
  maxRootFields: {
    name: 'MAX_ROOT_FIELDS',
    default: '40',
    meaning: 'Root fields of an operation.',
    read: whole(1, 10_000),
  },
  maxMutations: {
    name: 'MAX_MUTATIONS',
    default: '10',
    meaning: 'Mutations in one request.',
    read: whole(0, 10_000),
  },
  maxRecords: {
    name: 'MAX_RECORDS',
    default: '10000',
    meaning: 'Records and sessions that one operation may reach, estimated before it runs and counted while it runs.',
    read: whole(1, 1_000_000_000),
  },
  maxAnswerBytes: {
    name: 'MAX_ANSWER_BYTES',
    default: '33554432',
    meaning: 'Bytes of an answer, before it is compressed.',
    read: whole(1_024, 536_870_912),
  },
  maxPageSize: {
    name: 'MAX_PAGE_SIZE',
    default: '500',
    meaning: 'Records a page may hold.',
    read: whole(1, 100_000),
  },
  maxImportRecords: {
    name: 'MAX_IMPORT_RECORDS',
    default: '1000',
    meaning: 'Records one importCallRecords may bring.',
    read: whole(1, 100_000),
  },
  rateLimit: {
    name: 'RATE_LIMIT',
    default: '10000',
    meaning: 'Cost points for each caller and second; 0 switches the limit off.',
    read: whole(0, 1_000_000_000),
  },
  maxSubscriptions: {
    name: 'MAX_SUBSCRIPTIONS',
    default: '100',
    meaning: 'Subscriptions each caller may have at once, at each process; 0 allows none.',
    read: whole(0, 1_000_000),
  },
} satisfies { [Key in keyof Limits]: Setting<number> };
