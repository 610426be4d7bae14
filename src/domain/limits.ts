/** What one request may ask for; each is a setting. */
export interface Limits {
  maxBodyBytes: number;
  maxTokens: number;
  maxDepth: number;
  maxAliases: number;
  maxRootFields: number;
  maxMutations: number;
  /** Records that one operation may reach. */
  maxRecords: number;
  /** Bytes of one answer. */
  maxAnswerBytes: number;
  maxPageSize: number;
  maxImportRecords: number;
  /** Cost points for each caller and second; 0 switches the limit off. */
  rateLimit: number;
  /** Subscriptions that a caller may have at once, in each process. */
  maxSubscriptions: number;
}

/**
 * Records that may be made or answered in one turn of the event loop: as many as a page may hold by default,
 * since what one list may cost at once, many may not cost together.
 */
export const RECORDS_A_TURN = 500;
/** Levels of JSON that a request body may nest. */
export const MAX_JSON_DEPTH = 32;
/** Errors that one answer tells. */
export const MAX_ERRORS = 10;
/** Selections that one document may reach with its fragments spread out: beyond, a small document is an attack. */
export const MAX_RECURSIVE_SELECTIONS = 10_000;
