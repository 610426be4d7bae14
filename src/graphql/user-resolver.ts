import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Directive, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { requireRead } from '../auth/caller.js';
import { identityKey } from '../domain/identity.js';
import { CallRecordConnection, pageCost } from '../domain/page.js';
import { User } from '../domain/user.js';
import { CallRecordsArgs, type CountedConnection, LIST_SIZE, toConnection, toListQuery } from './connection.js';
import type { GraphQLContext } from './context.js';
import { Pace } from './pace.js';

@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => CallRecordConnection, {
    description: 'The calls this user organized or took part in, as far as the caller may see them.',
  })
  @Directive(LIST_SIZE)
  async callRecords(
    @Root() user: User,
    @Args(() => CallRecordsArgs) args: CallRecordsArgs,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CountedConnection> {
    requireRead(context.caller);
    const list = toListQuery(args, context, info);
    await context.spend(pageCost(list.page.limit));
    const id = identityKey(user.id);
    const page = await context.loaders.page(id, list);
    await Pace.of(context).admit(page.records.length);
    return toConnection(page, {
      list,
      info,
      hasOutside: (edge) => context.loaders.outside(id, list, edge),
      count: () => context.loaders.count(id, list),
    });
  }
}
