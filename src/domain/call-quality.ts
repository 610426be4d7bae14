import 'reflect-metadata';
import { Directive, Field, Int, ObjectType } from 'type-graphql';
import { assumedSize, WITH_THE_SESSION } from './graph-field.js';
import * as quality from './quality.js';

/** The quality of a session, or of a call over its sessions. */
@ObjectType('CallQuality', {
  description:
    'How good a call was over all its sessions, or a session over all its streams. Test sessions count nowhere.',
  simpleResolvers: true,
})
@Directive(WITH_THE_SESSION)
export class CallQuality implements quality.CallQuality {
  @Field(() => quality.QualityClass, {
    description: 'POOR if a stream is poor, else GOOD if a stream is good, else UNCLASSIFIED.',
  })
  class!: quality.QualityClass;

  @Field(() => Int, { description: 'How many streams are good.' })
  goodStreams!: number;

  @Field(() => Int, { description: 'How many streams are poor.' })
  poorStreams!: number;

  @Field(() => Int, { description: 'How many streams are not judged.' })
  unclassifiedStreams!: number;

  @Field(() => [quality.PoorReason], {
    description: 'The measurements by which streams are poor, each once, in the order of the enumeration.',
  })
  @Directive(assumedSize(1))
  poorReasons!: quality.PoorReason[];

  @Field(() => Int, { description: 'How many sessions there are.' })
  sessions!: number;

  @Field(() => Int, { description: 'How many sessions never connected (their stage of failure is callSetup).' })
  setupFailures!: number;

  @Field(() => Int, { description: 'How many sessions ended abnormally (their stage of failure is midcall).' })
  drops!: number;
}
