import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Directive, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { requireRead } from '../auth/caller.js';
import { pageCost } from '../domain/cost.js';
import { identityKey, isGuid, UserIdentity } from '../domain/identity.js';
import { CallRecordConnection } from '../domain/page.js';
import { User } from '../domain/user.js';
import { CallRecordsArgs, type CountedConnection, LIST_SIZE, toConnection, toListQuery } from './connection.js';
import type { GraphQLContext } from './context.js';
import { Pace } from './pace.js';

@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => CallRecordConnection, {
    // If this subgraph refuses or cannot be reached, the user's fields from other subgraphs must stay.
    nullable: true,
    description:
      'The calls this user organized or took part in, as far as the caller may see them; null where they were refused.',
  })
  @Directive(LIST_SIZE)
  callRecords(
    @Root() user: User,
    @Args(() => CallRecordsArgs) args: CallRecordsArgs,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CountedConnection> {
    const connection = () => callRecordsOf(identityKey(user.id), args, context, info);
    return context.budget?.listOfMany(connection) ?? connection();
  }
}

async function callRecordsOf(
  user: string,
  args: CallRecordsArgs,
  context: GraphQLContext,
  info: GraphQLResolveInfo,
): Promise<CountedConnection> {
  const { budget, loaders } = context;
  requireRead(context.caller);
  const list = toListQuery(args, context, info);
  await context.spend(pageCost(list.page.limit));
  const page = await loaders.page(user, list);
  budget?.reach(page.records.length);
  await Pace.shared.admit(page.records.length);
  return toConnection(page, {
    list,
    info,
    hasOutside: (edge) => loaders.outside(user, list, edge),
    count: () => loaders.count(user, list),
  });
}

@Resolver(() => UserIdentity)
export class UserIdentityResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description:
      "The user's account, in the subgraph that owns it; null for those who have none, such as anonymous visitors.",
  })
  account(@Root() identity: UserIdentity): User | null {
    // A key has one spelling, whichever spelling Graph used in this call.
    return typeof identity.id === 'string' && isGuid(identity.id) ? { id: identityKey(identity.id) } : null;
  }
}
