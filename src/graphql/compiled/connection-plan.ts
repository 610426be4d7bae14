import { locatedError } from 'graphql';
import { requireRead } from '../../auth/caller.js';
import { answerTooLarge, pageCost } from '../../domain/cost.js';
import { formatCursor } from '../../domain/page.js';
import type { Limits } from '../../domain/limits.js';
import type { ListQuery } from '../../store/query/read-records.js';
import type { RawRow } from '../../store/engine/raw-rows.js';
import type { TextPage } from '../../store/query/read-raw-rows.js';
import { type CallRecordsArgs, isFirstGiven, listOf as toList } from '../connection.js';
import type { GraphQLContext } from '../context.js';
import { NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import { argumentsReader, objectType, type Plan, type PlanScope, type Root } from './plan.js';
import { ReadShape, type ReadRecord, recordWriter } from './record-writer.js';
import type { AnswerCache } from './record-json-cache.js';
import type { ReadSessions } from './sessions-writer.js';
import { type Selected, selectedBelow } from '../look-ahead.js';

/** A page with all that the answer says of it. */
interface Answered extends TextPage {
  list: ListQuery;
  limits: Limits;
  cache: AnswerCache;
  sessions: ReadSessions;
  /** Whether anything lies on the far side of the page; false unless asked for. */
  hasOutside: boolean;
  /** 0 unless asked for. */
  totalCount: number;
}

/** `callRecords`, as `CallRecordResolver` and `toConnection` answer it. */
export function connectionPlan(root: Root): Plan {
  const fields = selectedBelow(root.scope, objectType(root.scope.schema, 'CallRecordConnection'), root.selected.nodes);
  const shape = new ReadShape();
  const asked = new Asked(root, fields);
  const write = objectWriter<Answered>('CallRecordConnection', fields, (field) =>
    connectionField(root.scope, field, shape),
  );
  const readArguments = argumentsReader<CallRecordsArgs>(root);
  return (request) => {
    const { context, variables } = request;
    const args = readArguments(request);
    const records = Math.max(args.first ?? 0, args.last ?? 0);
    shape.requireReach(request, records);
    return async () => {
      requireRead(context.caller);
      const { columns } = shape;
      const list = { ...toList(args, context, isFirstGiven(root.selected.nodes[0], variables)), columns };
      await context.spend(pageCost(list.page.limit));
      const cache = shape.cacheFor(request, root.scope.cache);
      const page = await context.store.listTexts(list, cache.has);
      const sessions = await shape.readSessions(request, page.rows);
      return write({ ...page, list, limits: context.limits, cache, sessions, ...(await asked.beside(list, context)) });
    };
  };
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

/** The items of a page as a list; an answer that is too large is not written to its end. */
function listOf({ rows, list, limits }: Answered, write: (row: RawRow) => string): string {
  let text = '';
  for (const row of rows) {
    // Not joined: whoever sends the answer joins all of it.
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

/** Base64 holds nothing that JSON escapes. */
function cursorOf({ order }: ListQuery, row: RawRow | undefined): string {
  if (row === undefined) return 'null';
  return `"${formatCursor(order, { value: row.sortValue, id: row.id })}"`;
}

/** What is asked of a page beside its records, each of which costs a statement. */
class Asked {
  private readonly count: Selected | undefined;
  private readonly pageInfo: Set<string>;

  constructor(
    private readonly root: Root,
    fields: Selected[],
  ) {
    const { scope } = root;
    this.count = fields.find(({ name }) => name === 'totalCount');
    const type = objectType(scope.schema, 'PageInfo');
    const infos = fields.filter(({ name }) => name === 'pageInfo');
    this.pageInfo = new Set(infos.flatMap(({ nodes }) => selectedBelow(scope, type, nodes)).map(({ name }) => name));
  }

  async beside(list: ListQuery, { store }: GraphQLContext): Promise<Pick<Answered, 'hasOutside' | 'totalCount'>> {
    const { fromEnd, after, before } = list.page;
    const edge = fromEnd ? before : after;
    const asksOutside = edge !== null && this.pageInfo.has(fromEnd ? 'hasNextPage' : 'hasPreviousPage');
    return {
      hasOutside: asksOutside && (await store.hasOutside(list, edge)),
      totalCount: this.count ? await this.counted(this.count, () => store.count(list)) : 0,
    };
  }

  /** A count that fails is an error of its own field. */
  private async counted({ key, nodes }: Selected, count: () => Promise<number>): Promise<number> {
    try {
      return await count();
    } catch (error) {
      throw locatedError(error, nodes, [this.root.selected.key, key]);
    }
  }
}
