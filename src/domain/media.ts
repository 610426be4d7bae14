import 'reflect-metadata';
import { Directive, Field, ObjectType } from 'type-graphql';
import { DeviceInfo } from './device-info.js';
import { assumedSize, Member, Text, WITH_THE_SESSION } from './graph-field.js';
import { FromJson } from './json-source.js';
import { MediaStream } from './media-stream.js';
import { NetworkInfo } from './network-info.js';
import { kindOfMedia, MediaKind } from './quality.js';

/** Graph's media. */
@ObjectType('Media', {
  description: 'One kind of media between the two ends of a segment (Graph: media).',
  simpleResolvers: true,
})
@Directive(WITH_THE_SESSION)
export class Media {
  @Text('What the media is for, such as main-audio; null: not told.')
  label?: string | null;

  @Member(
    () => MediaKind,
    'The kind, by the label or, without one, by the codecs of the streams; null where neither tells, and for data.',
  )
  // The streams are read only if the label does not say.
  @FromJson({
    members: ['label', 'streams'],
    compute: (media) => kindOfMedia(media.label == null ? media : { label: media.label }),
  })
  kind?: MediaKind | null;

  @Member(() => DeviceInfo, "The caller's devices; null: not told.")
  callerDevice?: DeviceInfo | null;

  @Member(() => DeviceInfo, "The callee's devices; null: not told.")
  calleeDevice?: DeviceInfo | null;

  @Member(() => NetworkInfo, "The caller's network; null: not told.")
  callerNetwork?: NetworkInfo | null;

  @Member(() => NetworkInfo, "The callee's network; null: not told.")
  calleeNetwork?: NetworkInfo | null;

  @Field(() => [MediaStream], { description: 'What was sent, either way; empty where the source tells none.' })
  @Directive(assumedSize(2))
  @FromJson({ member: 'streams', handsDown: ['label'] })
  streams!: MediaStream[];
}
