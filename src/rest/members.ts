import { isLosslessNumber } from 'lossless-json';
import { isObject, type JsonObject } from '../domain/document.js';
import { EndpointType, Modality, toKnownMember, toKnownMembers } from '../domain/enums.js';
import {
  AudioCodec,
  ClientPlatform,
  FailureStage,
  membersBeforeSentinel,
  NetworkConnectionType,
  NetworkTransportProtocol,
  ProductFamily,
  ServiceRole,
  UserFeedbackRating,
  VideoCodec,
  WifiBand,
  WifiRadioType,
} from '../domain/session-enums.js';
import type { AnswerForm } from './negotiation.js';

/** The evolvable enumerations below a session, by property, with the members that all clients know. */
const ENUMERATIONS: Record<string, ReadonlySet<string>> = Object.fromEntries(
  Object.entries({
    platform: ClientPlatform,
    productFamily: ProductFamily,
    role: ServiceRole,
    stage: FailureStage,
    rating: UserFeedbackRating,
    connectionType: NetworkConnectionType,
    networkTransportProtocol: NetworkTransportProtocol,
    wifiBand: WifiBand,
    wifiRadioType: WifiRadioType,
    audioCodec: AudioCodec,
    videoCodec: VideoCodec,
    endpointType: EndpointType,
  }).map(([name, members]) => [name, membersBeforeSentinel(members)]),
);
const SENTINEL = 'unknownFutureValue';
/** Properties whose values are 64-bit integers. */
const INT64 = new Set(['linkSpeed', 'averageBandwidthEstimate', 'packetUtilization']);

/** A participant or organizer. Its id is a string, or is left out if no identity in it has one. */
export function toKnownEntity({ id, ...rest }: JsonObject, form: AnswerForm): JsonObject {
  const entity = id === null ? rest : { id, ...rest };
  return isObject(entity.identity) ? { ...entity, identity: toKnownSet(entity.identity, form) } : entity;
}

/** An identity set whose endpointType is a member that clients know, unless they ask for what the source sent. */
export function toKnownSet(set: JsonObject, form: AnswerForm): JsonObject {
  const { endpointType } = set;
  if (form.unknownMembers || typeof endpointType !== 'string') return set;
  return { ...set, endpointType: toKnownMember(EndpointType, endpointType) };
}

/**
 * A session or a segment. A session has its segments only if they are expanded. Enumerations and integers have the form
 * that the client wants, at every depth.
 */
export function toKnownSession(
  session: JsonObject,
  form: AnswerForm,
  expand: { has(name: string): boolean },
): JsonObject {
  const members = Object.entries(session).filter(([name]) => expand.has('segments') || !/^segments(@|$)/.test(name));
  return toKnown(Object.fromEntries(members), form) as JsonObject;
}

function toKnown(value: unknown, form: AnswerForm): unknown {
  if (Array.isArray(value)) return value.map((item) => toKnown(item, form));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toKnownProperty(name, member, form)]));
}

function toKnownProperty(name: string, value: unknown, form: AnswerForm): unknown {
  const isNumber = typeof value === 'number' || isLosslessNumber(value);
  if (isNumber) return form.int64AsText && INT64.has(name) ? value.toString() : value;
  if (!form.unknownMembers && name === 'modalities' && Array.isArray(value))
    return toKnownMembers(
      Modality,
      value.filter((member) => typeof member === 'string'),
    );
  if (typeof value !== 'string') return toKnown(value, form);
  const known = form.unknownMembers ? undefined : ENUMERATIONS[name];
  return known === undefined || known.has(value) ? value : SENTINEL;
}
