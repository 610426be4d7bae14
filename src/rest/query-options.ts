import { badUserInput, CallRecordsError, gather, type Violation } from '../domain/errors.js';
import {
  type CallRecordFilter,
  type CallRecordOrder,
  CallRecordOrderField,
  DEFAULT_ORDER,
  OrderDirection,
} from '../domain/filter.js';
import type { Limits } from '../domain/limits.js';
import { type PageRequest, parsePage } from '../domain/page.js';
import { checkFilter } from '../store/filter.js';
import { parseFilter } from './filter-parser.js';

/** System query options by name with the `$`, percent-decoded. */
export type QueryOptions = ReadonlyMap<string, string>;

/** Records of a page where the client names no size: as in Microsoft Graph. */
export const DEFAULT_TOP = 60;
/** Participants of a page, inside of a record or by themselves: as in Microsoft Graph. */
export const PARTICIPANTS_PAGE = 130;
/** Sessions of a page, likewise. */
export const SESSIONS_PAGE = 60;

/** What every path takes. */
const ALWAYS = ['$format'];
/** OData's own names, which 4.01 lets clients write without the `$`. */
const SYSTEM_OPTIONS = new Set(
  'apply compute count deltatoken expand filter format index levels orderby schemaversion search select skip skiptoken top'
    .split(' ')
    .map((name) => `$${name}`),
);

/** Properties of a record that `$select` takes; a record may carry more, which come whenever nothing is selected. */
export const SELECTABLE = [
  ...['id', 'version', 'type', 'modalities', 'startDateTime', 'endDateTime', 'lastModifiedDateTime', 'joinWebUrl'],
  ...['organizer', 'participants', 'organizer_v2', 'participants_v2'],
] as const;
export const PARTICIPANT_PROPERTIES = ['id', 'identity', 'administrativeUnitInfos'] as const;
export const SESSION_PROPERTIES = [
  ...['id', 'caller', 'callee', 'startDateTime', 'endDateTime', 'modalities', 'isTest', 'failureInfo'],
] as const;
export const SESSIONS = 'sessions';
export const SESSIONS_WITH_SEGMENTS = 'sessions($expand=segments)';
/** What `$expand` takes in a list, and of a single record. */
export const EXPANDABLE_IN_LISTS = ['organizer_v2', 'participants_v2'] as const;
export const EXPANDABLE = [...EXPANDABLE_IN_LISTS, SESSIONS, SESSIONS_WITH_SEGMENTS] as const;
export const ORDERABLE = [
  CallRecordOrderField.START_DATE_TIME,
  CallRecordOrderField.END_DATE_TIME,
  CallRecordOrderField.LAST_MODIFIED_DATE_TIME,
] as const;

/**
 * Reads the query string of a request (OData 4.01, URL Conventions 5). Throws `BAD_USER_INPUT` for an option that the path
 * does not support, one given twice, and what is left of one whose `$name` a shell has taken for a variable.
 */
export function readQueryOptions(query: string, supported: readonly string[]): QueryOptions {
  const options = new Map<string, string>();
  const violations: Violation[] = [];
  for (const [written, value] of readPairs(query)) {
    const name = nameOf(written);
    const refusal = refuse(written, name, [...supported, ...ALWAYS], options.has(name));
    if (refusal) violations.push(refusal);
    else if (name.startsWith('$')) options.set(name, value);
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

/** Names of system options in lower case with the `$`, others as they are. */
function nameOf(written: string): string {
  const name = written.trim().toLowerCase();
  return SYSTEM_OPTIONS.has(`$${name}`) ? `$${name}` : name;
}

function refuse(written: string, name: string, supported: string[], isRepeated: boolean): Violation | null {
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
  return refusal('option', `Not supported here; supported are ${supported.join(', ')}.`);
}

/** What a list of records is asked for with. */
export interface ListOptions {
  filter: CallRecordFilter | null;
  order: CallRecordOrder;
  page: PageRequest;
  count: boolean;
}

/** Reads the options of the collection; every violation comes in one error. */
export function readListOptions(
  options: QueryOptions,
  { maxPageSize }: Limits,
  preferred: number | undefined,
): ListOptions & RecordOptions {
  const violations: Violation[] = [];
  const order = gather(violations, () => readOrder(options.get('$orderby'))) ?? DEFAULT_ORDER;
  const read = {
    filter: gather(violations, () => readFilter(options.get('$filter'))) ?? null,
    order,
    page: gather(violations, () =>
      readPage(options, order, { usual: DEFAULT_TOP, limit: maxPageSize, preferred }),
    ) as PageRequest,
    count: gather(violations, () => readBoolean('$count', options.get('$count'))) ?? false,
    ...(gather(violations, () => readRecordOptions(options, EXPANDABLE_IN_LISTS)) as RecordOptions),
  };
  if (violations.length > 0) throw badUserInput(violations);
  return read;
}

/** What a page of one of a record's parts is asked for with. */
export interface PartOptions extends RecordOptions {
  count: boolean;
  size: number;
  /** The place of the first item in the record. */
  start: number;
}

/** What a part offers, and how the tokens of its next links are read: as a place, or null for a foreign one. */
export interface PartOffer {
  selectable: readonly string[];
  expandable: readonly string[];
  sizes: PageSizes;
  readToken: (token: string) => number | null;
}

/** Reads the options of a part; every violation comes in one error. */
export function readPartOptions(
  options: QueryOptions,
  { selectable, expandable, sizes, readToken }: PartOffer,
): PartOptions {
  const violations: Violation[] = [];
  const read = {
    ...(gather(violations, () => readRecordOptions(options, expandable, selectable)) as RecordOptions),
    count: gather(violations, () => readBoolean('$count', options.get('$count'))) ?? false,
    size: gather(violations, () => readPageSize(options, sizes)) ?? 0,
    start: gather(violations, () => readStart(options.get('$skiptoken'), readToken)) ?? 0,
  };
  if (violations.length > 0) throw badUserInput(violations);
  return read;
}

function readStart(token: string | undefined, readToken: PartOffer['readToken']): number {
  const start = token === undefined ? 0 : readToken(token);
  if (start === null) throw badSkipToken();
  return start;
}

/** Which members of a record are asked for; null: all that come by themselves. */
export interface RecordOptions {
  select: ReadonlySet<string> | null;
  expand: ReadonlySet<string>;
}

export function readRecordOptions(
  options: QueryOptions,
  expandable: readonly string[] = EXPANDABLE,
  selectable: readonly string[] = SELECTABLE,
): RecordOptions {
  const violations: Violation[] = [];
  const read = {
    select: gather(violations, () => readNames('$select', options.get('$select'), selectable)) ?? null,
    expand: gather(violations, () => readNames('$expand', options.get('$expand'), expandable)) ?? new Set<string>(),
  };
  if (violations.length > 0) throw badUserInput(violations);
  return read;
}

/** The names in a list option; null where it is absent or `*`. */
function readNames(option: string, text: string | undefined, known: readonly string[]): Set<string> | null {
  if (text === undefined || (option === '$select' && text.trim() === '*')) return null;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return new Set(names);
  throw badUserInput(
    unknown.map((name) => ({
      path: [option],
      rule: 'unknown',
      message: `${JSON.stringify(name)} is not supported here; supported are ${known.join(', ')}.`,
    })),
  );
}

function readBoolean(option: string, text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw badUserInput([{ path: [option], rule: 'type', message: 'Expected true or false.' }]);
}

/** How large pages may be: without `$top`, at most, and what the client prefers, if anything. */
export interface PageSizes {
  usual: number;
  limit: number;
  preferred: number | undefined;
}

/** The size of a page: `$top` must keep to the limit, the preference is cut to it. */
function readPageSize(options: QueryOptions, { usual, limit, preferred }: PageSizes): number {
  const text = options.get('$top');
  if (text === undefined) return Math.min(preferred ?? usual, limit);
  const top = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(top <= limit)) {
    const message = `Expected a whole number from 0 to ${limit}.`;
    throw badUserInput([{ path: ['$top'], rule: Number.isNaN(top) ? 'type' : 'maximum', message }]);
  }
  return Math.min(top, preferred ?? limit);
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

/** The error for a token that is not one this server put into a next link of this list. */
function badSkipToken(): CallRecordsError {
  const message = 'This is not a token of this list; follow an @odata.nextLink as it came.';
  return badUserInput([{ path: ['$skiptoken'], rule: 'cursor', message }]);
}

function readFilter(text: string | undefined): CallRecordFilter | null {
  if (text === undefined) return null;
  const filter = parseFilter(text);
  try {
    checkFilter(filter);
  } catch (error) {
    if (!(error instanceof CallRecordsError) || !error.violations) throw error;
    // Its paths are those of GraphQL's filter; here all of it is one option.
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
