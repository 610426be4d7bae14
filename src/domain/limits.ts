/** The limits of one request; each is a setting. */
export interface Limits {
  maxBodyBytes: number;
  maxTokens: number;
  maxDepth: number;
  maxAliases: number;
  maxRootFields: number;
  maxMutations: number;
  /** The most records that one operation may reach. */
  maxRecords: number;
  /** The most bytes of one response. */
  maxAnswerBytes: number;
  maxPageSize: number;
  maxImportRecords: number;
  /** Cost points per caller and second; 0 switches the limit off. */
  rateLimit: number;
  /** The most concurrent subscriptions of a caller, in each process. */
  maxSubscriptions: number;
}

/**
 * Records that may be made or sent in one turn of the event loop: as many as a page may hold by default. So several
 * lists together block it no longer than one list may.
 */
export const RECORDS_A_TURN = 500;
/** The most levels of JSON nesting in a request body. */
export const MAX_JSON_DEPTH = 32;
/** The most errors in one response. */
export const MAX_ERRORS = 10;
/**
 * The most selections that a document may reach with its fragments expanded. A small document with more is an attack.
 */
export const MAX_RECURSIVE_SELECTIONS = 10_000;
