import { type CallRecordDocument, Fetched, identitiesOf, isObject, type JsonObject } from '../domain/document.js';
import { identityOf } from '../domain/endpoint.js';
import { type CallQuality, kindOfMedia, qualityOfSession, qualityOfStream, totalOf } from '../domain/quality.js';
import { objectsOf } from '../platform/json-object.js';

/** The parts of a record that have a row in one of the tables. */
export interface Parts {
  calls: CallRow[];
  participants: ParticipantRow[];
  sessions: SessionRow[];
  segments: SegmentRow[];
  streams: StreamRow[];
}

/** Each part is taken from the record at first use, and once for all tables. */
export function partsOf(document: CallRecordDocument): Parts {
  let sessions: SessionRow[] | null = null;
  let segments: SegmentRow[] | null = null;
  return {
    get calls() {
      return [toCall(document, this.sessions)];
    },
    get participants() {
      return participantsOf(document);
    },
    get sessions() {
      return (sessions ??= sessionsOf(document));
    },
    get segments() {
      return (segments ??= this.sessions.flatMap(segmentsOf));
    },
    get streams() {
      return this.segments.flatMap(streamsOf);
    },
  };
}

export interface Person {
  kind: string | null;
  identity: JsonObject | null;
}

/** If a set has several identities: the first, in the order in which Graph's entities take their id. */
function personOf(set: JsonObject | null): Person {
  return (set && identitiesOf(set)[0]) ?? { kind: null, identity: null };
}

export interface CallRow {
  document: CallRecordDocument;
  organizer: Person;
  quality: CallQuality | null;
}

function toCall(document: CallRecordDocument, sessions: SessionRow[]): CallRow {
  const isKnown = document.sessionsFetched !== Fetched.none;
  const quality = isKnown ? totalOf(sessions.map((session) => session.quality)) : null;
  return { document, organizer: personOf(document.organizer), quality };
}

export interface Part {
  callId: string;
}

export interface ParticipantRow extends Part, Person {
  position: number;
  set: JsonObject;
}

function participantsOf({ id: callId, participants }: CallRecordDocument): ParticipantRow[] {
  return participants.map((set, position) => {
    const { kind, identity } = personOf(set);
    return { callId, position, set, kind, identity };
  });
}

/** One end of a session or a segment. */
interface End extends Person {
  endpoint: JsonObject | null;
  agent: JsonObject | null;
  feedback: JsonObject | null;
}

export interface Leg {
  leg: JsonObject;
  caller: End;
  callee: End;
}

export const objectOf = (value: unknown) => (isObject(value) ? value : null);

function toLeg(leg: JsonObject): Leg {
  return { leg, caller: toEnd(objectOf(leg.caller)), callee: toEnd(objectOf(leg.callee)) };
}

function toEnd(endpoint: JsonObject | null): End {
  const { kind, identity } = personOf(endpoint && identityOf(endpoint));
  return {
    kind,
    identity,
    endpoint,
    agent: objectOf(endpoint?.userAgent),
    feedback: objectOf(endpoint?.feedback),
  };
}

export interface SessionRow extends Part, Leg {
  sessionPosition: number;
  /** Computed once, as several columns use it. */
  quality: CallQuality;
}

/** The sessions that were fetched for this version of the record. */
function sessionsOf({ id, sessions, sessionsFetched }: CallRecordDocument): SessionRow[] {
  if (sessionsFetched === Fetched.none) return [];
  return sessions.map((session, sessionPosition) => {
    const { leg, caller, callee } = toLeg(session);
    return { callId: id, sessionPosition, leg, caller, callee, quality: qualityOfSession(session) };
  });
}

export interface SegmentRow extends Part, Leg {
  sessionPosition: number;
  segmentPosition: number;
}

function segmentsOf({ callId, sessionPosition, leg: session }: SessionRow): SegmentRow[] {
  return objectsOf(session.segments).map((segment, segmentPosition) => {
    const { leg, caller, callee } = toLeg(segment);
    return { callId, sessionPosition, segmentPosition, leg, caller, callee };
  });
}

export interface StreamRow extends Part {
  sessionPosition: number;
  segmentPosition: number;
  mediaPosition: number;
  streamPosition: number;
  media: Media;
  stream: JsonObject;
  quality: ReturnType<typeof qualityOfStream>;
}

export const ENDS_OF_MEDIA = ['callerNetwork', 'calleeNetwork', 'callerDevice', 'calleeDevice'] as const;

/** The values that all streams of a media have in common. */
interface Media extends Record<(typeof ENDS_OF_MEDIA)[number], JsonObject | null> {
  label: unknown;
  kind: ReturnType<typeof kindOfMedia>;
}

function toMedia(media: JsonObject): Media {
  const [callerNetwork, calleeNetwork, callerDevice, calleeDevice] = ENDS_OF_MEDIA.map((name) => objectOf(media[name]));
  return {
    label: media.label,
    kind: kindOfMedia(media),
    callerNetwork,
    calleeNetwork,
    callerDevice,
    calleeDevice,
  } as Media;
}

function streamsOf({ callId, sessionPosition, segmentPosition, leg }: SegmentRow): StreamRow[] {
  return objectsOf(leg.media).flatMap((one, mediaPosition) => {
    const media = toMedia(one);
    return objectsOf(one.streams).map((stream, streamPosition) => ({
      callId,
      sessionPosition,
      segmentPosition,
      mediaPosition,
      streamPosition,
      media,
      stream,
      quality: qualityOfStream(stream, media.label),
    }));
  });
}
