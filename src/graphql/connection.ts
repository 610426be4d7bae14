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

/** A connection that knows how to count what it is a page of. */
export interface CountedConnection extends Omit<CallRecordConnection, 'totalCount'> {
  count: () => Promise<number>;
}

/** What is asked of the store for a list field; every violation in the arguments comes as one error. */
export function toListQuery(args: CallRecordsArgs, context: GraphQLContext, info: GraphQLResolveInfo): ListQuery {
  const selected = LookAhead.of(info);
  const columns = columnsOf(selected.below('nodes'), selected.below('edges').below('node'));
  return { ...listOf(args, context, isFirstGiven(info.fieldNodes[0], info.variableValues)), columns };
}

/** A list as its arguments tell it; `isFirstGiven`: not only by its default. */
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

/** The schema's default stands in for `first` where the client did not send it; only the document tells the two apart. */
export function isFirstGiven(node: FieldNode | undefined, variables: { [name: string]: unknown }): boolean {
  const value = node?.arguments?.find((argument) => argument.name.value === 'first')?.value;
  if (!value || value.kind === Kind.NULL) return false;
  if (value.kind !== Kind.VARIABLE) return true;
  // A variable may have any name, and be given or not.
  const name = value.name.value;
  return Object.hasOwn(variables, name) && variables[name] != null;
}

interface Asking {
  list: ListQuery;
  info: GraphQLResolveInfo;
  hasOutside: (edge: Position) => Promise<boolean>;
  count: () => Promise<number>;
}

/** The page as a Relay connection. What lies on the far side of it is looked up only if asked for. */
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

/** Refuses an argument by the rule it breaks. */
export function refuse(path: (string | number)[], rule: string, message: string): never {
  throw badUserInput([{ path, rule, message }]);
}

/**
 * How large a list of records is, for gateways that estimate costs before they plan. Not one slicing argument is
 * required: `first` has a default, beside which `last` may be given.
 */
export const LIST_SIZE = `@listSize(assumedSize: ${DEFAULT_PAGE_SIZE}, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)`;
