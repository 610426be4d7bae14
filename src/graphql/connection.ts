import 'reflect-metadata';
import { type FieldNode, type GraphQLResolveInfo, Kind } from 'graphql';
import { ArgsType, Field, Int } from 'type-graphql';
import { badUserInput, gather, type Violation } from '../domain/errors.js';
import { CallRecordFilter, CallRecordOrder, DEFAULT_ORDER } from '../domain/filter.js';
import {
  type CallRecordConnection,
  DEFAULT_PAGE_SIZE,
  formatCursor,
  parsePage,
  type Position,
} from '../domain/page.js';
import { checkFilter } from '../store/query/compile-filter.js';
import type { ListQuery, Page } from '../store/query/read-records.js';
import type { GraphQLContext } from './context.js';
import { columnsOf, LookAhead } from './look-ahead.js';

/** The arguments of every list of call records. */
@ArgsType()
export class CallRecordsArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_PAGE_SIZE,
    description: 'Records from the start of the list, or after `after`: 0 to 500 unless the server sets another limit.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only records after this cursor of the same order.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Records from the end of the list, or before `before`, in the same order; not together with `first`.',
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only records before this cursor of the same order.' })
  before?: string | null;

  @Field(() => CallRecordFilter, { nullable: true, description: 'Only records that match.' })
  filter?: CallRecordFilter | null;

  @Field(() => CallRecordOrder, { nullable: true, description: 'Newest start first unless given.' })
  orderBy?: CallRecordOrder | null;
}

/** A connection that can count the whole list of its page. */
export interface CountedConnection extends Omit<CallRecordConnection, 'totalCount'> {
  count: () => Promise<number>;
}

/** The store's query for a list field. All violations in the arguments come as one error. */
export function toListQuery(args: CallRecordsArgs, context: GraphQLContext, info: GraphQLResolveInfo): ListQuery {
  const selected = LookAhead.of(info);
  const columns = columnsOf(selected.below('nodes'), selected.below('edges').below('node'));
  return { ...listOf(args, context, isFirstGiven(info.fieldNodes[0], info.variableValues)), columns };
}

/** The query of a list's arguments. `isFirstGiven`: whether the client sent `first`, instead of leaving its default. */
export function listOf(
  args: CallRecordsArgs,
  { caller, asker, limits }: GraphQLContext,
  isFirstGiven: boolean,
): Omit<ListQuery, 'columns'> {
  const order = args.orderBy ?? DEFAULT_ORDER;
  const violations: Violation[] = [];
  const first = isFirstGiven ? args.first : null;
  const page = gather(violations, () => parsePage({ ...args, first }, order, limits.maxPageSize));
  gather(violations, () => args.filter && checkFilter(args.filter));
  if (!page || violations.length > 0) throw badUserInput(violations);
  return { filter: args.filter ?? null, visibleTo: caller.visibleTo, asker, order, page };
}

/** Whether the client sent `first`. If not, it has the schema's default; only the document tells the two apart. */
export function isFirstGiven(node: FieldNode | undefined, variables: { [name: string]: unknown }): boolean {
  const value = node?.arguments?.find((argument) => argument.name.value === 'first')?.value;
  if (!value || value.kind === Kind.NULL) return false;
  if (value.kind !== Kind.VARIABLE) return true;
  // A variable may have any name, and a value or none.
  const name = value.name.value;
  return Object.hasOwn(variables, name) && variables[name] != null;
}

interface Asking {
  list: ListQuery;
  info: GraphQLResolveInfo;
  hasOutside: (edge: Position) => Promise<boolean>;
  count: () => Promise<number>;
}

/** The page as a Relay connection. Records outside the page are searched for only if asked for. */
export async function toConnection(page: Page, { list, info, hasOutside, count }: Asking): Promise<CountedConnection> {
  const { fromEnd, after, before } = list.page;
  const edge = fromEnd ? before : after;
  const asked = LookAhead.of(info)
    .below('pageInfo')
    .has(fromEnd ? 'hasNextPage' : 'hasPreviousPage');
  const outside = edge !== null && asked && (await hasOutside(edge));
  const edges = page.records.map((node, index) => ({
    node,
    cursor: formatCursor(list.order, page.positions[index] as Position),
  }));
  return {
    edges,
    nodes: page.records,
    pageInfo: {
      hasNextPage: fromEnd ? outside : page.hasMore,
      hasPreviousPage: fromEnd ? page.hasMore : outside,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count,
  };
}

/** Refuses an argument, naming the rule that it breaks. */
export function refuse(path: (string | number)[], rule: string, message: string): never {
  throw badUserInput([{ path, rule, message }]);
}

/**
 * The size of a list of records, for gateways that estimate costs before they plan. No slicing argument is required:
 * `first` has a default, and `last` may be given beside it.
 */
export const LIST_SIZE = `@listSize(assumedSize: ${DEFAULT_PAGE_SIZE}, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)`;
