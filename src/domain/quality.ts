import { isLosslessNumber } from 'lossless-json';
import { isObject, type JsonObject, objectsOf } from '../platform/json-object.js';
import { picosecondsOf } from './duration.js';
import { QUALITY_LIMITS } from './quality-limits.js';

/** The quality that a receiver got, by the rules of Microsoft's Call Quality Dashboard. */
export enum QualityClass {
  GOOD = 'GOOD',
  POOR = 'POOR',
  UNCLASSIFIED = 'UNCLASSIFIED',
}

/** The measurement that makes a stream poor. */
export enum PoorReason {
  ROUND_TRIP = 'ROUND_TRIP',
  PACKET_LOSS = 'PACKET_LOSS',
  JITTER = 'JITTER',
  FRAME_LOSS = 'FRAME_LOSS',
  FRAME_RATE = 'FRAME_RATE',
  FEC_LOSS = 'FEC_LOSS',
}

export enum MediaKind {
  AUDIO = 'AUDIO',
  VIDEO = 'VIDEO',
  SCREEN_SHARING = 'SCREEN_SHARING',
}

/** Raised with each change of the rules below, or of what is stored by them, so that older results are recognized. */
export const QUALITY_RULES = 2;

/** The classification of one stream. */
export interface StreamQuality {
  quality: QualityClass;
  poorReasons: PoorReason[];
}

/** The quality of a session, or of a call over its sessions. Test sessions do not count. */
export interface CallQuality {
  class: QualityClass;
  goodStreams: number;
  poorStreams: number;
  unclassifiedStreams: number;
  /** Each once, in the order of the enumeration. */
  poorReasons: PoorReason[];
  sessions: number;
  /** Sessions that never connected, and sessions that ended abnormally. */
  setupFailures: number;
  drops: number;
}

const MILLISECONDS = 1_000_000_000n;
const PACKETS_TO_JUDGE = BigInt(QUALITY_LIMITS.packetsToJudge);
const ROUND_TRIP_LIMIT = BigInt(QUALITY_LIMITS.roundTripMs) * MILLISECONDS;
const JITTER_LIMIT = BigInt(QUALITY_LIMITS.jitterMs) * MILLISECONDS;

/**
 * Classifies a `mediaStream` of Graph (Microsoft Teams: "Stream classification in Call Quality Dashboard"). Audio is
 * poor by any of three measurements, video and screen sharing by the first one that was taken. A value equal to its
 * limit is not poor.
 */
export function qualityOfStream(stream: JsonObject, label: unknown): StreamQuality {
  return qualityOfKind(stream, kindOfStream(stream, label));
}

function qualityOfKind(stream: JsonObject, kind: MediaKind | null): StreamQuality {
  if (kind === null) return judged([]);
  return kind === MediaKind.AUDIO ? qualityOfAudio(stream) : judged(verdictsOnPictures(stream, kind).slice(0, 1));
}

/** The kind of a media: by its label, else by the first codec in its streams; null if neither says. */
export function kindOfMedia({ label, streams }: JsonObject): MediaKind | null {
  if (label != null) return kindOfLabel(label);
  for (const stream of objectsOf(streams)) {
    const kind = kindOfStream(stream, null);
    if (kind) return kind;
  }
  return null;
}

function kindOfStream({ audioCodec, videoCodec }: JsonObject, label: unknown): MediaKind | null {
  if (label != null) return kindOfLabel(label);
  if (audioCodec != null && audioCodec !== 'unknown') return MediaKind.AUDIO;
  return videoCodec == null ? null : MediaKind.VIDEO;
}

function kindOfLabel(label: unknown): MediaKind | null {
  const text = typeof label === 'string' ? label.toLowerCase() : '';
  if (text.includes('audio')) return MediaKind.AUDIO;
  // First, as its label also contains `video`.
  if (text.includes('applicationsharing')) return MediaKind.SCREEN_SHARING;
  return text.includes('video') ? MediaKind.VIDEO : null;
}

/** The result of a measurement that was taken: why the stream is poor by it, or null. */
type Verdict = PoorReason | null;

function judged(verdicts: Verdict[]): StreamQuality {
  const poorReasons = verdicts.filter((reason) => reason !== null);
  if (poorReasons.length > 0) return { quality: QualityClass.POOR, poorReasons };
  return { quality: verdicts.length > 0 ? QualityClass.GOOD : QualityClass.UNCLASSIFIED, poorReasons };
}

function qualityOfAudio(stream: JsonObject): StreamQuality {
  const packets = countOf(stream.packetUtilization);
  // A muted participant sends next to nothing, and measurements of that say little.
  if (packets === null || packets <= PACKETS_TO_JUDGE) return judged([]);
  const roundTrip = picosecondsOf(stream.averageRoundTripTime);
  const loss = singleOf(stream.averagePacketLossRate);
  const jitter = picosecondsOf(stream.averageJitter);
  return judged([
    ...verdict(roundTrip, (value) => value > ROUND_TRIP_LIMIT, PoorReason.ROUND_TRIP),
    ...verdict(loss, (value) => value > Math.fround(QUALITY_LIMITS.packetLossRate), PoorReason.PACKET_LOSS),
    ...verdict(jitter, (value) => value > JITTER_LIMIT, PoorReason.JITTER),
  ]);
}

/** The first one decides. */
function verdictsOnPictures(stream: JsonObject, kind: MediaKind.VIDEO | MediaKind.SCREEN_SHARING): Verdict[] {
  const loss = singleOf(stream.averageVideoFrameLossPercentage);
  const rate = singleOf(stream.averageVideoFrameRate);
  const afterRepair = singleOf(stream.postForwardErrorCorrectionPacketLossRate);
  return [
    ...verdict(loss, (value) => value > QUALITY_LIMITS.frameLossPercent, PoorReason.FRAME_LOSS),
    ...verdict(rate, (value) => value < QUALITY_LIMITS.framesPerSecond[kind], PoorReason.FRAME_RATE),
    ...verdict(afterRepair, (value) => value > Math.fround(QUALITY_LIMITS.fecLossRate), PoorReason.FEC_LOSS),
  ];
}

function verdict<Value>(value: Value | null, isPoor: (value: Value) => boolean, reason: PoorReason): Verdict[] {
  if (value === null) return [];
  return [isPoor(value) ? reason : null];
}

/** A rate in the 32 bits that Graph has of it (Edm.Single); null if it was not measured, or is NaN or infinite. */
function singleOf(value: unknown): number | null {
  const number = isLosslessNumber(value) ? Number(value.toString()) : value;
  if (typeof number !== 'number') return null;
  const single = Math.fround(number);
  return Number.isFinite(single) ? single : null;
}

/** An Edm.Int64, from a number or digits; null if it was not measured. */
function countOf(value: unknown): bigint | null {
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (typeof value !== 'number' && typeof value !== 'string' && !isLosslessNumber(value)) return null;
  const text = String(value);
  return /^-?\d{1,19}$/.test(text) ? BigInt(text) : null;
}

/** The quality of one session in Graph's form. */
export function qualityOfSession(session: JsonObject): CallQuality {
  return qualityByStreams(session, streamsOf(session));
}

/** The same, for streams that are already judged. */
export function qualityByStreams(session: JsonObject, judgedStreams: readonly JudgedStream[]): CallQuality {
  const streams = { [QualityClass.GOOD]: 0, [QualityClass.POOR]: 0, [QualityClass.UNCLASSIFIED]: 0 };
  const reasons = new Set<PoorReason>();
  const isCounted = session.isTest !== true;
  for (const { quality, poorReasons } of judgedStreams) {
    streams[quality] += 1;
    for (const reason of poorReasons) reasons.add(reason);
  }
  const stage = stageOfSession(session);
  return {
    class: classOf(streams),
    goodStreams: streams.GOOD,
    poorStreams: streams.POOR,
    unclassifiedStreams: streams.UNCLASSIFIED,
    poorReasons: inOrder(reasons),
    sessions: isCounted ? 1 : 0,
    setupFailures: stage === 'callSetup' ? 1 : 0,
    drops: stage === 'midcall' ? 1 : 0,
  };
}

/** The stage at which a session failed, in the source's text; null if it did not fail, or is a test. */
export function stageOfSession({ isTest, failureInfo }: JsonObject): string | null {
  const stage = isTest !== true && isObject(failureInfo) ? failureInfo.stage : null;
  return typeof stage === 'string' ? stage : null;
}

/** The quality of a call, from that of all its sessions or of those that the caller may see. */
export function totalOf(parts: readonly CallQuality[]): CallQuality {
  const sum = (count: (part: CallQuality) => number) => parts.reduce((total, part) => total + count(part), 0);
  const streams = {
    [QualityClass.GOOD]: sum(({ goodStreams }) => goodStreams),
    [QualityClass.POOR]: sum(({ poorStreams }) => poorStreams),
    [QualityClass.UNCLASSIFIED]: sum(({ unclassifiedStreams }) => unclassifiedStreams),
  };
  return {
    class: classOf(streams),
    goodStreams: streams.GOOD,
    poorStreams: streams.POOR,
    unclassifiedStreams: streams.UNCLASSIFIED,
    poorReasons: inOrder(new Set(parts.flatMap(({ poorReasons }) => poorReasons))),
    sessions: sum(({ sessions }) => sessions),
    setupFailures: sum(({ setupFailures }) => setupFailures),
    drops: sum(({ drops }) => drops),
  };
}

function inOrder(reasons: ReadonlySet<PoorReason>): PoorReason[] {
  return reasons.size === 0 ? [] : Object.values(PoorReason).filter((reason) => reasons.has(reason));
}

function classOf(streams: Record<QualityClass, number>): QualityClass {
  if (streams.POOR > 0) return QualityClass.POOR;
  return streams.GOOD > 0 ? QualityClass.GOOD : QualityClass.UNCLASSIFIED;
}

/** A judged stream, and where it is. */
export interface JudgedStream extends StreamQuality {
  kind: MediaKind | null;
  stream: JsonObject;
  media: JsonObject;
  segment: JsonObject;
}

/** The streams of a session that count; none for a test session. */
export function streamsOf(session: JsonObject): JudgedStream[] {
  if (session.isTest === true) return [];
  return objectsOf(session.segments).flatMap((segment) =>
    objectsOf(segment.media).flatMap((media) =>
      objectsOf(media.streams).map((stream) => {
        const kind = kindOfStream(stream, media.label);
        const { quality, poorReasons } = qualityOfKind(stream, kind);
        return { quality, poorReasons, kind, stream, media, segment };
      }),
    ),
  );
}
