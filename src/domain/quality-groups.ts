import 'reflect-metadata';
import { Directive, Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { badUserInput } from './errors.js';
import { PERSONAL } from './identity.js';

/** The dimensions by which streams can be counted. */
export enum QualityDimension {
  MEDIA_KIND = 'MEDIA_KIND',
  SUBNET = 'SUBNET',
  CONNECTION_TYPE = 'CONNECTION_TYPE',
  WIFI_BAND = 'WIFI_BAND',
  CAPTURE_DEVICE = 'CAPTURE_DEVICE',
  RENDER_DEVICE = 'RENDER_DEVICE',
  CLIENT_PLATFORM = 'CLIENT_PLATFORM',
  CLIENT_VERSION = 'CLIENT_VERSION',
  AUDIO_CODEC = 'AUDIO_CODEC',
  POOR_REASON = 'POOR_REASON',
}
registerEnumType(QualityDimension, {
  name: 'QualityDimension',
  description: "What streams are grouped by: a property of the stream, or of the person's side of it.",
  valuesConfig: {
    MEDIA_KIND: { description: 'AUDIO, VIDEO or SCREEN_SHARING.' },
    SUBNET: { description: 'The subnet of the network.' },
    CONNECTION_TYPE: { description: 'Wired, Wi-Fi, mobile or tunnel.' },
    WIFI_BAND: { description: 'The band of the Wi-Fi.' },
    CAPTURE_DEVICE: { description: 'The name of the microphone or camera.' },
    RENDER_DEVICE: { description: 'The name of the speaker.' },
    CLIENT_PLATFORM: { description: 'What the client ran on.' },
    CLIENT_VERSION: { description: "The version of the client's software." },
    AUDIO_CODEC: { description: 'The codec of sound.' },
    POOR_REASON: {
      description: 'The measurement by which a stream is poor: one that is so by two counts for each, others for null.',
    },
  },
});

@ObjectType('QualityGroup', {
  description: 'Streams that are alike in what they were grouped by. A share of few streams says little.',
  simpleResolvers: true,
})
export class QualityGroup {
  @Field(() => String, {
    nullable: true,
    description: 'What they have in common, as the source has it; null where it does not tell.',
  })
  @Directive(PERSONAL)
  value!: string | null;

  @Field(() => Int, { description: 'Streams within all thresholds.' })
  goodStreams!: number;

  @Field(() => Int, { description: 'Streams beyond a threshold.' })
  poorStreams!: number;

  @Field(() => Int, { description: 'Streams that could not be judged; they belong into no share.' })
  unclassifiedStreams!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'How many of the good and the poor are poor, 0 to 1; null where none could be judged.',
  })
  poorShare!: number | null;
}

/** The least streams of a group if no number is given. */
export const DEFAULT_MINIMUM_STREAMS = 10;

/** The least streams of a group, from 0. Throws BAD_USER_INPUT for a negative number. */
export function parseMinimumStreams(minimum: number | null | undefined): number {
  const least = minimum ?? DEFAULT_MINIMUM_STREAMS;
  if (least < 0) throw badUserInput([{ path: ['minimumStreams'], rule: 'minimum', message: 'Must not be negative.' }]);
  return least;
}

/** The share of poor streams among those that could be judged; null if there are none. */
export function poorShareOf({ goodStreams: good, poorStreams: poor }: Record<'goodStreams' | 'poorStreams', number>) {
  return good + poor > 0 ? poor / (good + poor) : null;
}
