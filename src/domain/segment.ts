import 'reflect-metadata';
import { Directive, Field, Float, ID, ObjectType } from 'type-graphql';
import { GraphQLDateTimeOffset, readDateTime, ticksBetween, toSeconds, type UtcText } from './date-time.js';
import { Endpoint } from './endpoint.js';
import { assumedSize, Member, Text, WITH_THE_SESSION } from './graph-field.js';
import { FromJson, type JsonMembers, type JsonSource } from './json-source.js';
import { Media } from './media.js';
import { FailureStage } from './session-enums.js';

/** Graph's failureInfo. */
@ObjectType('FailureInfo', {
  description: 'How a session or a segment failed (Graph: failureInfo).',
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class FailureInfo {
  @Member(() => FailureStage, 'When it failed; null: not told.')
  stage?: FailureStage | null;

  @Text('Why it failed, as free text; null: not told.')
  reason?: string | null;
}

/** `durationSeconds` of anything with a start and an end. */
export const DURATION_SECONDS: JsonSource = { members: ['startDateTime', 'endDateTime'], compute: durationOf };

function durationOf({ startDateTime, endDateTime }: JsonMembers): number | null {
  if (typeof startDateTime !== 'string' || typeof endDateTime !== 'string') return null;
  try {
    return toSeconds(ticksBetween(readDateTime(startDateTime), readDateTime(endDateTime)));
  } catch {
    return null;
  }
}

/** Graph's segment. A segment without an id or without its times is left out of its list. */
@ObjectType('Segment', {
  description:
    'One media link between two endpoints (Graph: segment). A session has one or more; calls through gateways have several.',
  simpleResolvers: true,
})
@Directive(WITH_THE_SESSION)
export class Segment {
  @Field(() => ID, {
    description: 'As Graph has it: it can be the id of its session or its call, and occur more than once.',
  })
  @FromJson({ member: 'id' })
  segmentId!: string;

  @Member(() => Endpoint, 'The end that started it; null: not told.')
  caller?: Endpoint | null;

  @Member(() => Endpoint, 'The other end; null: not told.')
  callee?: Endpoint | null;

  @Field(() => GraphQLDateTimeOffset, { description: 'When it began.' })
  startDateTime!: UtcText;

  @Field(() => GraphQLDateTimeOffset, { description: 'When it ended; as Graph has it, even before the start.' })
  endDateTime!: UtcText;

  @Field(() => Float, { description: 'End minus start in seconds, exact to 100 ns.' })
  @FromJson(DURATION_SECONDS)
  durationSeconds!: number;

  @Member(() => FailureInfo, 'How it failed; null: it did not, or that is not told.')
  failureInfo?: FailureInfo | null;

  @Field(() => [Media], { description: 'Its media; empty where the source tells none.' })
  @Directive(assumedSize(2))
  media!: Media[];
}
