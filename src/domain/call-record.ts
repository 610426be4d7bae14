import 'reflect-metadata';
import { Directive, Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import { CallQuality } from './call-quality.js';
import { GraphQLDateTimeOffset, type UtcText } from './date-time.js';
import { CallType, Modality } from './enums.js';
import { IdentitySet, IdentitySetInput } from './identity.js';
import { GraphQLInt64 } from './int64.js';
import { Node } from './node.js';

const JOIN_WEB_URL = 'The meeting URL; occurrences of a recurring meeting share it, most peer-to-peer calls have none.';

/** Microsoft Graph's callRecord: one call or meeting occurrence, after it ended. */
@ObjectType('CallRecord', {
  description:
    'One call or meeting occurrence, known once it has ended (Graph: microsoft.graph.callRecords.callRecord). Later versions may still correct it.',
  simpleResolvers: true,
  implements: Node,
})
@Directive('@key(fields: "id")')
export class CallRecord implements Node {
  @Field(() => ID, { description: 'GUID, lower case; set by the server on create, kept on import.' })
  id!: string;

  @Field(() => GraphQLInt64, {
    description: 'Counts up per record from 1; a higher version supersedes the lower one as a whole.',
  })
  version!: bigint;

  @Field(() => CallType, { description: 'The kind of call.' })
  type!: CallType;

  @Field(() => [Modality], { description: 'The kinds of media used.' })
  @Directive('@listSize(assumedSize: 2)')
  modalities!: Modality[];

  @Field(() => GraphQLDateTimeOffset, { description: 'When the first participant joined.' })
  startDateTime!: UtcText;

  @Field(() => GraphQLDateTimeOffset, { description: 'When the last participant left.' })
  endDateTime!: UtcText;

  @Field(() => Float, { description: 'End minus start in seconds, exact to 100 ns; 0 for an unanswered call.' })
  durationSeconds!: number;

  @Field(() => GraphQLDateTimeOffset, {
    description: "When this version was made: the server's clock on create, Graph's on import.",
  })
  lastModifiedDateTime!: UtcText;

  @Field(() => String, { nullable: true, description: JOIN_WEB_URL })
  joinWebUrl!: string | null;

  @Field(() => IdentitySet, { nullable: true, description: 'Who organized it; need not be among the participants.' })
  organizer!: IdentitySet | null;

  @Field(() => [IdentitySet], { description: 'Who took part, in the order given; all of them, however many.' })
  @Directive('@listSize(assumedSize: 10)')
  participants!: IdentitySet[];

  @Field(() => Int, { description: 'How many participants there are.' })
  participantCount!: number;

  @Field(() => CallQuality, {
    nullable: true,
    description:
      'How good it was over the sessions that the caller may see, as of this version; null: sessions were never fetched.',
  })
  quality!: CallQuality | null;
}

/**
 * The input of a create. Every door coerces to this type, and checks the rules between members with `checkCreateInput`.
 */
@InputType('CreateCallRecordInput', {
  description: 'A call record to create. `id` and `lastModifiedDateTime` are set by the server.',
})
export class CreateCallRecordInput {
  @Field(() => GraphQLInt64, { description: 'The version, from 1 to 2^63-1.' })
  version!: bigint;

  @Field(() => CallType, { description: 'The kind of call; groupCall requires joinWebUrl.' })
  type!: CallType;

  @Field(() => [Modality], { description: 'The kinds of media used; may be empty, repeats are dropped.' })
  modalities!: Modality[];

  @Field(() => GraphQLDateTimeOffset, { description: 'When the first participant joined.' })
  startDateTime!: UtcText;

  @Field(() => GraphQLDateTimeOffset, { description: 'When the last participant left; not before startDateTime.' })
  endDateTime!: UtcText;

  @Field(() => String, {
    nullable: true,
    description: `${JOIN_WEB_URL} Required for a groupCall; an absolute http or https URL of up to 4,096 characters.`,
  })
  joinWebUrl?: string | null;

  @Field(() => IdentitySetInput, { description: 'Who organized it.' })
  organizer!: IdentitySetInput;

  @Field(() => [IdentitySetInput], { description: 'Who took part, in order; may be empty.' })
  participants!: IdentitySetInput[];
}

/** A record that exists elsewhere: what Graph omits or sends as null may be missing or null. */
@InputType('CallRecordImport', {
  description:
    'A call record that exists in Microsoft Graph already: its id and version are kept. What Graph omits or nulls may be omitted or null.',
})
export class CallRecordImport {
  @Field(() => ID, { description: "Graph's id, a GUID of any case." })
  id!: string;

  @Field(() => GraphQLInt64, { description: 'The version, from 1 to 2^63-1.' })
  version!: bigint;

  @Field(() => CallType, { nullable: true, description: 'The kind of call; unknown if omitted.' })
  type?: CallType | null;

  @Field(() => [Modality], { nullable: true, description: 'The kinds of media used; none if omitted.' })
  modalities?: Modality[] | null;

  @Field(() => GraphQLDateTimeOffset, { description: 'When the first participant joined.' })
  startDateTime!: UtcText;

  @Field(() => GraphQLDateTimeOffset, {
    description: 'When the last participant left; kept as it is, even before the start.',
  })
  endDateTime!: UtcText;

  @Field(() => GraphQLDateTimeOffset, {
    nullable: true,
    description: "Graph's time of this version; the server's clock if omitted.",
  })
  lastModifiedDateTime?: UtcText | null;

  @Field(() => String, { nullable: true, description: JOIN_WEB_URL })
  joinWebUrl?: string | null;

  @Field(() => IdentitySetInput, {
    nullable: true,
    description: 'Who organized it; omitted or null: not fetched, what is stored stays.',
  })
  organizer?: IdentitySetInput | null;

  @Field(() => [IdentitySetInput], {
    nullable: true,
    description: 'Who took part, in order; omitted, null or empty: not fetched, what is stored stays.',
  })
  participants?: IdentitySetInput[] | null;
}

/** The counts in the response to an import. */
@ObjectType('ImportCallRecordsPayload', {
  description: 'What an import did; the three counts add up to the records sent.',
  simpleResolvers: true,
})
export class ImportCallRecordsPayload {
  @Field(() => Int, { description: 'Records not known before.' })
  created!: number;

  @Field(() => Int, { description: 'Records superseded by a higher version, or completed.' })
  updated!: number;

  @Field(() => Int, { description: 'Records stored already in this version or a higher one.' })
  unchanged!: number;
}
