import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Directive, ID, Info, Query, Resolver } from 'type-graphql';
import { requireRead } from '../auth/caller.js';
import type { CallRecord } from '../domain/call-record.js';
import { Node } from '../domain/node.js';
import { pageCost } from '../domain/cost.js';
import { refuse } from './connection.js';
import type { GraphQLContext } from './context.js';
import { columnsOf, LookAhead } from './look-ahead.js';

/** Relay's entry points. A record's id is a GUID, and so its global id; users belong to another subgraph. */
@Resolver(() => Node)
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'An object by its id, for Relay: a call record; null when there is none, or none the caller may see.',
  })
  @Directive('@shareable')
  @Directive('@inaccessible')
  async node(
    @Arg('id', () => ID, { description: 'The id of a call record; compares without regard to case.' }) id: string,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CallRecord | null> {
    requireRead(context.caller);
    await context.spend(1);
    return context.loaders.record(id, columnsOf(LookAhead.of(info, 'CallRecord')));
  }

  @Query(() => [Node], {
    nullable: 'items',
    description: 'Objects by their ids, in the order of these, for Relay; null for each that `node` does not find.',
  })
  @Directive('@shareable')
  @Directive('@inaccessible')
  @Directive('@listSize(assumedSize: 50)')
  async nodes(
    @Arg('ids', () => [ID], { description: 'Up to 500 ids unless the server sets another limit.' }) ids: string[],
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<(CallRecord | null)[]> {
    requireRead(context.caller);
    const { maxPageSize } = context.limits;
    if (ids.length > maxPageSize) refuse(['ids'], 'maximum', `Must not hold more than ${maxPageSize} ids.`);
    await context.spend(pageCost(ids.length));
    return context.loaders.records(ids, columnsOf(LookAhead.of(info, 'CallRecord')));
  }
}
