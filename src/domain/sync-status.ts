import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { GraphQLDateTimeOffset, type UtcText } from './date-time.js';

/** How far the sync with Microsoft Graph has come. */
@ObjectType('SyncStatus', {
  description: 'How far the records of Microsoft Graph have been fetched by this server, and others on its database.',
  simpleResolvers: true,
})
export class SyncStatus {
  @Field(() => GraphQLDateTimeOffset, {
    nullable: true,
    description: 'When the last pass began that came to its end; null before the first.',
  })
  lastSuccessAt!: UtcText | null;

  @Field(() => GraphQLDateTimeOffset, {
    nullable: true,
    description: 'All calls that Graph listed and that began since are stored, but for those that wait or failed.',
  })
  coveredFrom!: UtcText | null;

  @Field(() => GraphQLDateTimeOffset, {
    nullable: true,
    description: 'The end of the same time: when the list was asked for.',
  })
  coveredUntil!: UtcText | null;

  @Field(() => Int, { description: 'Records that are to be fetched, those that Graph does not give yet among them.' })
  waiting!: number;

  @Field(() => Int, { description: 'Records that were refused for good; the next pass tries them again.' })
  failed!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Why the last pass did not come to its end; null where it did.',
  })
  lastError!: string | null;

  @Field(() => GraphQLDateTimeOffset, {
    nullable: true,
    description: 'When the subscription ends by which Graph announces calls; null where there is none.',
  })
  subscriptionExpiresAt!: UtcText | null;
}
