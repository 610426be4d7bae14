import { badUserInput, CallRecordsError, gather, type Violation } from '../domain/errors.js';
import {
  type CallRecordFilter,
  type CallRecordOrder,
  CallRecordOrderField,
  DEFAULT_ORDER,
  OrderDirection,
} from '../domain/filter.js';
import type { Limits } from '../domain/limits.js';
import { pageCost } from '../domain/cost.js';
import { type PageRequest, parsePage } from '../domain/page.js';
import { checkFilter } from '../store/query/compile-filter.js';
import { readShape, type Shape } from './expand.js';
import { parseFilter } from './filter-parser.js';
import { type Offer, RECORD, SESSIONS } from './offers.js';

/** System query options, percent-decoded, by name with the `$`. */
export type QueryOptions = ReadonlyMap<string, string>;

/** Records of a page if the client names no size; as in Microsoft Graph. */
export const DEFAULT_TOP = 60;
/** Participants of a page, in a record or by themselves; as in Microsoft Graph. */
export const PARTICIPANTS_PAGE = 130;
/** Sessions of a page, in a record or by themselves. */
export const SESSIONS_PAGE = 60;
/** Segments of a page by themselves. In a session all its segments are sent. */
export const SEGMENTS_PAGE = 60;
/** The most records of a page with their sessions: each may be hundreds of times as long as a record without. */
export const RECORDS_WITH_SESSIONS = 20;

/** Options that are lists of names. Some clients send them once per name; together they are one list. */
const JOINED = new Set(['$select', '$expand']);
/** OData's own options, which 4.01 lets clients write without the `$`. */
const SYSTEM_OPTIONS = new Set(
  'apply compute count deltatoken expand filter format index levels orderby schemaversion search select skip skiptoken top'
    .split(' ')
    .map((name) => `$${name}`),
);

export const ORDERABLE = [
  CallRecordOrderField.START_DATE_TIME,
  CallRecordOrderField.END_DATE_TIME,
  CallRecordOrderField.LAST_MODIFIED_DATE_TIME,
] as const;

/**
 * Reads the query string of a request (OData 4.01, URL Conventions 5). Throws `BAD_USER_INPUT` for an option that the
 * path does not support, and for one that is given twice without being a list of names. It also throws for the rest of
 * an option whose `$name` a shell has replaced as a variable.
 */
export function readQueryOptions(query: string, supported: readonly string[]): QueryOptions {
  const options = new Map<string, string>();
  const violations: Violation[] = [];
  for (const [written, value] of readPairs(query)) {
    const name = nameOf(written);
    const before = options.get(name);
    const refusal = refuse(written, name, supported, before !== undefined && !JOINED.has(name));
    if (refusal) violations.push(refusal);
    else if (name.startsWith('$')) options.set(name, before === undefined ? value : `${before},${value}`);
  }
  if (violations.length > 0) throw badUserInput(violations);
  return options;
}

function readPairs(query: string): [string, string][] {
  const parts = query.split('&').filter((part) => part !== '');
  return parts.map((part) => {
    const equals = part.indexOf('=');
    return equals < 0 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badUserInput([{ path: [], rule: 'encoding', message: 'The query is not percent-encoded UTF-8.' }]);
  }
}

/** System options in lower case with the `$`, other names unchanged. */
function nameOf(written: string): string {
  const name = written.trim().toLowerCase();
  return SYSTEM_OPTIONS.has(`$${name}`) ? `$${name}` : name;
}

function refuse(written: string, name: string, supported: readonly string[], isRepeated: boolean): Violation | null {
  const path = written === '' ? [] : [written];
  const refusal = (rule: string, message: string): Violation => ({ path, rule, message });
  if (name === '' || name.startsWith('('))
    return refusal(
      'option',
      'An option has no name: a shell takes $name in double quotes for a variable; put the URL in single quotes.',
    );
  if (!name.startsWith('$')) return null;
  if (isRepeated) return refusal('option', 'Given more than once.');
  if (supported.includes(name)) return null;
  const others = supported.length === 0 ? 'no option is' : `supported are ${supported.join(', ')}`;
  return refusal('option', `Not supported here; ${others}.`);
}

/** The query options of a list of records. */
export interface ListOptions {
  filter: CallRecordFilter | null;
  order: CallRecordOrder;
  page: PageRequest;
  /** Records to skip before the page begins. */
  skip: number;
  count: boolean;
}

/** Reads the options of the collection; one error reports every violation. */
export function readListOptions(
  options: QueryOptions,
  limits: Limits,
  preferred: number | undefined,
): ListOptions & Shape {
  const violations: Violation[] = [];
  const order = gather(violations, () => readOrder(options.get('$orderby'))) ?? DEFAULT_ORDER;
  const shape = gather(violations, () => readRecordShape(options)) ?? NO_SHAPE;
  const sizes = { usual: DEFAULT_TOP, limit: pageLimit(limits, shape), preferred };
  const read = {
    filter: gather(violations, () => readFilter(options.get('$filter'))) ?? null,
    order,
    page: gather(violations, () => readPage(options, order, sizes)) as PageRequest,
    skip: gather(violations, () => readSkip(options)) ?? 0,
    count: gather(violations, () => readBoolean('$count', options.get('$count'))) ?? false,
    ...shape,
  };
  if (violations.length > 0) throw badUserInput(violations);
  return read;
}

const NO_SHAPE: Shape = { select: null, expand: new Map() };

/** Reads `$select` and `$expand` of records. */
export function readRecordShape(options: QueryOptions): Shape {
  return readShape(options.get('$select'), options.get('$expand'), RECORD);
}

/** A page with sessions has few records, and costs no more than a caller's budget of a second. */
function pageLimit({ maxPageSize, rateLimit }: Limits, { expand }: Shape): number {
  if (!expand.has(SESSIONS)) return maxPageSize;
  const affordable = rateLimit === 0 ? maxPageSize : Math.max(1, rateLimit - listCost(0, true));
  return Math.min(RECORDS_WITH_SESSIONS, affordable, maxPageSize);
}

/** The cost of a page of records. With sessions it is a point for each record that the page may hold. */
export function listCost(limit: number, withSessions: boolean): number {
  return withSessions ? 1 + limit : pageCost(limit);
}

/** The query options of a page of a record's part. */
export interface PartOptions extends Shape {
  count: boolean;
  size: number;
  /** The place in the record of the page's first item. */
  start: number;
}

/**
 * What the items offer, the sizes of pages, and the reader of next links' tokens, which returns a place, or null for a
 * foreign token.
 */
export interface PartPage {
  offer: Offer;
  sizes: PageSizes;
  readToken: (token: string) => number | null;
}

/** Reads the options of a part; one error reports every violation. */
export function readPartOptions(options: QueryOptions, { offer, sizes, readToken }: PartPage): PartOptions {
  const violations: Violation[] = [];
  const read = {
    ...(gather(violations, () => readShape(options.get('$select'), options.get('$expand'), offer)) ?? NO_SHAPE),
    count: gather(violations, () => readBoolean('$count', options.get('$count'))) ?? false,
    size: gather(violations, () => readPageSize(options, sizes)) ?? 0,
    start: gather(violations, () => readStart(options, readToken)) ?? 0,
  };
  if (violations.length > 0) throw badUserInput(violations);
  return read;
}

function readStart(options: QueryOptions, readToken: PartPage['readToken']): number {
  const skip = readSkip(options);
  const token = options.get('$skiptoken');
  const start = token === undefined ? skip : readToken(token);
  if (start === null) throw badSkipToken();
  return start;
}

/** The number of items that `$skip` skips. A next link begins where the page before ended, and has no `$skip`. */
function readSkip(options: QueryOptions): number {
  const text = options.get('$skip');
  if (text === undefined) return 0;
  const refusal = (rule: string, message: string) => badUserInput([{ path: ['$skip'], rule, message }]);
  if (!/^\d{1,15}$/.test(text)) throw refusal('type', 'Expected a whole number from 0 on.');
  if (options.has('$skiptoken')) throw refusal('exclusive', 'Follow an @odata.nextLink as it came, without $skip.');
  return Number(text);
}

function readBoolean(option: string, text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw badUserInput([{ path: [option], rule: 'type', message: 'Expected true or false.' }]);
}

/** The sizes of a page: without `$top`, at most, and the client's preference, if any. */
export interface PageSizes {
  usual: number;
  limit: number;
  preferred: number | undefined;
}

/** The size of a page. `$top` and the preference are cut to the limit, since next links lead on. */
function readPageSize(options: QueryOptions, { usual, limit, preferred }: PageSizes): number {
  const text = options.get('$top');
  if (text === undefined) return Math.min(preferred ?? usual, limit);
  if (!/^\d+$/.test(text))
    throw badUserInput([{ path: ['$top'], rule: 'type', message: 'Expected a whole number from 0 on.' }]);
  return Math.min(Number(text), preferred ?? limit, limit);
}

function readPage(options: QueryOptions, order: CallRecordOrder, sizes: PageSizes): PageRequest {
  const first = readPageSize(options, sizes);
  const token = options.get('$skiptoken');
  try {
    return parsePage({ first, after: token }, order, sizes.limit);
  } catch {
    throw badSkipToken();
  }
}

/** The error for a token that this server did not put into a next link of this list. */
function badSkipToken(): CallRecordsError {
  const message = 'This is not a token of this list; follow an @odata.nextLink as it came.';
  return badUserInput([{ path: ['$skiptoken'], rule: 'cursor', message }]);
}

/** Parses `$filter`; null if there is none. */
export function readFilter(text: string | undefined): CallRecordFilter | null {
  if (text === undefined) return null;
  const filter = parseFilter(text);
  try {
    checkFilter(filter);
  } catch (error) {
    if (!(error instanceof CallRecordsError) || !error.violations) throw error;
    // The paths of its violations are those of GraphQL's filter. Here the whole filter is one option.
    throw badUserInput(error.violations.map((violation) => ({ ...violation, path: ['$filter'] })));
  }
  return filter;
}

function readOrder(text: string | undefined): CallRecordOrder {
  if (text === undefined) return DEFAULT_ORDER;
  const [name, direction = 'asc', ...rest] = text.trim().split(/\s+/);
  const field = ORDERABLE.find((property: string) => property === name);
  const wanted = Object.values(OrderDirection).find((one: string) => one === direction.toLowerCase());
  if (field && wanted && rest.length === 0) return { field, direction: wanted };
  const message = `Expected one of ${ORDERABLE.join(', ')}, and asc or desc.`;
  throw badUserInput([{ path: ['$orderby'], rule: 'enum', message }]);
}
