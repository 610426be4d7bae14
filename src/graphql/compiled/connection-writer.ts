import { answerTooLarge } from '../../domain/cost.js';
import type { Limits } from '../../domain/limits.js';
import { formatCursor } from '../../domain/page.js';
import type { RawRow } from '../../store/engine/raw-rows.js';
import type { TextPage } from '../../store/query/read-raw-rows.js';
import type { ListQuery } from '../../store/query/read-records.js';
import { type Selected, selectedBelow } from '../look-ahead.js';
import { NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import { objectType, type PlanScope } from './plan.js';
import type { AnswerCache } from './record-json-cache.js';
import { type ReadRecord, type ReadShape, recordWriter } from './record-writer.js';
import type { ReadSessions } from './sessions-writer.js';

/** A page with all parts of its answer. */
export interface Answered extends TextPage {
  list: ListQuery;
  limits: Limits;
  cache: AnswerCache;
  sessions: ReadSessions;
  /** Whether there are records on the far side of the page; false unless asked for. */
  hasOutside: boolean;
  /** 0 unless asked for. */
  totalCount: number;
}

/** The selection below a field that is a list of call records. */
export function connectionFields({ schema, fragments, variables }: PlanScope, { nodes }: Selected): Selected[] {
  return selectedBelow({ schema, fragments, variables }, objectType(schema, 'CallRecordConnection'), nodes);
}

/** Writes the connection of a page. The shape collects the columns to read. */
export function connectionWriter(scope: PlanScope, fields: readonly Selected[], shape: ReadShape): Writer<Answered> {
  return objectWriter('CallRecordConnection', fields, (field) => connectionField(scope, field, shape));
}

/** The selection below the page info. */
export function pageInfoOf(scope: PlanScope, fields: readonly Selected[]): Set<string> {
  const type = objectType(scope.schema, 'PageInfo');
  const infos = fields.filter(({ name }) => name === 'pageInfo');
  return new Set(infos.flatMap(({ nodes }) => selectedBelow(scope, type, nodes)).map(({ name }) => name));
}

function connectionField(scope: PlanScope, field: Selected, shape: ReadShape): Writer<Answered> {
  if (field.name === 'nodes') {
    const write = recordWriter(scope, field, shape);
    return (page) => listOf(page, (row) => write({ row, cache: page.cache, sessions: page.sessions }));
  }
  if (field.name === 'edges') return edgesWriter(scope, field, shape);
  if (field.name === 'pageInfo') return pageInfoWriter(scope, field);
  if (field.name === 'totalCount') return ({ totalCount }) => String(totalCount);
  throw new NotCompiled(`CallRecordConnection.${field.name}`);
}

function edgesWriter(scope: PlanScope, { nodes }: Selected, shape: ReadShape): Writer<Answered> {
  const fields = selectedBelow(scope, objectType(scope.schema, 'CallRecordEdge'), nodes);
  const write = objectWriter<ReadRecord & { list: ListQuery }>('CallRecordEdge', fields, (field) => {
    if (field.name === 'cursor') return ({ row, list }) => cursorOf(list, row);
    if (field.name !== 'node') throw new NotCompiled(`CallRecordEdge.${field.name}`);
    return recordWriter(scope, field, shape);
  });
  return (page) => listOf(page, (row) => write({ row, list: page.list, cache: page.cache, sessions: page.sessions }));
}

/** The items of a page as a list. If the answer becomes too large, writing stops. */
function listOf({ rows, list, limits }: Answered, write: (row: RawRow) => string): string {
  let text = '';
  for (const row of rows) {
    // Not joined here: the sender joins the whole answer.
    text += text === '' ? write(row) : `,${write(row)}`;
    if (text.length <= limits.maxAnswerBytes) continue;
    const error = answerTooLarge(limits);
    list.asker?.end(error);
    throw error;
  }
  return `[${text}]`;
}

function pageInfoWriter(scope: PlanScope, { nodes }: Selected): Writer<Answered> {
  return objectWriter<Answered>(
    'PageInfo',
    selectedBelow(scope, objectType(scope.schema, 'PageInfo'), nodes),
    (field) => {
      const write = PAGE_INFO[field.name];
      if (!write) throw new NotCompiled(`PageInfo.${field.name}`);
      return write;
    },
  );
}

const PAGE_INFO: Record<string, Writer<Answered>> = {
  hasNextPage: ({ list, hasMore, hasOutside }) => String(list.page.fromEnd ? hasOutside : hasMore),
  hasPreviousPage: ({ list, hasMore, hasOutside }) => String(list.page.fromEnd ? hasMore : hasOutside),
  startCursor: ({ list, rows }) => cursorOf(list, rows[0]),
  endCursor: ({ list, rows }) => cursorOf(list, rows.at(-1)),
};

/** Base64 has no characters that JSON escapes. */
function cursorOf({ order }: ListQuery, row: RawRow | undefined): string {
  if (row === undefined) return 'null';
  return `"${formatCursor(order, { value: row.sortValue, id: row.id })}"`;
}
