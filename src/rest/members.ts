import { isLosslessNumber } from 'lossless-json';
import { isObject, type JsonObject } from '../domain/document.js';
import { EndpointType, Modality, toKnownMember, toKnownMembers } from '../domain/enums.js';
import type { AnswerForm } from './negotiation.js';

/**
 * The evolvable enumerations below a session by the property that holds them, with their members before the sentinel
 * (npm package @microsoft/microsoft-graph-types, namespace CallRecords).
 */
const ENUMERATIONS: Record<string, ReadonlySet<string>> = Object.fromEntries(
  Object.entries({
    platform: 'unknown windows macOS iOS android web ipPhone roomSystem surfaceHub holoLens',
    productFamily: 'unknown teams skypeForBusiness lync',
    role: 'unknown customBot skypeForBusinessMicrosoftTeamsGateway skypeForBusinessAudioVideoMcu skypeForBusinessApplicationSharingMcu skypeForBusinessCallQueues skypeForBusinessAutoAttendant mediationServer mediationServerCloudConnectorEdition exchangeUnifiedMessagingService mediaController conferencingAnnouncementService conferencingAttendant audioTeleconferencerController skypeForBusinessUnifiedCommunicationApplicationPlatform responseGroupServiceAnnouncementService gateway skypeTranslator skypeForBusinessAttendant responseGroupService voicemail',
    stage: 'unknown callSetup midcall',
    rating: 'notRated bad poor fair good excellent',
    connectionType: 'unknown wired wifi mobile tunnel',
    networkTransportProtocol: 'unknown udp tcp',
    wifiBand: 'unknown frequency24GHz frequency50GHz frequency60GHz',
    wifiRadioType: 'unknown wifi80211a wifi80211b wifi80211g wifi80211n wifi80211ac wifi80211ax',
    audioCodec:
      'unknown invalid cn pcma pcmu amrWide g722 g7221 g7221c g729 multiChannelAudio muchv2 opus satin satinFullband rtAudio8 rtAudio16 silk silkNarrow silkWide siren xmsRta',
    videoCodec: 'unknown invalid av1 h263 h264 h264s h264uc h265 rtvc1 rtVideo xrtvc1',
    endpointType: Object.keys(EndpointType).join(' '),
  }).map(([name, members]) => [name, new Set(members.split(' '))]),
);
const SENTINEL = 'unknownFutureValue';
/** Their values are 64-bit integers. */
const INT64 = new Set(['linkSpeed', 'averageBandwidthEstimate', 'packetUtilization']);

/** A participant or organizer; its id is a string, or absent where no identity in it has one. */
export function toKnownEntity({ id, ...rest }: JsonObject, form: AnswerForm): JsonObject {
  const entity = id === null ? rest : { id, ...rest };
  return isObject(entity.identity) ? { ...entity, identity: toKnownSet(entity.identity, form) } : entity;
}

/** An identity set with a member of endpointType that clients know, unless they ask for what the source sent. */
export function toKnownSet(set: JsonObject, form: AnswerForm): JsonObject {
  const { endpointType } = set;
  if (form.unknownMembers || typeof endpointType !== 'string') return set;
  return { ...set, endpointType: toKnownMember(EndpointType, endpointType) };
}

/** A session or a segment; of a session its segments only where they are expanded; enumerations and integers at every depth as the client wants them. */
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
