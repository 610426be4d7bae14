/**
 * Every error that a client can branch on, with its code at the GraphQL door. Each has its HTTP statuses there, for a
 * refused request and for a response of which a part failed, then the HTTP status and Microsoft Graph's code at the
 * REST door, and when it happens. A test compares this table with the one in docs/graphql.md.
 */
export const ERRORS = {
  BAD_USER_INPUT: {
    graphql: [400, 200],
    status: 400,
    rest: 'BadRequest',
    when: 'A value breaks a rule; `violations` (REST: `details`) names each path and rule.',
  },
  UNAUTHENTICATED: {
    graphql: [401, 200],
    status: 401,
    rest: 'InvalidAuthenticationToken',
    when: 'No token, or one that is expired, forged or without `exp`.',
  },
  FORBIDDEN: {
    graphql: [403, 200],
    status: 403,
    rest: 'Forbidden',
    when: 'The token is right but lacks a role; the message names it.',
  },
  NOT_FOUND: {
    graphql: [],
    status: 404,
    rest: 'NotFound',
    when: 'REST only: no such path, or no such record that the caller may see.',
  },
  METHOD_NOT_ALLOWED: {
    graphql: [],
    status: 405,
    rest: 'MethodNotAllowed',
    when: 'REST only: the path does not offer this method; `Allow` says which.',
  },
  NOT_ACCEPTABLE: {
    graphql: [],
    status: 406,
    rest: 'NotAcceptable',
    when: 'REST only: `Accept` or `$format` excludes JSON.',
  },
  CONFLICT: {
    graphql: [200],
    status: 409,
    rest: 'Conflict',
    when: 'The idempotency key was used before, with another input.',
  },
  PRECONDITION_FAILED: {
    graphql: [],
    status: 412,
    rest: 'PreconditionFailed',
    when: 'REST only: the record is no longer the one that `If-Match` names.',
  },
  CURSOR_EXPIRED: {
    graphql: [400, 200],
    status: 410,
    rest: 'Gone',
    when: 'Changes after the cursor are no longer kept (`CHANGE_LOG_DAYS`): list anew.',
  },
  PAYLOAD_TOO_LARGE: {
    graphql: [413],
    status: 413,
    rest: 'RequestEntityTooLarge',
    when: 'The request body exceeds `MAX_BODY_BYTES`.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    graphql: [],
    status: 415,
    rest: 'UnsupportedMediaType',
    when: 'REST only: the body is not JSON in UTF-8, or it is compressed.',
  },
  FAILED_DEPENDENCY: {
    graphql: [],
    status: 424,
    rest: 'FailedDependency',
    when: 'REST only: in a batch, a request that this one depends on has failed.',
  },
  QUERY_TOO_COMPLEX: {
    graphql: [400, 200],
    status: 400,
    rest: 'BadRequest',
    when: 'A document, the records it may reach, its cost or its answer exceeds a limit; the message says which.',
  },
  RATE_LIMITED: {
    graphql: [429, 200],
    status: 429,
    rest: 'TooManyRequests',
    when: 'The caller spent its cost points, or has too many long reads or subscriptions; `Retry-After` says when to return.',
  },
  SERVICE_UNAVAILABLE: {
    graphql: [503, 200],
    status: 503,
    rest: 'ServiceUnavailable',
    when: 'The store cannot be reached or is busy; `Retry-After` says when to return.',
  },
  INTERNAL_SERVER_ERROR: {
    graphql: [500, 200],
    status: 500,
    rest: 'InternalServerError',
    when: 'A fault of ours, masked; the log has the cause under the same request id.',
  },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** The most violations in an error: a list of all of them can be many times the size of the input. */
const MAX_VIOLATIONS = 100;
/**
 * At so many violations the search for more ends: finding all violations that fit into a body takes many times as long
 * as reading it.
 */
export const ENOUGH_VIOLATIONS = 5_000;

const REQUEST_CODES = new Set<ErrorCode>(['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE']);

/** The most characters that a message quotes of one text. */
const MAX_QUOTED = 100;
/** The start of a quotation, or a piece without blanks. */
const PIECE = /"|[^\s"]+/g;

/** A message with its long quotations cut. The client knows what it sent, which may be as long as a body. */
export function withShortQuotations(message: string): string {
  if (message.length <= MAX_QUOTED) return message;
  let text = '';
  let kept = 0;
  PIECE.lastIndex = 0;
  for (let piece = PIECE.exec(message); piece; piece = PIECE.exec(message)) {
    const isQuoted = piece[0] === '"';
    const start = isQuoted ? piece.index + 1 : piece.index;
    const end = isQuoted ? endOfQuotation(message, start) : PIECE.lastIndex;
    if (end - start > MAX_QUOTED) {
      text += `${message.slice(kept, start + MAX_QUOTED)}…`;
      kept = end;
    }
    PIECE.lastIndex = isQuoted ? end + 1 : end;
  }
  return text + message.slice(kept);
}

/** The index of the quotation mark that ends the quotation at `start`, or of the end of the text. */
function endOfQuotation(text: string, start: number): number {
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (character === '"') return index;
    if (character === '\\') index++;
  }
  return text.length;
}

/** A violation of one rule: where in the input, which rule, and how to fix it. */
export interface Violation {
  path: (string | number)[];
  rule: string;
  message: string;
}

interface ErrorDetails {
  violations?: Violation[];
  /** Seconds after which a retry makes sense. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** The only error class that reaches a client unchanged; the doors mask all others. */
export class CallRecordsError extends Error {
  /**
   * All violations that were found, for callers that collect those of several checks; clients get {@link
   * toldViolations}.
   */
  readonly violations?: Violation[];
  readonly retryAfterSeconds?: number;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(withShortQuotations(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CallRecordsError';
    this.violations = details.violations;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** The first 100 violations; the message says how many more there are. */
  get toldViolations(): Violation[] | undefined {
    return this.violations?.slice(0, MAX_VIOLATIONS).map(({ path, rule, message }) => ({
      path: path.map((part) => (typeof part === 'string' ? withShortQuotations(part) : part)),
      rule,
      message: withShortQuotations(message),
    }));
  }

  /** The extensions in GraphQL responses; the server uses `http` and does not send it. */
  get extensions(): { [name: string]: unknown } {
    const { code, toldViolations: violations, retryAfterSeconds } = this;
    const headers = new Map(retryAfterSeconds === undefined ? [] : [['retry-after', String(retryAfterSeconds)]]);
    // Errors of one field among others do not change the status (GraphQL over HTTP, 6.4.2); these concern the whole
    // request.
    const http = REQUEST_CODES.has(code) ? { http: { status: this.status, headers } } : {};
    return { code, ...(violations && { violations }), ...http };
  }
}

/** Whether the request cannot be served now, whoever sends it. */
export function isUnavailable(error: unknown): error is CallRecordsError {
  return error instanceof CallRecordsError && error.code === 'SERVICE_UNAVAILABLE';
}

/** An HTTP request that is refused before any door handles it. */
export class HttpError extends CallRecordsError {
  constructor(
    private readonly httpStatus: number,
    message: string,
  ) {
    super('BAD_USER_INPUT', message);
  }

  override get status(): number {
    return this.httpStatus;
  }
}

/** The error for a body above the server's own limit. */
export function bodyTooLarge(): CallRecordsError {
  return new CallRecordsError('PAYLOAD_TOO_LARGE', 'The body is too large; MAX_BODY_BYTES sets the limit.');
}

/** What clients get instead of an internal error. */
export const MASKED = 'Something went wrong on our side; the request-id header finds it in the log.';

/** The error for input that breaks rules: one message for people, and the list for programs. */
export function badUserInput(violations: Violation[]): CallRecordsError {
  return new CallRecordsError('BAD_USER_INPUT', summaryOf(violations), { violations });
}

function summaryOf(violations: readonly Violation[]): string {
  const [first] = violations;
  if (first && violations.length === 1) return formatViolation(first);
  const many = violations.length < ENOUGH_VIOLATIONS ? violations.length : `${ENOUGH_VIOLATIONS} or more`;
  const told = formatViolations(violations, ({ path }) => formatPath(path), ', ');
  return `${many} values are not valid: ${told}`;
}

/**
 * Runs a check and collects the violations that it throws, so that one error can report those of several checks. `told`
 * gives each violation its path in the whole input.
 */
export function gather<Value>(
  violations: Violation[],
  check: () => Value,
  told: (violation: Violation) => Violation = (violation) => violation,
): Value | undefined {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof CallRecordsError) || !error.violations) throw error;
    // One by one: there may be more violations than a call takes arguments.
    for (const violation of error.violations) violations.push(told(violation));
    return undefined;
  }
}

/** Violations as text: the first 100, and how many more there are. */
export function formatViolations(
  violations: readonly Violation[],
  format: (violation: Violation) => string = formatViolation,
  separator = ' ',
): string {
  const told = violations.slice(0, MAX_VIOLATIONS).map(format).join(separator);
  if (violations.length <= MAX_VIOLATIONS) return told;
  const isAll = violations.length < ENOUGH_VIOLATIONS;
  return `${told} and ${Math.min(violations.length, ENOUGH_VIOLATIONS) - MAX_VIOLATIONS} ${isAll ? 'more' : 'or more'}`;
}

/** A violation as text: where, and how to fix it. */
export function formatViolation({ path, message }: Violation): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/** A path in the form that people write: `participants[0].user.id`. */
export function formatPath(path: (string | number)[]): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
