import 'reflect-metadata';
import { Field, Int, ObjectType, Directive } from 'type-graphql';
import { CallRecord } from './call-record.js';
import { parseDateTime } from './date-time.js';
import { badUserInput, type Violation } from './errors.js';
import { type CallRecordOrder, CallRecordOrderField } from './filter.js';
import { isGuid } from './identity.js';
import { parseInt64 } from './int64.js';

@ObjectType('PageInfo', { description: 'Where a page stands in its list (Relay: PageInfo).', simpleResolvers: true })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are records after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there are records before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first record; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last record; null on an empty page.' })
  endCursor!: string | null;
}

@ObjectType('CallRecordEdge', { description: 'A record in a list, with its cursor.', simpleResolvers: true })
export class CallRecordEdge {
  @Field(() => CallRecord, { description: 'The record.' })
  node!: CallRecord;

  @Field(() => String, { description: 'Opaque; for `after` and `before` in the same order.' })
  cursor!: string;
}

/** Records of a page without `first` and `last`. */
export const DEFAULT_PAGE_SIZE = 50;
const PAGE_SIZE = `@listSize(assumedSize: ${DEFAULT_PAGE_SIZE})`;

/** One page of records. `totalCount` has a field resolver, so that it costs nothing unless it is asked for. */
@ObjectType('CallRecordConnection', { description: 'A page of records (Relay: connection).', simpleResolvers: true })
export class CallRecordConnection {
  @Field(() => [CallRecordEdge], { description: 'The records of this page with their cursors.' })
  @Directive(PAGE_SIZE)
  edges!: CallRecordEdge[];

  @Field(() => [CallRecord], { description: 'The records of this page.' })
  @Directive(PAGE_SIZE)
  nodes!: CallRecord[];

  @Field(() => PageInfo, { description: 'Where this page stands.' })
  pageInfo!: PageInfo;

  @Field(() => Int, { description: 'How many records match in all; counted only when asked for.' })
  @Directive('@cost(weight: 5)')
  totalCount!: number;
}

/** The place of a record in an order: its value in the ordered field, and its id. */
export interface Position {
  value: string;
  id: string;
}

/** The page that was asked for: `limit` records from the start or from the end, between two positions. */
export interface PageRequest {
  limit: number;
  fromEnd: boolean;
  after: Position | null;
  before: Position | null;
}

export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** Reads Relay's arguments; one error reports everything that is wrong with them. */
export function parsePage(page: PageArguments, order: CallRecordOrder, maximum: number): PageRequest {
  const violations: Violation[] = [];
  const fromEnd = page.last != null;
  // The schema gives `first` a default, so only another value shows that the client sent both.
  if (page.first != null && page.last != null) {
    violations.push({ path: ['last'], rule: 'exclusive', message: 'Give first or last, not both.' });
  }
  for (const name of ['first', 'last'] as const) checkSize(name, page[name], maximum, violations);
  const after = readCursor('after', page.after, order, violations);
  const before = readCursor('before', page.before, order, violations);
  if (violations.length > 0) throw badUserInput(violations);
  return { limit: page.last ?? page.first ?? Math.min(DEFAULT_PAGE_SIZE, maximum), fromEnd, after, before };
}

function checkSize(name: string, size: number | null | undefined, maximum: number, violations: Violation[]): void {
  if (size == null) return;
  if (size < 0) violations.push({ path: [name], rule: 'minimum', message: 'Must not be negative.' });
  if (size > maximum)
    violations.push({ path: [name], rule: 'maximum', message: `Must not exceed ${maximum} records a page.` });
}

/** The cursor of a record. It is opaque to clients, and valid only in the order it was made for. */
export function formatCursor(order: CallRecordOrder, position: Position): string {
  return Buffer.from(`${orderMark(order)}|${position.value}|${position.id}`).toString('base64url');
}

function readCursor(
  name: string,
  cursor: string | null | undefined,
  order: CallRecordOrder,
  violations: Violation[],
): Position | null {
  if (cursor == null) return null;
  const [mark = '', value = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
  const position = { value, id };
  // Decoding base64 ignores characters that do not belong to it. Only the exact text that we would write is a cursor.
  if (isPosition(order, position) && formatCursor(order, position) === cursor) return position;
  const known = /^[SELD][ad]$/.test(mark) && mark !== orderMark(order);
  violations.push({
    path: [name],
    rule: 'cursor',
    message: known
      ? 'This cursor belongs to another order; use cursors with the orderBy they were made with.'
      : 'This is not a cursor of this list; pass on an endCursor, startCursor or edge cursor as it came.',
  });
  return null;
}

/** Whether a stored record could have this position: with an id in lower case, and the value as it is stored. */
function isPosition({ field }: CallRecordOrder, { value, id }: Position): boolean {
  if (!isGuid(id) || id !== id.toLowerCase()) return false;
  try {
    const stored = field === CallRecordOrderField.DURATION ? String(parseInt64(value)) : parseDateTime(`${value}Z`);
    return stored === value;
  } catch {
    return false;
  }
}

const MARKS: Record<CallRecordOrderField, string> = {
  [CallRecordOrderField.START_DATE_TIME]: 'S',
  [CallRecordOrderField.END_DATE_TIME]: 'E',
  [CallRecordOrderField.LAST_MODIFIED_DATE_TIME]: 'L',
  [CallRecordOrderField.DURATION]: 'D',
};

function orderMark(order: CallRecordOrder): string {
  return `${MARKS[order.field]}${order.direction.charAt(0)}`;
}
