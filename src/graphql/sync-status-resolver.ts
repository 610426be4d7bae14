import 'reflect-metadata';
import { Ctx, Directive, Query, Resolver } from 'type-graphql';
import { requireReadAll } from '../auth/caller.js';
import { SyncStatus } from '../domain/sync-status.js';
import type { GraphQLContext } from './context.js';

@Resolver(() => SyncStatus)
export class SyncStatusResolver {
  @Query(() => SyncStatus, {
    nullable: true,
    description:
      'How far the records of Microsoft Graph have been fetched; null where this server fetches none. Needs CallRecords.Read.All.',
  })
  @Directive('@cost(weight: 5)')
  async syncStatus(@Ctx() context: GraphQLContext): Promise<SyncStatus | null> {
    requireReadAll(context.caller);
    await context.spend(1);
    return (await context.readSyncStatus?.()) ?? null;
  }
}
