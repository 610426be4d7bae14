import 'reflect-metadata';
import { Directive, Field, Float, ObjectType } from 'type-graphql';
import { GraphQLDateTimeOffset, type UtcText } from './date-time.js';
import { secondsOf } from './duration.js';
import { assumedSize, Measured, Member, Ratio, Text, WITH_THE_SESSION } from './graph-field.js';
import { GraphQLInt64 } from './int64.js';
import { FromJson, type JsonMembers, type JsonSource } from './json-source.js';
import { PoorReason, QualityClass, qualityOfStream, type StreamQuality } from './quality.js';
import { AudioCodec, StreamDirection, VideoCodec } from './session-enums.js';

/** The members that decide the quality of a stream, beside the label of its media. */
const JUDGED = [
  ...['audioCodec', 'videoCodec', 'packetUtilization', 'averageRoundTripTime', 'averagePacketLossRate'],
  ...['averageJitter', 'averageVideoFrameLossPercentage', 'averageVideoFrameRate'],
  'postForwardErrorCorrectionPacketLossRate',
];

const judge = (stream: JsonMembers, media: JsonMembers): StreamQuality => qualityOfStream(stream, media.label);

function judged(choose: (quality: StreamQuality) => unknown): JsonSource {
  return { members: JUDGED, takesHandedDown: true, compute: judge, choose };
}

function seconds(member: string): JsonSource {
  return { members: [member], compute: (stream) => secondsOf(stream[member]) };
}

/** Graph's mediaStream, and values computed from it. */
@ObjectType('MediaStream', {
  description:
    'What went one way in a media, as its receiver measured it (Graph: mediaStream). Null is not measured, never zero.',
  simpleResolvers: true,
})
@Directive(WITH_THE_SESSION)
export class MediaStream {
  @Text('Told apart within its media only: neither a GUID nor unique in the call.')
  streamId?: string | null;

  @Member(() => StreamDirection, 'Which way it went; null: not told.')
  streamDirection?: StreamDirection | null;

  @Member(() => GraphQLDateTimeOffset, 'When it began; null: not told.')
  startDateTime?: UtcText | null;

  @Member(() => GraphQLDateTimeOffset, 'When it ended; null: not told.')
  endDateTime?: UtcText | null;

  @Member(() => AudioCodec, 'How its sound was coded; null: not told.')
  audioCodec?: AudioCodec | null;

  @Member(() => VideoCodec, 'How its pictures were coded; null: not told.')
  videoCodec?: VideoCodec | null;

  @Member(() => Boolean, 'Whether the media went past the mediation server; null: not told.')
  wasMediaBypassed?: boolean | null;

  @Member(() => Boolean, 'Whether forward error correction was used at some time; null: not told.')
  isAudioForwardErrorCorrectionUsed?: boolean | null;

  @Measured('The average jitter of packets, by which audio is judged.')
  averageJitter?: string | null;

  @Measured('The highest jitter of packets.')
  maxJitter?: string | null;

  @Measured('The average jitter of audio over windows of 20 seconds.')
  averageAudioNetworkJitter?: string | null;

  @Measured('The jitter of audio in the worst window of 20 seconds.')
  maxAudioNetworkJitter?: string | null;

  @Measured('The average time to the other end and back.')
  averageRoundTripTime?: string | null;

  @Measured('The longest time to the other end and back.')
  maxRoundTripTime?: string | null;

  @Measured('How long pictures froze on average.')
  averageFreezeDuration?: string | null;

  @Measured('How long pictures froze, as the root mean square.')
  rmsFreezeDuration?: string | null;

  @Ratio('The average loss of packets.')
  averagePacketLossRate?: number | null;

  @Ratio('The highest loss of packets.')
  maxPacketLossRate?: number | null;

  @Ratio('The average loss of video packets.')
  averageVideoPacketLossRate?: number | null;

  @Ratio('The loss of packets after forward error correction.')
  postForwardErrorCorrectionPacketLossRate?: number | null;

  @Ratio('The average ratio of samples that were made up to conceal losses.')
  averageRatioOfConcealedSamples?: number | null;

  @Ratio('The highest ratio of samples that were made up to conceal losses.')
  maxRatioOfConcealedSamples?: number | null;

  @Ratio('The share of the call with less than 7.5 frames a second.')
  lowFrameRateRatio?: number | null;

  @Ratio('The share of the call in which the client was short of processing for video.')
  lowVideoProcessingCapabilityRatio?: number | null;

  @Member(() => Float, 'The average loss of quality by the network in MOS points, 0 to 5; null: not measured.')
  averageAudioDegradation?: number | null;

  @Member(() => Float, 'The average loss of video frames as displayed, in percent, 0 to 100; null: not measured.')
  averageVideoFrameLossPercentage?: number | null;

  @Member(() => Float, 'The average frames a second; null: not measured.')
  averageVideoFrameRate?: number | null;

  @Member(() => Float, 'The average frames a second received over all video streams; null: not measured.')
  averageReceivedFrameRate?: number | null;

  @Member(() => GraphQLInt64, 'The average estimate of the bandwidth, in bits a second; null: not measured.')
  averageBandwidthEstimate?: bigint | null;

  @Member(() => GraphQLInt64, 'How many packets were sent; null: not measured.')
  packetUtilization?: bigint | null;

  @Field(() => QualityClass, { description: 'How good it was; see the enumeration for what that follows from.' })
  @FromJson(judged(({ quality }) => quality))
  quality!: QualityClass;

  @Field(() => [PoorReason], { description: 'The measurements by which it is poor; empty unless it is.' })
  @Directive(assumedSize(1))
  @FromJson(judged(({ poorReasons }) => poorReasons))
  poorReasons!: PoorReason[];

  @Member(() => Float, '`averageJitter` in seconds, as the double that is nearest; null: not measured.')
  @FromJson(seconds('averageJitter'))
  averageJitterSeconds?: number | null;

  @Member(() => Float, '`averageRoundTripTime` in seconds, as the double that is nearest; null: not measured.')
  @FromJson(seconds('averageRoundTripTime'))
  averageRoundTripTimeSeconds?: number | null;
}
