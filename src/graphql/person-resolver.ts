import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Directive, Info, Int, Query, Resolver } from 'type-graphql';
import { requireRead } from '../auth/caller.js';
import { pageCost } from '../domain/cost.js';
import { DEFAULT_PEOPLE, parsePeopleLimit, Person } from '../domain/person.js';
import type { DescribedPerson } from '../store/query/described-people.js';
import type { GraphQLContext } from './context.js';
import { LookAhead } from './look-ahead.js';

@Resolver(() => Person)
export class PersonResolver {
  @Query(() => [Person], {
    description:
      'People, and all else that takes part in calls, whom the caller may see, those with the most recent calls first: those in whose id, number, name or sign-in name, as in their latest call, the text stands, without regard to case and accents (Unicode). A blank text finds nobody; who has no id is not found.',
  })
  @Directive('@cost(weight: 5)')
  @Directive(`@listSize(assumedSize: ${DEFAULT_PEOPLE}, slicingArguments: ["first"], requireOneSlicingArgument: false)`)
  async people(
    @Arg('search', () => String, { description: 'A part of what people are called; blanks around it do not count.' })
    search: string,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_PEOPLE,
      description: 'How many at most: 0 to 100.',
    })
    first: number | null,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DescribedPerson[]> {
    requireRead(context.caller);
    const limit = parsePeopleLimit(first);
    const counted = LookAhead.of(info).has('callCount');
    await context.spend(pageCost(limit) + (counted ? 1 : 0));
    const { visibleTo } = context.caller;
    return context.store.listPeople({ search, limit, visibleTo, counted, asker: context.asker });
  }

  @Query(() => Person, {
    nullable: true,
    description:
      'The person whose delegated token this is, a USER without names where there are no calls; null for an application.',
  })
  async me(@Ctx() context: GraphQLContext, @Info() info: GraphQLResolveInfo): Promise<DescribedPerson | null> {
    requireRead(context.caller);
    await context.spend(1);
    const { visibleTo } = context.caller;
    return visibleTo === null ? null : context.store.findSelf(visibleTo, LookAhead.of(info).has('callCount'));
  }
}
