import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  Info,
  Int,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { MEMBER_COST, STATISTICS_COST } from '../domain/cost.js';
import { badUserInput, gather, type Violation } from '../domain/errors.js';
import { CallRecordFilter } from '../domain/filter.js';
import {
  DEFAULT_MINIMUM_STREAMS,
  parseMinimumStreams,
  poorShareOf,
  QualityDimension,
  QualityGroup,
} from '../domain/quality-groups.js';
import {
  CallRecordStatistics,
  DEFAULT_GROUPS,
  meanSeconds,
  OrganizerCount,
  parseGroups,
  ParticipantCount,
} from '../domain/statistics.js';
import { TimeInterval } from '../domain/time-buckets.js';
import type { Selection } from '../store/query/index-conditions.js';
import type { Role } from '../store/statistics/tallied-records.js';
import type { GraphQLContext } from './context.js';
import { LookAhead } from './look-ahead.js';
import { readStatistics, shapeOf, type StatisticsArguments, type Told } from './statistics.js';

const GROUPS = `@listSize(assumedSize: ${DEFAULT_GROUPS}, slicingArguments: ["first"], requireOneSlicingArgument: false)`;
const COST = `@cost(weight: ${MEMBER_COST})`;
const FIRST = 'How many at most: 0 to 100.';

@ArgsType()
class StatisticsArgs implements StatisticsArguments {
  @Field(() => CallRecordFilter, { nullable: true, description: 'Only records that match.' })
  filter?: CallRecordFilter | null;

  @Field(() => TimeInterval, { nullable: true, description: 'Into what `buckets` cut time.' })
  interval?: TimeInterval | null;

  @Field(() => String, {
    nullable: true,
    defaultValue: 'UTC',
    description:
      'Whose wall clock `buckets` and `hoursOfWeek` go by: a name of the IANA time zone database, such as Europe/Berlin.',
  })
  timeZone?: string | null;
}

@ArgsType()
class QualityByArgs {
  @Field(() => QualityDimension, { description: 'What streams are grouped by.' })
  dimension!: QualityDimension;

  @Field(() => Int, { nullable: true, defaultValue: DEFAULT_GROUPS, description: FIRST })
  first?: number | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_MINIMUM_STREAMS,
    description: 'Groups of fewer streams, those that could not be judged included, are left out.',
  })
  minimumStreams?: number | null;
}

@Resolver(() => CallRecordStatistics)
export class StatisticsResolver {
  @Query(() => CallRecordStatistics, {
    description:
      'What the records that match, and that the caller may see, tell together: exact, and computed only as far as it is asked for.',
  })
  @Directive(`@cost(weight: ${STATISTICS_COST})`)
  callRecordStatistics(
    @Args(() => StatisticsArgs) args: StatisticsArgs,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Told> {
    return once(context, () => readStatistics(args, shapeOf(LookAhead.of(info)), context));
  }

  @FieldResolver(() => Int, {
    description: 'How many different participants, each a kind and an id; who has no id does not count.',
  })
  @Directive(COST)
  distinctParticipants(@Root() { selection }: Told, @Ctx() context: GraphQLContext): Promise<number> {
    return costly(context, () => context.store.statistics.participants(selection));
  }

  @FieldResolver(() => [OrganizerCount], {
    description:
      'Who organized most calls, each a kind and an id: most calls first, then by id and kind in the order of their characters.',
  })
  @Directive(COST)
  @Directive(GROUPS)
  topOrganizers(
    @Root() { selection }: Told,
    @Arg('first', () => Int, { nullable: true, defaultValue: DEFAULT_GROUPS, description: FIRST }) first: number | null,
    @Ctx() context: GraphQLContext,
  ): Promise<OrganizerCount[]> {
    return costly(context, async () => {
      const top = await topOf({ selection, role: 'organizer', first }, context);
      return top.map(({ set, ...counts }) => ({ organizer: set, ...counts }));
    });
  }

  @FieldResolver(() => [ParticipantCount], {
    description:
      'Who took part in most calls, each a kind and an id: most calls first, then by id and kind in the order of their characters. Who is named twice in a call counts once.',
  })
  @Directive(COST)
  @Directive(GROUPS)
  topParticipants(
    @Root() { selection }: Told,
    @Arg('first', () => Int, { nullable: true, defaultValue: DEFAULT_GROUPS, description: FIRST }) first: number | null,
    @Ctx() context: GraphQLContext,
  ): Promise<ParticipantCount[]> {
    return costly(context, async () => {
      const top = await topOf({ selection, role: 'participants', first }, context);
      return top.map(({ set, ...counts }) => ({ participant: set, ...counts }));
    });
  }

  @FieldResolver(() => [QualityGroup], {
    description:
      "The streams of these calls by a property of them, or of the person's side: the caller's, and in a call between two the callee's besides, where each stream counts once for either. Most poor streams first, then by value in the order of its characters, null last. Of a delegated caller, those of the own sessions.",
  })
  @Directive(COST)
  @Directive(GROUPS)
  qualityBy(
    @Root() { selection }: Told,
    @Args(() => QualityByArgs) { dimension, first, minimumStreams }: QualityByArgs,
    @Ctx() context: GraphQLContext,
  ): Promise<QualityGroup[]> {
    return costly(context, async () => {
      const violations: Violation[] = [];
      const limit = gather(violations, () => parseGroups(first));
      const least = gather(violations, () => parseMinimumStreams(minimumStreams));
      if (limit === undefined || least === undefined) throw badUserInput(violations);
      const groups = await context.store.statistics.streams(selection, { dimension, limit, minimumStreams: least });
      return groups.map((group) => ({ ...group, poorShare: poorShareOf(group) }));
    });
  }
}

interface AskedPeople {
  selection: Selection;
  role: Role;
  first: number | null;
}

/** The people in most calls in a role. */
async function topOf({ selection, role, first }: AskedPeople, { store }: GraphQLContext) {
  const people = await store.statistics.top(selection, { role, limit: parseGroups(first) });
  return people.map(({ set, count, ticks }) => ({ set, count, totalDurationSeconds: meanSeconds(ticks, 1) }));
}

function once<Value>({ budget }: GraphQLContext, read: () => Promise<Value>): Promise<Value> {
  return budget?.field(read) ?? read();
}

function costly<Value>(context: GraphQLContext, read: () => Promise<Value>): Promise<Value> {
  return once(context, async () => {
    await context.spend(MEMBER_COST);
    return read();
  });
}
