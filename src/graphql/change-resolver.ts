import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  Info,
  Int,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { requireRead } from '../auth/caller.js';
import { CallRecordChange, CallRecordChangePage, DEFAULT_CHANGES, parseChangeCursor } from '../domain/change.js';
import { pageCost } from '../domain/cost.js';
import { badUserInput, gather, type Violation } from '../domain/errors.js';
import { CallRecordFilter } from '../domain/filter.js';
import { checkFilter } from '../store/query/compile-filter.js';
import type { GraphQLContext } from './context.js';
import { refuse } from './connection.js';
import { readPage } from './live/change-page.js';
import { ChangeReader } from './live/change-reader.js';
import { ChangeSource } from './live/change-source.js';
import type { View } from './live/told-changes.js';
import { columnsOf, LookAhead } from './look-ahead.js';

const AFTER = 'The cursor of the last change received, or an endCursor: all that was committed after it comes, once.';
const FILTER = 'Only records that match: what leaves the filter is DELETED, what comes into it CREATED.';

@ArgsType()
class FollowArgs {
  @Field(() => String, { nullable: true, description: AFTER })
  after?: string | null;

  @Field(() => CallRecordFilter, { nullable: true, description: FILTER })
  filter?: CallRecordFilter | null;
}

@Resolver(() => CallRecordChange)
export class ChangeResolver {
  @Query(() => CallRecordChangePage, {
    description:
      'Changes of the records that the caller may see, in their order: from the oldest that is kept, or after a cursor. Each record comes in its present state, several changes of one as one where they would follow each other.',
  })
  @Directive('@cost(weight: 5)')
  @Directive(
    `@listSize(assumedSize: ${DEFAULT_CHANGES}, slicingArguments: ["first"], sizedFields: ["changes"], requireOneSlicingArgument: false)`,
  )
  async callRecordChanges(
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_CHANGES,
      description: 'Changes at most: 1 to 500 unless the server sets another limit.',
    })
    first: number | null,
    @Args(() => FollowArgs) args: FollowArgs,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CallRecordChangePage> {
    requireRead(context.caller);
    const limit = first ?? Math.min(DEFAULT_CHANGES, context.limits.maxPageSize);
    const selected = LookAhead.of(info).below('changes').below('callRecord');
    const { after, view } = follow(args, context, selected, checkSize(limit, context.limits.maxPageSize));
    await context.spend(pageCost(limit));
    // The source reads more records than it tells. Only told records are noted.
    const { reads, store, changes } = context;
    if (changes) reads?.follow(view.filter);
    const page = await readPage(changes?.store ?? store, { view, after, limit });
    const records = page.changes.filter(({ callRecord }) => callRecord !== null).length;
    if (changes && reads) reads.records += records;
    context.budget?.reach(records);
    return page;
  }

  @Subscription(() => CallRecordChange, {
    description:
      'Changes of the records that the caller may see, as they are committed: from now on, or all after a cursor. A CHECKPOINT comes first, and after 30 s in which nothing else did.',
    subscribe: ({ args, context, info }) => openSource(args as FollowArgs, context as GraphQLContext, info),
  })
  @Directive('@cost(weight: 5)')
  callRecordChanged(
    @Root() change: CallRecordChange | undefined,
    @Args(() => FollowArgs) _args: FollowArgs,
  ): CallRecordChange {
    if (change) return change;
    const transports = 'a WebSocket (graphql-transport-ws), text/event-stream or multipart/mixed;subscriptionSpec=1.0';
    return refuse([], 'transport', `A subscription needs a transport that streams: ${transports}.`);
  }
}

async function openSource(args: FollowArgs, context: GraphQLContext, info: GraphQLResolveInfo): Promise<ChangeSource> {
  requireRead(context.caller);
  const { after, view } = follow(args, context, LookAhead.of(info).below('callRecord'), []);
  await context.spend(1);
  const { reads } = context;
  return ChangeSource.open(context.changes ?? new ChangeReader(context.store), {
    view,
    after,
    ...(reads && { reads }),
  });
}

/** Parses the arguments to a cursor and a view. All violations in them come as one error. */
function follow(
  { after, filter }: FollowArgs,
  { caller, asker }: GraphQLContext,
  selected: LookAhead,
  violations: Violation[],
): { after: bigint | null; view: View } {
  const cursor = gather(violations, () => (after == null ? null : parseChangeCursor(after)));
  gather(violations, () => filter && checkFilter(filter));
  if (cursor === undefined || violations.length > 0) throw badUserInput(violations);
  const view = { visibleTo: caller.visibleTo, filter: filter ?? null, columns: columnsOf(selected), asker };
  return { after: cursor, view };
}

function checkSize(size: number, maximum: number): Violation[] {
  if (size < 1) return [{ path: ['first'], rule: 'minimum', message: 'Must be 1 or more.' }];
  if (size > maximum)
    return [{ path: ['first'], rule: 'maximum', message: `Must not exceed ${maximum} changes a page.` }];
  return [];
}
