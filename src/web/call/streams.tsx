import { QUALITY_LIMITS } from '../../domain/quality-limits.js';
import { formatCount, millisecondsOf, nameOf } from '../app/format.js';
import { Icon } from '../app/icons.js';
import { QualityMark } from '../app/quality-mark.js';
import type { PoorReason } from '../gql/graphql.js';
import type { Segment } from './session-query.js';

type Media = Segment['media'][number];
type Stream = Media['streams'][number];

/** A measurement of a stream, and its threshold. */
interface Measurement {
  name: string;
  value: number | null | undefined;
  /** The worst value, if the source has it. */
  worst?: number | null;
  unit: string;
  reason?: PoorReason;
  /** The threshold beyond which a stream is poor: a floor, or else a ceiling. */
  limit?: number;
  isFloor?: boolean;
}

const percent = (rate: number | null | undefined) => (rate == null ? null : rate * 100);

function measurementsOf(stream: Stream, kind: Media['kind']): Measurement[] {
  const { packetLossRate, roundTripMs, jitterMs, frameLossPercent, framesPerSecond, fecLossRate } = QUALITY_LIMITS;
  if (kind === 'AUDIO')
    return [
      {
        name: 'Round trip',
        value: millisecondsOf(stream.averageRoundTripTime),
        worst: millisecondsOf(stream.maxRoundTripTime),
        unit: 'ms',
        reason: 'ROUND_TRIP',
        limit: roundTripMs,
      },
      {
        name: 'Jitter',
        value: millisecondsOf(stream.averageJitter),
        worst: millisecondsOf(stream.maxJitter),
        unit: 'ms',
        reason: 'JITTER',
        limit: jitterMs,
      },
      {
        name: 'Packet loss',
        value: percent(stream.averagePacketLossRate),
        worst: percent(stream.maxPacketLossRate),
        unit: '%',
        reason: 'PACKET_LOSS',
        limit: packetLossRate * 100,
      },
      { name: 'Concealed', value: percent(stream.averageRatioOfConcealedSamples), unit: '%' },
      { name: 'NMOS degradation', value: stream.averageAudioDegradation, unit: '' },
    ];
  return [
    {
      name: 'Frame loss',
      value: stream.averageVideoFrameLossPercentage,
      unit: '%',
      reason: 'FRAME_LOSS',
      limit: frameLossPercent,
    },
    {
      name: 'Frame rate',
      value: stream.averageVideoFrameRate,
      unit: 'fps',
      reason: 'FRAME_RATE',
      isFloor: true,
      ...(kind && { limit: framesPerSecond[kind] }),
    },
    {
      name: 'Loss after repair',
      value: percent(stream.postForwardErrorCorrectionPacketLossRate),
      unit: '%',
      reason: 'FEC_LOSS',
      limit: fecLossRate * 100,
    },
    { name: 'Freeze', value: millisecondsOf(stream.averageFreezeDuration), unit: 'ms' },
    { name: 'Bandwidth', value: megabits(stream.averageBandwidthEstimate), unit: 'Mbit/s' },
  ];
}

const megabits = (bits: number | string | null | undefined) => (bits == null ? null : Number(bits) / 1e6);
const digits = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });

/** The streams of a media, with their measurements and by how much these exceed a threshold. */
export function Streams({ media, caller, callee }: { media: Media; caller: string; callee: string }) {
  const title = media.kind ? nameOf(media.kind) : (media.label ?? 'Media');
  const columns = media.streams[0] ? measurementsOf(media.streams[0], media.kind) : [];
  return (
    <>
      <h3>
        {title} {media.label && <span className="note">{media.label}</span>}
      </h3>
      <div className="scroll is-whole" tabIndex={0} role="region" aria-label={`Streams: ${title}`}>
        <table className="data streams">
          <thead>
            <tr>
              <th scope="col">Direction</th>
              <th scope="col">Quality</th>
              {columns.map(({ name, limit, unit, isFloor }) => (
                <th scope="col" key={name} className="number">
                  {name}
                  {limit !== undefined && (
                    <span className="note">
                      {isFloor ? '≥' : '≤'} {limit} {unit}
                    </span>
                  )}
                </th>
              ))}
              <th scope="col" className="number">
                Packets
              </th>
              <th scope="col">Codec</th>
            </tr>
          </thead>
          <tbody>
            {media.streams.map((stream, index) => (
              <tr key={index}>
                <th scope="row">{directionOf(stream, caller, callee)}</th>
                <td>
                  <QualityMark quality={stream.quality} />
                </td>
                {measurementsOf(stream, media.kind).map((measurement) => (
                  <td key={measurement.name} className="number">
                    <Measured measurement={measurement} reasons={stream.poorReasons} />
                  </td>
                ))}
                <td className="number">
                  {stream.packetUtilization == null ? '–' : formatCount(Number(stream.packetUtilization))}
                </td>
                <td>{stream.audioCodec ?? stream.videoCodec ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function directionOf({ streamDirection }: Stream, caller: string, callee: string): string {
  if (streamDirection === 'callerToCallee') return `${caller} to ${callee}`;
  return streamDirection === 'calleeToCaller' ? `${callee} to ${caller}` : 'Not told';
}

/** The server judges. Here only the amount is shown. */
function Measured({ measurement, reasons }: { measurement: Measurement; reasons: readonly PoorReason[] }) {
  const { value, worst, unit, reason, limit, isFloor } = measurement;
  if (value == null) return <span title="Not measured">–</span>;
  const isOver = reason !== undefined && reasons.includes(reason) && limit !== undefined;
  return (
    <>
      <span className={isOver ? 'over' : ''}>
        {isOver && <Icon name="poor" />}
        {digits.format(value)} {unit}
      </span>
      {isOver && (
        <span className="note over">
          {digits.format(Math.abs(value - limit))} {unit} {isFloor ? 'under' : 'over'}
        </span>
      )}
      {worst != null && <span className="note">max {digits.format(worst)}</span>}
    </>
  );
}
